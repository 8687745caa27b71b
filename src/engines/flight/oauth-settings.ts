import type { OAuthOptions, TokenType } from "../../drivers/flight/oauth.js";
import type { Settings } from "../settings.js";

const tokenTypes = {
  type: "string",
  enum: ["access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt"],
} as const;

const exchangeSettings: Settings = {
  subject_token: {
    title: "Subject token",
    description: "Of the party on whose behalf the token is asked for.",
    type: "string",
    airbyte_secret: true,
  },
  subject_token_type: {
    title: "Type of the subject token",
    description: "Short name of a token type of RFC 8693.",
    ...tokenTypes,
    default: "access_token",
  },
  actor_token: {
    title: "Actor token",
    description: "Of the party that acts for the subject.",
    type: "string",
    airbyte_secret: true,
  },
  actor_token_type: {
    title: "Type of the actor token",
    description: "Goes with the actor token.",
    ...tokenTypes,
  },
  requested_token_type: {
    title: "Type of the token that is asked for",
    description: "The endpoint chooses unless it is given.",
    ...tokenTypes,
  },
  scope: {
    title: "Scope",
    description: "Scopes to ask for, with blanks between them.",
    type: "string",
  },
  aud: {
    title: "Audience",
    description: "Name of the service that the token is for.",
    type: "string",
  },
  resource: {
    title: "Resource",
    description: "URI of the service that the token is for.",
    type: "string",
  },
};

/** Names follow ADBC's `adbc.flight.sql.oauth.*`. */
export const oauthSettings: Settings = {
  flow: {
    title: "Flow",
    description:
      "client_credentials asks with the client's secret; token_exchange gives another token for it (RFC 8693).",
    type: "string",
    enum: ["client_credentials", "token_exchange"],
  },
  token_uri: {
    title: "Token endpoint",
    description: "Address of the token endpoint.",
    type: "string",
    pattern: "^https?://",
  },
  client_id: {
    title: "Client id",
    description: "Name of the client at the token endpoint.",
    type: "string",
  },
  client_secret: {
    title: "Client secret",
    description: "Of the client at the token endpoint.",
    type: "string",
    airbyte_secret: true,
  },
  scope: {
    title: "Scope",
    description: "Scopes to ask for, with blanks between them.",
    type: "string",
  },
  exchange: {
    title: "Token exchange",
    description: "What is exchanged, with the flow token_exchange.",
    type: "object",
    additionalProperties: false,
    required: ["subject_token"],
    properties: exchangeSettings,
  },
};

/** What ajv has checked against `oauthSettings`. */
export interface OAuthConfig {
  readonly flow: OAuthOptions["flow"];
  readonly token_uri: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly scope?: string;
  readonly exchange?: {
    readonly subject_token: string;
    readonly subject_token_type: TokenType;
    readonly actor_token?: string;
    readonly actor_token_type?: TokenType;
    readonly requested_token_type?: TokenType;
    readonly scope?: string;
    readonly aud?: string;
    readonly resource?: string;
  };
}

export function oauthOptions(config: OAuthConfig): OAuthOptions {
  const { flow, scope, exchange } = config;
  return {
    flow,
    tokenUri: config.token_uri,
    clientId: config.client_id,
    clientSecret: config.client_secret,
    scope,
    exchange:
      exchange === undefined
        ? undefined
        : {
            subjectToken: exchange.subject_token,
            subjectTokenType: exchange.subject_token_type,
            actorToken: exchange.actor_token,
            actorTokenType: exchange.actor_token_type,
            requestedTokenType: exchange.requested_token_type,
            scope: exchange.scope,
            aud: exchange.aud,
            resource: exchange.resource,
          },
  };
}

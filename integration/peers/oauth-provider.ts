import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { npmPackages } from "../cache.js";
import { selfSigned } from "../process/certificate.js";

/** Folder with an OAuth 2.0 authorization server that others wrote. */
export function oidcProvider(): string {
  return npmPackages(["oidc-provider@9.13.3"]);
}

interface OidcModule {
  readonly Provider: new (
    issuer: string,
    configuration: object,
  ) => { callback(): RequestListener };
}

/** A client that may ask for tokens. */
export interface OAuthClient {
  readonly client_id: string;
  readonly client_secret: string;
}

/** What its tokens are for. */
export const audience = "urn:flight";

const scope = "rows";

/** oidc-provider, on this machine, giving JSON Web Tokens for `audience`. */
export class OAuthProvider implements AsyncDisposable {
  readonly issuer: string;
  /** PEM texts of its certificate, which vouches for itself, for localhost. */
  readonly pair: { readonly cert: string; readonly key: string };
  /** How often a token was asked for. */
  asked = 0;
  readonly #server: Server;

  static async start(
    folder: string,
    client: OAuthClient,
  ): Promise<OAuthProvider> {
    const path = join(folder, "node_modules/oidc-provider/lib/index.js");
    const { Provider } = (await import(pathToFileURL(path).href)) as OidcModule;
    const pair = selfSigned();
    const server = createServer(pair).listen(0, "localhost");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const issuer = `https://localhost:${String(port)}`;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const provider = new Provider(issuer, {
      clients: [
        {
          ...client,
          grant_types: ["client_credentials"],
          response_types: [],
          redirect_uris: [],
          scope,
        },
      ],
      scopes: [scope],
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "k" }] },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => audience,
          getResourceServerInfo: () => ({
            scope,
            audience,
            accessTokenFormat: "jwt",
          }),
        },
      },
    });
    server.on("request", provider.callback());
    return new OAuthProvider(server, issuer, pair);
  }

  private constructor(
    server: Server,
    issuer: string,
    pair: OAuthProvider["pair"],
  ) {
    this.#server = server;
    this.issuer = issuer;
    this.pair = pair;
    server.on("request", ({ url }) => {
      if (url === "/token") this.asked++;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

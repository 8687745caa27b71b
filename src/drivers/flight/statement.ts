import { packAny } from "./sql-messages.js";

/** A plan in Substrait's format (https://substrait.io), for servers that take plans in place of SQL. */
export interface SubstraitPlan {
  /** A serialized `substrait.Plan`. */
  readonly plan: Uint8Array;
  /** Of Substrait: "0.6.0". @default "" */
  readonly version?: string | undefined;
}

/** What a server is to run: SQL, or a plan. */
export type Statement = string | SubstraitPlan;

type TransactionId = Readonly<Uint8Array> | undefined;

/** The command that runs a statement with a result. */
export function queryCommand(
  statement: Statement,
  transactionId: TransactionId,
): Buffer {
  return typeof statement === "string"
    ? packAny("CommandStatementQuery", { query: statement, transactionId })
    : packAny("CommandStatementSubstraitPlan", {
        plan: planOf(statement),
        transactionId,
      });
}

/** The command that runs a statement without a result; a plan has one command for both. */
export function updateCommand(
  statement: Statement,
  transactionId: TransactionId,
): Buffer {
  return typeof statement === "string"
    ? packAny("CommandStatementUpdate", { query: statement, transactionId })
    : queryCommand(statement, transactionId);
}

/** The action that lets a server keep a statement. */
export function prepareAction(
  statement: Statement,
  transactionId: TransactionId,
): { readonly type: string; readonly body: Buffer } {
  return typeof statement === "string"
    ? {
        type: "CreatePreparedStatement",
        body: packAny("ActionCreatePreparedStatementRequest", {
          query: statement,
          transactionId,
        }),
      }
    : {
        type: "CreatePreparedSubstraitPlan",
        body: packAny("ActionCreatePreparedSubstraitPlanRequest", {
          plan: planOf(statement),
          transactionId,
        }),
      };
}

function planOf({ plan, version = "" }: SubstraitPlan) {
  return { plan, version };
}

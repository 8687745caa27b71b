import type { ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import type {
  FlightData,
  FlightDataParts,
} from "../drivers/flight/flight-data.js";
import { FlightDescriptor } from "../drivers/flight/messages.js";
import { packAny, unpackAny } from "../drivers/flight/sql-messages.js";
import type { SqlMessage } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { messagesOf } from "./calls.js";
import type { Caller } from "./caller.js";
import type { Database } from "./database.js";
import { ingest } from "./ingest.js";
import { catalogue } from "./metadata.js";
import type { Catalogue } from "./metadata.js";
import { sendBatches } from "./send.js";
import { Statements } from "./statements.js";
import type { Tickets } from "./tickets.js";
import type { Transactions } from "./transactions.js";

/** A descriptor as it came. */
export interface Descriptor {
  readonly type: number;
  readonly cmd: Uint8Array;
}

export type Get = ServerWritableStream<
  { readonly ticket: Uint8Array },
  FlightDataParts
>;
export type Put = ServerDuplexStream<
  FlightData,
  { readonly appMetadata: Uint8Array }
>;

/** Counts that nobody knows before the query ran. */
const unknown = -1n;

export interface CommandParts {
  readonly database: Database;
  readonly transactions: Transactions;
  readonly tickets: Tickets;
  readonly warn: (text: string) => void;
}

/** Which command of Flight SQL goes where. Those that are missing are Failure(unsupported). */
export class Commands {
  readonly #parts: CommandParts;
  readonly #statements: Statements;

  constructor(parts: CommandParts) {
    const { database, transactions, tickets } = parts;
    this.#parts = parts;
    this.#statements = new Statements(database, transactions, tickets);
  }

  /** GetFlightInfo: one endpoint, on this very server. */
  async info(descriptor: Descriptor, caller: Caller) {
    const command = commandOf(descriptor.cmd);
    caller.record.subject = command.name;
    if (command.name !== "CommandStatementQuery") {
      const answer = this.#answer(command);
      if (answer === undefined) throw unsupported("GetFlightInfo", command);
      return flightInfo(answer.schema, descriptor, descriptor.cmd);
    }
    const plan = await this.#statements.plan(command.value, caller);
    const statementHandle = plan.handle;
    const ticket = packAny("TicketStatementQuery", { statementHandle });
    return flightInfo(plan.schema, descriptor, ticket);
  }

  /** GetSchema. */
  async schema({ cmd }: Descriptor, caller: Caller) {
    const command = commandOf(cmd);
    caller.record.subject = command.name;
    const schema =
      command.name === "CommandStatementQuery"
        ? await this.#statements.schema(command.value, caller)
        : this.#answer(command)?.schema;
    if (schema === undefined) throw unsupported("GetSchema", command);
    return { schema: encapsulate(encodeSchema(schema)) };
  }

  /** DoGet. */
  async get(call: Get, caller: Caller): Promise<void> {
    const command = commandOf(call.request.ticket);
    caller.record.subject = command.name;
    if (command.name === "TicketStatementQuery")
      return this.#statements.send(command.value.statementHandle, call, caller);
    const answer = this.#answer(command);
    if (answer === undefined) throw unsupported("DoGet", command);
    const { transactions } = this.#parts;
    return transactions.use(undefined, caller, (connection) =>
      sendBatches(
        call,
        answer.schema,
        answer.batches(connection, caller),
        caller,
      ),
    );
  }

  /** DoPut. @returns rows that the command changed or loaded */
  async put(call: Put, caller: Caller): Promise<number> {
    const messages = messagesOf<FlightData>(call, caller.signal);
    const first = await messages.next();
    if (first.done === true || first.value.descriptor === undefined)
      throw new Failure(
        "invalid_input",
        "the DoPut starts without a descriptor that holds a command",
      );
    const { cmd } = FlightDescriptor.decode(first.value.descriptor);
    const command = commandOf(cmd);
    caller.record.subject = command.name;
    switch (command.name) {
      case "CommandStatementUpdate":
        return this.#statements.update(command.value, caller);
      case "CommandStatementIngest": {
        const { transactions } = this.#parts;
        const all = startingWith(first.value, messages);
        return ingest(command.value, all, transactions, caller);
      }
      default:
        throw unsupported("DoPut", command);
    }
  }

  #answer(command: SqlMessage): Catalogue | undefined {
    return catalogue(command, this.#parts.warn);
  }
}

async function* startingWith<T>(
  first: T,
  others: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* others;
}

/** @throws Failure(invalid_data | invalid_input) when the bytes hold no command of Flight SQL. */
function commandOf(cmd: Uint8Array): SqlMessage {
  const message = cmd.byteLength === 0 ? undefined : unpackAny(cmd);
  if (message !== undefined) return message;
  throw new Failure(
    "invalid_input",
    "the call holds no command of Flight SQL; descriptors of other kinds are not served",
  );
}

function unsupported(call: string, { name }: SqlMessage): Failure {
  return new Failure("unsupported", `the server has no ${name} in ${call}`);
}

function flightInfo(
  schema: Schema | undefined,
  flightDescriptor: Descriptor,
  ticket: Uint8Array,
) {
  return {
    schema: schema && encapsulate(encodeSchema(schema)),
    flightDescriptor,
    endpoint: [{ ticket: { ticket } }],
    totalRecords: unknown,
    totalBytes: unknown,
  };
}

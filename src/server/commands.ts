import type { ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import type {
  FlightData,
  FlightDataParts,
} from "../drivers/flight/flight-data.js";
import { FlightDescriptor } from "../drivers/flight/messages.js";
import {
  DoPutPreparedStatementResult,
  DoPutUpdateResult,
  unpackAny,
} from "../drivers/flight/sql-messages.js";
import type { SqlMessage } from "../drivers/flight/sql-messages.js";
import { Failure } from "../failure.js";
import { messagesOf } from "./messages.js";
import type { Calls } from "./calls.js";
import type { Caller } from "./caller.js";
import { ingest } from "./ingest.js";
import { catalogue } from "./metadata.js";
import type { Catalogue } from "./metadata.js";
import { infoOfCommand, infoOfPlan } from "./flight-info.js";
import type { Descriptor } from "./flight-info.js";
import { Polls } from "./polls.js";
import { PreparedStatements } from "./prepared.js";
import { each, sendBatches } from "./send.js";
import type { Statement } from "./statement.js";
import { Statements } from "./statements.js";
import type { StatementParts } from "./statements.js";
import { collect, withCollected } from "./stored-result.js";

export type Get = ServerWritableStream<
  { readonly ticket: Uint8Array },
  FlightDataParts
>;
export type Put = ServerDuplexStream<
  FlightData,
  { readonly appMetadata: Uint8Array }
>;

export interface CommandParts extends StatementParts {
  readonly calls: Calls;
  /** Statements of PollFlightInfo that one user may have. */
  readonly maxPolls: number;
  readonly warn: (text: string) => void;
}

/** Which command of Flight SQL goes where. Those that are missing are Failure(unsupported). */
export class Commands {
  readonly prepared: PreparedStatements;
  readonly polls: Polls;
  readonly #parts: CommandParts;
  readonly #statements: Statements;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#statements = new Statements(parts);
    this.prepared = new PreparedStatements(this.#statements, parts.stored);
    this.polls = new Polls(this.#statements, parts.calls, parts.maxPolls);
  }

  /** GetFlightInfo. */
  async info(descriptor: Descriptor, caller: Caller) {
    const command = commandOf(descriptor.cmd);
    caller.record.subject = command.name;
    const statement = this.#statementOf(command, caller);
    if (statement !== undefined)
      return infoOfPlan(
        await this.#statements.plan(statement, caller),
        descriptor,
      );
    const answer = this.#answer(command);
    if (answer === undefined) throw unsupported("GetFlightInfo", command);
    return infoOfCommand(answer.schema, descriptor);
  }

  /** PollFlightInfo. What is no statement is there at once. */
  async poll(descriptor: Descriptor, caller: Caller) {
    const command = commandOf(descriptor.cmd);
    caller.record.subject = command.name;
    if (command.name === "TicketStatementQuery")
      return this.polls.poll(command.value.statementHandle, caller);
    const statement = this.#statementOf(command, caller);
    if (statement !== undefined)
      return this.polls.start(statement, descriptor, caller);
    return { info: await this.info(descriptor, caller), progress: 1 };
  }

  /** GetSchema. */
  async schema({ cmd }: Descriptor, caller: Caller) {
    const command = commandOf(cmd);
    caller.record.subject = command.name;
    const statement = this.#statementOf(command, caller);
    if (statement !== undefined) {
      const known = await this.#statements.describe(statement, caller);
      if (known?.schema !== undefined) return schemaResult(known.schema);
      throw new Failure(
        "unsupported",
        known === undefined
          ? "the schema of several statements is not known before they run"
          : "the schema depends on the parameters, and is not known before the statement runs with them",
      );
    }
    const answer = this.#answer(command);
    if (answer === undefined) throw unsupported("GetSchema", command);
    return schemaResult(answer.schema);
  }

  /** DoGet. */
  async get(call: Get, caller: Caller): Promise<void> {
    const command = commandOf(call.request.ticket);
    caller.record.subject = command.name;
    if (command.name === "TicketStatementQuery")
      return this.#statements.send(command.value.statementHandle, call, caller);
    const answer = this.#answer(command);
    if (answer === undefined) throw unsupported("DoGet", command);
    const { transactions, queue, stored } = this.#parts;
    return withCollected(
      stored,
      (take) =>
        transactions.use(undefined, caller, ({ connection }) =>
          queue.run(caller, () =>
            collect(answer.batches(connection, caller), take),
          ),
        ),
      (batches) =>
        sendBatches(call, answer.schema, each(batches), caller, { keep: true }),
    );
  }

  /** DoPut. @returns what the one PutResult carries */
  async put(call: Put, caller: Caller): Promise<Uint8Array> {
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
    const all = startingWith(first.value, messages);
    switch (command.name) {
      case "CommandStatementUpdate":
        return counted(await this.#statements.update(command.value, caller));
      case "CommandStatementIngest": {
        const { value } = command;
        return counted(await ingest(value, all, this.#parts, caller));
      }
      case "CommandPreparedStatementUpdate": {
        const { preparedStatementHandle } = command.value;
        return counted(
          await this.prepared.update(preparedStatementHandle, all, caller),
        );
      }
      case "CommandPreparedStatementQuery": {
        const { preparedStatementHandle } = command.value;
        await this.prepared.bind(preparedStatementHandle, all, caller);
        return DoPutPreparedStatementResult.encode({ preparedStatementHandle });
      }
      default:
        throw unsupported("DoPut", command);
    }
  }

  /** The statement that a command is to run, undefined when it is none. */
  #statementOf(command: SqlMessage, caller: Caller): Statement | undefined {
    switch (command.name) {
      case "CommandStatementQuery":
        return command.value;
      case "CommandPreparedStatementQuery":
        return this.prepared.statement(
          command.value.preparedStatementHandle,
          caller,
        );
      default:
        return undefined;
    }
  }

  #answer(command: SqlMessage): Catalogue | undefined {
    return catalogue(command, this.#parts);
  }
}

function counted(rows: number): Uint8Array {
  return DoPutUpdateResult.encode({ recordCount: BigInt(rows) });
}

function schemaResult(schema: Schema) {
  return { schema: encapsulate(encodeSchema(schema)) };
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

import { releaseBatch } from "./arrow/batch.js";
import { Failure } from "./failure.js";
import {
  logLine,
  structuredLine,
  type LogFields,
  type LogFormat,
} from "./log-line.js";
import type { LogLevel, Message, StreamStatusMessage } from "./message.js";
import { Progress, type Metric } from "./progress.js";
import type { Encoder, Protocol } from "./protocol.js";
import { blockingOutput, openOutput } from "./util/output.js";
import { PipeClosed, writeError, writeOut } from "./util/stdio.js";

/** Until a protocol is chosen there is no form for messages. */
const silent: Encoder = { encode: () => [] };

/** All that a run says: messages to stdout, logs and failures to stderr, and no secret to either. */
export class Reporter {
  /** Texts that must not be seen. */
  secrets: readonly string[] = [];
  logFormat: LogFormat = "text";
  /** Name of this program, when its logs are lines that Meltano parses. */
  structuredAs: string | undefined;
  #protocol: Protocol["name"] | undefined;
  #encoder = silent;
  #output = blockingOutput;
  readonly #progress = new Progress((metric) => {
    this.#metric(metric);
  });

  /** Messages are written in this form from here on. */
  speak(protocol: Protocol["name"], encoder: Encoder): void {
    this.#protocol = protocol;
    this.#encoder = encoder;
  }

  /** Many messages will come: stdout is written without blocking, and what was done is summed up by `end`. */
  async begin(): Promise<void> {
    this.#output = await openOutput();
  }

  /** The figures of a run with many messages, to the log. */
  end(): void {
    this.#progress.end();
  }

  /** A line for people, which no protocol has. */
  readonly line = (text: string): void => {
    writeOut(Buffer.from(`${text}\n`));
  };

  /** Writes every message. @returns the exit code, which the first failure decides. */
  async emit(
    messages: AsyncIterable<Message> | Iterable<Message>,
  ): Promise<number> {
    let exitCode = 0;
    for await (const message of messages) {
      const shown = this.#redacted(message);
      for (const chunk of this.#encoder.encode(shown)) {
        await this.#output.write(chunk);
        this.#progress.bytes += chunk.length;
      }
      if (shown.type === "batch") {
        this.#progress.rows(shown.stream.id, shown.batch.length);
        releaseBatch(shown.batch);
      }
      if (shown.type === "files")
        this.#progress.rows(shown.stream.id, shown.rows);
      if (shown.type === "stream_status") this.#status(shown);
      const failure =
        shown.type === "failure" || shown.type === "connection_status"
          ? shown.failure
          : undefined;
      if (failure === undefined) continue;
      const told = shown.type === "connection_status" && this.#isAirbyte;
      if (!told) {
        this.#critical(failure);
        exitCode ||= failure.exitCode;
      }
    }
    return exitCode;
  }

  /** Tells what ended a command. @returns the exit code. */
  fail(cause: Failure): number {
    const failure = this.#hide(cause);
    this.#say({ type: "failure", failure });
    this.#critical(failure);
    if (failure.code === "internal" && failure.cause instanceof Error)
      this.log("debug", failure.cause.stack ?? "");
    return failure.exitCode;
  }

  /** Waits until all that was said is out. @throws PipeClosed */
  flush(): Promise<void> {
    return this.#output.flush();
  }

  /** Airbyte wants logs as messages, and reads stderr as errors; Singer wants them on stderr. */
  readonly log = (
    level: LogLevel,
    text: string,
    fields: LogFields = {},
  ): void => {
    if (
      level === "debug" &&
      process.env["LOG_LEVEL"]?.toLowerCase() !== "debug"
    )
      return;
    const shown = this.redact(text);
    if (this.#isAirbyte) {
      this.#say({ type: "log", level, text: shown });
      return;
    }
    if (this.structuredAs !== undefined) {
      writeError(structuredLine(this.structuredAs, level, shown));
      return;
    }
    const hidden = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? this.redact(value) : value,
    ]);
    const safe = Object.fromEntries(hidden) as LogFields;
    writeError(logLine(this.logFormat, level, shown, safe));
  };

  readonly redact = (text: string): string => {
    let shown = text;
    for (const secret of this.secrets) shown = shown.replaceAll(secret, "****");
    return shown;
  };

  get #isAirbyte(): boolean {
    return this.#protocol === "airbyte";
  }

  /** A short message, in order with all others but not waited for: what goes wrong is told by the next write or flush. */
  #say(message: Message): void {
    try {
      for (const chunk of this.#encoder.encode(message))
        this.#output.write(chunk)?.catch(() => undefined);
    } catch (error) {
      if (!(error instanceof PipeClosed)) throw error;
    }
  }

  #critical({ code, message, stream }: Failure): void {
    const where = stream === undefined ? "" : ` (${stream})`;
    const text = `[${code}] ${message}${where}`;
    writeError(
      this.structuredAs === undefined
        ? logLine(this.logFormat, "critical", text)
        : structuredLine(this.structuredAs, "critical", text, { stream }),
    );
  }

  #status({ stream, status }: StreamStatusMessage): void {
    if (status === "started") this.#progress.begin(stream.id);
    else
      this.#progress.finish(
        stream.id,
        status === "complete" ? "succeeded" : "failed",
      );
  }

  #metric(metric: Metric): void {
    if (this.structuredAs === undefined) {
      this.log("info", `METRIC: ${JSON.stringify(metric)}`);
      return;
    }
    const { stream } = metric.tags;
    writeError(
      structuredLine(this.structuredAs, "info", "METRIC", {
        stream: stream === undefined ? undefined : String(stream),
        metric,
      }),
    );
  }

  #redacted(message: Message): Message {
    if (
      (message.type === "failure" || message.type === "connection_status") &&
      message.failure !== undefined
    )
      return { ...message, failure: this.#hide(message.failure) };
    return message;
  }

  #hide(failure: Failure): Failure {
    return new Failure(failure.code, this.redact(failure.message), {
      stream: failure.stream,
      cause: failure.cause,
    });
  }
}

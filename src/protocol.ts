import type {
  ReplicationMethod,
  SelectedStream,
  StreamOptions,
  StreamOptionsByGlob,
} from "./catalog.js";
import type { Input, Message } from "./message.js";
import type { State } from "./state.js";

/** A wire format: Singer or Airbyte. It translates, and adds no rules of its own. */
export interface Protocol {
  readonly name: "singer" | "airbyte";
  /**
   * What `read` shall read, from the catalog file's text.
   * @param settings Singer only: Airbyte's catalog says it all.
   * @throws Failure(invalid_config) naming the place in the file.
   */
  parseCatalog(
    text: string,
    settings?: CatalogSettings,
  ): readonly SelectedStream[];
  /**
   * @param text the state file's text; what it says of streams not in `selected` is kept by `encoder`.
   * @throws Failure(invalid_config)
   */
  parseState(text: string, selected: readonly SelectedStream[]): State;
  encoder(options: EncoderOptions): Encoder;
  decoder(options: DecoderOptions): Decoder;
}

/** What the settings say over a catalog. */
export interface CatalogSettings {
  /** Of streams whose catalog says none. @default along their replication key, whole without one */
  readonly defaultMethod?: ReplicationMethod | undefined;
  readonly streams?: StreamOptionsByGlob<StreamOptions>;
}

export interface EncoderOptions {
  /** Text of the state that the run started from. */
  readonly stateText?: string | undefined;
  /** Milliseconds since the epoch; a parameter so that output can be compared. @default Date.now */
  readonly now?: () => number;
  /** How NaN and the infinities are written, which JSON lacks. @default "string" */
  readonly nonFinite?: "string" | "null" | "fail";
  /**
   * Whether rows of full tables have a version, which is activated at their end, so that a target lets rows of earlier
   * versions go (Singer only). @default false
   */
  readonly activateVersions?: boolean;
}

export interface Encoder {
  /**
   * Chunks of whole lines. A chunk may be a view of memory that the next chunk reuses, so write it before
   * asking for another.
   */
  encode(message: Message): Iterable<Uint8Array>;
}

export interface DecoderOptions {
  /** Text of the configured catalog (Airbyte only). */
  readonly catalogText?: string | undefined;
  /** Name of the input in errors. @default "stdin" */
  readonly name?: string;
  /** A batch is given out when it holds so many rows. @default 8_192 */
  readonly batchRows?: number;
  /** A batch is given out when it holds so many bytes. @default 1_048_576 */
  readonly batchBytes?: number;
  /** dead_letter sets records aside that cannot be loaded, and lines that are no messages. @default "fail" */
  readonly onInvalid?: "fail" | "dead_letter";
  /** Whether the columns `_sdc_…` of the Meltano SDK are added (Singer only). @default false */
  readonly addRecordMetadata?: boolean;
  /**
   * What an ACTIVATE_VERSION does to rows of earlier versions, which those columns tell (Singer only).
   * @default "mark"
   */
  readonly olderRows?: "mark" | "delete" | "keep";
  /** Told of what is passed over, once for each kind. */
  readonly warn?: (text: string) => void;
  /** A parameter so that these columns can be compared. @default Date.now */
  readonly now?: () => number;
  /** Whether records have to bring what their schema requires besides the key (Singer only). @default true */
  readonly validateRecords?: boolean;
  /** Where a namespace comes from when the input names none, and over what it names (`default_target_schema`). */
  readonly defaultNamespace?: string | undefined;
}

/** Turns bytes into inputs. Rows that do not fill a batch yet stay inside until `drain`. */
export interface Decoder {
  /** `chunk` is copied where it must be kept, so the caller may reuse it. Lines may be cut anywhere. */
  decode(chunk: Uint8Array): Iterable<Input>;
  /** Gives out what is held back (rows, then the states behind them), as a waiting state demands. */
  drain(): Iterable<Input>;
  /** Whether a state is held back, behind rows that do not fill a batch yet. */
  readonly holdsState: boolean;
  /** The input ended: like `drain`, and a last line without a line feed is read. */
  end(): Iterable<Input>;
}

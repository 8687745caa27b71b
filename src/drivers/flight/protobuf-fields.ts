import type { Scalars, ScalarType } from "./protobuf-scalars.js";
import type { MessageType } from "./protobuf.js";

/**
 * How often a field occurs. `plain` is proto3's default: a scalar that is missing has its zero value, a
 * message that is missing is undefined. `optional` fields (and the members of a oneof) tell missing from zero.
 */
type Rule = "plain" | "optional" | "repeated" | "map";

/** One line of a message table. A map's type is that of its values; its keys are strings. */
export interface FieldSpec {
  readonly number: number;
  readonly type: ScalarType | MessageType<FieldSpecs>;
  readonly rule: Rule;
}

/** The fields of a message by their names in camel case. */
export type FieldSpecs = Readonly<Record<string, FieldSpec>>;

type ElementOf<T> = T extends ScalarType
  ? Scalars[T]
  : T extends MessageType<infer Nested>
    ? MessageOf<Nested>
    : never;

type FieldValue<F extends FieldSpec> = F["rule"] extends "repeated"
  ? readonly ElementOf<F["type"]>[]
  : F["rule"] extends "map"
    ? ReadonlyMap<string, ElementOf<F["type"]>>
    : F extends { readonly rule: "plain"; readonly type: ScalarType }
      ? ElementOf<F["type"]>
      : ElementOf<F["type"]> | undefined;

type ElementInput<T> = T extends ScalarType
  ? Scalars[T]
  : T extends MessageType<infer Nested>
    ? InputOf<Nested>
    : never;

type FieldInput<F extends FieldSpec> = F["rule"] extends "repeated"
  ? readonly ElementInput<F["type"]>[]
  : F["rule"] extends "map"
    ? ReadonlyMap<string, ElementInput<F["type"]>>
    : ElementInput<F["type"]>;

/** What decoding gives: every field is there. */
export type MessageOf<S extends FieldSpecs> = {
  readonly [Name in keyof S]: FieldValue<S[Name]>;
};

/** What encoding takes: every field may be left out. */
export type InputOf<S extends FieldSpecs> = {
  readonly [Name in keyof S]?: FieldInput<S[Name]> | undefined;
};

/** What decoding by a message type gives: every field is there. */
export type Decoded<T> = T extends MessageType<infer S> ? MessageOf<S> : never;

/** What encoding by a message type takes: every field may be left out. */
export type Encodable<T> = T extends MessageType<infer S> ? InputOf<S> : never;

export interface Spec<T, R extends Rule> {
  readonly number: number;
  readonly type: T;
  readonly rule: R;
}

/** A field with proto3's default rule. */
export function plain<const T extends FieldSpec["type"]>(
  number: number,
  type: T,
): Spec<T, "plain"> {
  return { number, type, rule: "plain" };
}

/** An `optional` field or a member of a oneof; of a oneof, set one member only. */
export function optional<const T extends FieldSpec["type"]>(
  number: number,
  type: T,
): Spec<T, "optional"> {
  return { number, type, rule: "optional" };
}

/** A `repeated` field; its numbers are written packed. */
export function repeated<const T extends FieldSpec["type"]>(
  number: number,
  type: T,
): Spec<T, "repeated"> {
  return { number, type, rule: "repeated" };
}

/** A `map<string, type>`. */
export function map<const T extends FieldSpec["type"]>(
  number: number,
  type: T,
): Spec<T, "map"> {
  return { number, type, rule: "map" };
}

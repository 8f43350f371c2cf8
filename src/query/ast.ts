import type { Operator } from "../condition/ast.ts";

/** A query over alerts, with full field names. Immutable. */
export type AlertQuery =
  | { readonly kind: "and" | "or"; readonly parts: readonly AlertQuery[] }
  | { readonly kind: "not"; readonly part: AlertQuery }
  | FieldTest
  | WordsTest
  | TimeBound;

/** A comparison of an alert property or a field with values. */
export interface FieldTest {
  readonly kind: "test";
  /** `rule`, `priority`, `source`, `hostname`, `tags`, `output`, `id`, or the full name of a field. */
  readonly name: string;
  readonly operator: TestOperator;
  /** Values to compare with; empty for `exists`. */
  readonly values: readonly string[];
}

/** The operators of the rule language, except operators for bytes. */
export type TestOperator = Exclude<Operator, "bcontains" | "bstartswith">;

/** A phrase to find in the rule name, the message or a value. */
export interface WordsTest {
  readonly kind: "words";
  /** The phrase as written, without quotes and `*`. */
  readonly text: string;
  /** Lower-case words without punctuation. If empty, the message must contain `text`. */
  readonly words: readonly string[];
  /** Whether the last word is a prefix. */
  readonly prefix: boolean;
}

/** An inclusive bound in nanoseconds since the epoch, compared with microsecond precision. */
export type TimeBound =
  | { readonly kind: "since"; readonly time: bigint }
  | { readonly kind: "until"; readonly time: bigint };

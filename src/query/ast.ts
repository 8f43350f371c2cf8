import type { Operator } from "../condition/ast.ts";

/** A query over alerts, with the names that alerts have. Immutable. */
export type AlertQuery =
  | { readonly kind: "and" | "or"; readonly parts: readonly AlertQuery[] }
  | { readonly kind: "not"; readonly part: AlertQuery }
  | FieldTest
  | WordsTest
  | TimeBound;

/** A comparison of a part of every alert or of a field. */
export interface FieldTest {
  readonly kind: "test";
  /** `rule`, `priority`, `source`, `hostname`, `tags`, `output`, `id`, or a field as alerts name it. */
  readonly name: string;
  readonly operator: TestOperator;
  /** Any of them; none for `exists`. */
  readonly values: readonly string[];
}

/** The operators of the rule language, without those on bytes. */
export type TestOperator = Exclude<Operator, "bcontains" | "bstartswith">;

/** Words that follow each other in the rule's name, the message or a value. */
export interface WordsTest {
  readonly kind: "words";
  /** As written, without quotes and `*`. */
  readonly text: string;
  /** Without punctuation and case. Empty: the message contains `text`. */
  readonly words: readonly string[];
  /** Whether the last word may go on. */
  readonly prefix: boolean;
}

/** A bound of the time, inclusive; in nanoseconds since the epoch, compared in microseconds. */
export type TimeBound =
  | { readonly kind: "since"; readonly time: bigint }
  | { readonly kind: "until"; readonly time: bigint };

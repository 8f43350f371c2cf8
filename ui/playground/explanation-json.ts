import type { FieldValue } from "../../src/api/schema.ts";
import type { ConditionPart } from "../../src/api/schemas/alert.ts";

/** What `eyas explain --json` prints, as far as it is shown. */
export interface EventExplanation {
  readonly event: Readonly<Record<string, FieldValue>>;
  readonly rules: readonly RuleExplanation[];
}

export interface RuleExplanation {
  readonly rule: string;
  readonly fires: boolean;
  readonly concerned: boolean;
  readonly missing: readonly { readonly text: string }[];
  readonly share: number;
  readonly file: string;
  readonly line: number;
  readonly decided: { readonly text: string };
  readonly condition: ConditionPart;
}

interface Context {
  readonly source?: string;
}

/** Reads an explanation. Numbers that JavaScript would round come as the digits that are written. */
export function parseExplanation(json: string): EventExplanation {
  // The worker's own words, in the shape that its tests hold.
  return JSON.parse(json, exact as (key: string, value: unknown) => unknown) as EventExplanation;
}

function exact(_: string, value: unknown, context?: Context): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  return context?.source ?? value;
}

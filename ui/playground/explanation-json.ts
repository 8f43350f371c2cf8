import type { FieldValue } from "../../src/api/schema.ts";
import type { ConditionPart } from "../../src/api/schemas/alert.ts";

/** The output of `eyas explain --json`, reduced to the parts that are shown. */
export interface EventExplanationJson {
  readonly event: Readonly<Record<string, FieldValue>>;
  readonly rules: readonly RuleExplanationJson[];
}

export interface RuleExplanationJson {
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

interface ReviverContext {
  readonly source?: string;
}

/** Parses an explanation. Integers beyond the safe range become text with all digits. */
export function parseExplanation(json: string): EventExplanationJson {
  // The type is correct: worker tests check the output.
  return JSON.parse(json, exact as (key: string, value: unknown) => unknown) as EventExplanationJson;
}

function exact(_: string, value: unknown, context?: ReviverContext): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  return context?.source ?? value;
}

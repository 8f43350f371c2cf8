/** A part of a condition with its result for one event, as printed by `eyas explain --json`. */
export interface ExplainedPart {
  readonly kind: string;
  readonly name?: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Whether the part matched; null if it was not evaluated. */
  readonly verdict: boolean | null;
  readonly holds: boolean;
  readonly decided: boolean;
  /** The compared values, by term: a field, or a transformer applied to a field. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly parts?: readonly ExplainedPart[];
}

/** A part of a condition in a plan. Plans contain the parts of an explanation that are the same for every event. */
export interface PlanPart {
  readonly kind: string;
  readonly name?: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The terms that are compared: fields, or transformers applied to fields. */
  readonly terms?: readonly string[];
  readonly parts?: readonly PlanPart[];
}

/** Encodes the result of a part as a digit. */
export function markDigit(holds: boolean, asked: boolean, decided: boolean): number {
  return (holds ? HOLDS : 0) + (asked ? ASKED : 0) + (decided ? DECIDED : 0);
}

const HOLDS = 1;
const ASKED = 2;
const DECIDED = 4;

/**
 * Encodes the results of an explanation for one event.
 * @param digits digits of the parts in depth-first order
 * @param values JSON by term
 */
export function marksText(digits: string, values: ReadonlyMap<string, string>): string {
  const shown = [...values].map(([term, json]) => `${JSON.stringify(term)}:${json}`).join(",");
  return `{"marks":"${digits}","values":{${shown}}}`;
}

/** Restores an explanation from a plan and the stored results; undefined if the results do not belong to the plan. */
export function explanationOf(plan: string, marks: string): ExplainedPart | undefined {
  const root: unknown = JSON.parse(plan);
  const marked: unknown = JSON.parse(marks);
  if (!isRecord(marked) || typeof marked.marks !== "string") return undefined;
  const digits = marked.marks;
  const values = isRecord(marked.values) ? marked.values : {};
  let at = 0;
  const walk = (part: unknown): ExplainedPart | undefined => {
    if (!isRecord(part)) return undefined;
    const bits = Number(digits[at++]);
    if (Number.isNaN(bits)) return undefined;
    const terms = (Array.isArray(part.terms) ? part.terms : [])
      .map(String)
      .filter((term) => Object.hasOwn(values, term));
    const parts = (Array.isArray(part.parts) ? part.parts : []).map(walk).filter((each) => each !== undefined);
    const holds = (bits & HOLDS) !== 0;
    return {
      kind: String(part.kind),
      ...(typeof part.name === "string" && { name: part.name }),
      text: String(part.text),
      file: String(part.file),
      line: Number(part.line),
      column: Number(part.column),
      verdict: (bits & ASKED) !== 0 ? holds : null,
      holds,
      decided: (bits & DECIDED) !== 0,
      ...(part.kind === "test" && { values: Object.fromEntries(terms.map((term) => [term, values[term]])) }),
      ...(parts.length > 0 && { parts }),
    };
  };
  const explained = walk(root);
  return at === digits.length ? explained : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

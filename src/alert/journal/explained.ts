/** A part of a condition and what became of it on an event, as `eyas explain --json` has it. */
export interface ExplainedPart {
  readonly kind: string;
  readonly name?: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Null for parts that were not asked. */
  readonly verdict: boolean | null;
  readonly holds: boolean;
  readonly decided: boolean;
  /** JSON of the values that were compared, by field. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly parts?: readonly ExplainedPart[];
}

/** What is the same whatever the event. */
interface PlanPart {
  readonly kind: string;
  readonly name?: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly parts: readonly PlanPart[];
}

/** An explanation in two halves: the plan, which all events of a rule share, and the marks of one event. */
export interface Folded {
  readonly plan: string;
  readonly marks: string;
}

const HOLDS = 1;
const ASKED = 2;
const DECIDED = 4;

/**
 * Folds an explanation, so that what a rule's alerts share is kept once.
 * @param part with `values` as texts of JSON
 */
export function fold(root: FoldedPart): Folded {
  let flags = "";
  const values: string[] = [];
  const walk = (part: FoldedPart): PlanPart => {
    const own = `${(part.holds ? HOLDS : 0) + (part.asked ? ASKED : 0) + (part.decided ? DECIDED : 0)}`;
    if (part.values.length > 0) {
      const shown = part.values.map(([term, json]) => `${JSON.stringify(term)}:${json}`).join(",");
      values.push(`"${flags.length}":{${shown}}`);
    }
    flags += own;
    const { kind, name, text, file, line, column } = part;
    return { kind, ...(name !== "" && { name }), text, file, line, column, parts: part.parts.map(walk) };
  };
  const plan = JSON.stringify(walk(root));
  return { plan, marks: `{"flags":"${flags}","values":{${values.join(",")}}}` };
}

/** What {@link fold} takes. */
export interface FoldedPart {
  readonly kind: string;
  readonly name: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly holds: boolean;
  readonly asked: boolean;
  readonly decided: boolean;
  readonly values: readonly (readonly [string, string])[];
  readonly parts: readonly FoldedPart[];
}

/** The explanation that was folded; undefined where the halves don't belong together. */
export function unfold(plan: string, marks: string): ExplainedPart | undefined {
  const root: unknown = JSON.parse(plan);
  const marked: unknown = JSON.parse(marks);
  if (!isRecord(marked) || typeof marked.flags !== "string") return undefined;
  const { flags } = marked;
  const values = isRecord(marked.values) ? marked.values : {};
  let at = 0;
  const walk = (part: unknown): ExplainedPart | undefined => {
    if (!isRecord(part)) return undefined;
    const number = at++;
    const bits = Number(flags[number]);
    const shown = values[number];
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
      ...(isRecord(shown) && { values: shown }),
      ...(parts.length > 0 && { parts }),
    };
  };
  return walk(root);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

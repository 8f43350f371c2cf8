/** The state of an action. */
export const actionStates = ["waiting", "asked", "done", "skipped", "failed", "unknown"] as const;
export type ActionState = (typeof actionStates)[number];

/** Why an action was skipped. */
export const actionReasons = [
  "dry_run",
  "paused",
  "old",
  "missing",
  "elsewhere",
  "never",
  "cooldown",
  "budget",
  "nothing",
  "gone",
] as const;
export type ActionReason = (typeof actionReasons)[number];

/** One action of a response for one alert, as logged when it is decided, started and ended. */
export interface ActionEntry {
  /** Later ones have larger numbers. Never used twice. */
  readonly id: number;
  /** The alert's number in the journal. */
  readonly seq: number;
  /** The name of the response rule, and which of its actions it is, counted from 0. */
  readonly response: string;
  readonly place: number;
  readonly action: string;
  /** From 1; more where it was not known what had become of it, and doing it again does no harm. */
  readonly attempt: number;
  /** The same for every attempt, so that the target can deduplicate. */
  readonly key: string;
  /** The target in words; undefined where the alert does not name it. */
  readonly target: string | undefined;
  /** The namespace or app whose budget it counts for; undefined where there is none. */
  readonly scope: string | undefined;
  /** Whether it was a dry run. */
  readonly dryRun: boolean;
  readonly state: ActionState;
  /** Of a step that was skipped. */
  readonly why: ActionReason | undefined;
  /** The answer of the target, or an error in one sentence. */
  readonly answer: string | undefined;
  /** When it was decided, when it was asked, when it ended: milliseconds since the epoch. */
  readonly time: number;
  readonly asked: number | undefined;
  readonly ended: number | undefined;
}

/** A row of the table `response`, in the order of its columns. */
export const actionColumns = ["id", "seq", "response", "place", "action", "attempt", "key", "target", "scope", "dry"]
  .concat(["state", "why", "answer", "time", "asked", "ended"])
  .join(", ");

/** How many columns those are, as SQL wants to know it. */
export const actionValues = actionColumns.replace(/\w+/g, "?");

export function rowOf(step: ActionEntry): (string | number | null)[] {
  const { id, seq, response, place, action, attempt, key, target, scope, dryRun, state, why, answer } = step;
  return [
    ...[id, seq, response, place, action, attempt, key, target ?? null, scope ?? null, dryRun ? 1 : 0, state],
    ...[why ?? null, answer ?? null, step.time, step.asked ?? null, step.ended ?? null],
  ];
}

/** A step as it was written; undefined for a row of a later version, or one that is damaged. */
export function actionIn(row: Readonly<Record<string, unknown>>): ActionEntry | undefined {
  const state = actionStates.find((one) => one === row.state);
  if (state === undefined) return undefined;
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  return {
    id: Number(row.id),
    seq: Number(row.seq),
    response: String(row.response),
    place: Number(row.place),
    action: String(row.action),
    attempt: Number(row.attempt),
    key: String(row.key),
    target: text(row.target),
    scope: text(row.scope),
    dryRun: row.dry === 1,
    state,
    why: actionReasons.find((one) => one === row.why),
    answer: text(row.answer),
    time: Number(row.time),
    asked: number(row.asked),
    ended: number(row.ended),
  };
}

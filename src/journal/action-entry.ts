/** The state of an action. */
export const actionStates = ["waiting", "asked", "done", "skipped", "failed", "unknown"] as const;
export type ActionState = (typeof actionStates)[number];

/** The reason why an action was skipped. */
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

/**
 * An entry of the action log: an action of a response for an alert. It is updated when the action is decided, starts
 * and ends.
 */
export interface ActionEntry {
  /** ID of the entry. IDs increase and are never reused. */
  readonly id: number;
  /** Sequence number of the alert in the journal. */
  readonly seq: number;
  /** Name of the response rule. */
  readonly response: string;
  /** Index of the action in the response rule, from 0. */
  readonly place: number;
  readonly action: string;
  /** Attempt number, from 1. An idempotent action is retried if its result is unknown. */
  readonly attempt: number;
  /** Idempotency key, the same for all attempts. */
  readonly key: string;
  /** Description of the target; undefined if the alert names none. */
  readonly target: string | undefined;
  /** Namespace or app whose budget applies; undefined if none does. */
  readonly scope: string | undefined;
  /** Whether the action was simulated. */
  readonly dryRun: boolean;
  readonly state: ActionState;
  /** Why the action was skipped; undefined if it was not. */
  readonly why: ActionReason | undefined;
  /** The response from the target, or an error in one sentence. */
  readonly answer: string | undefined;
  /** Time of the decision, in milliseconds since the epoch. */
  readonly time: number;
  /** Time of the start, in milliseconds since the epoch. */
  readonly asked: number | undefined;
  /** Time of the end, in milliseconds since the epoch. */
  readonly ended: number | undefined;
  /** For an action that suspends its target: name of the action that releases it. */
  readonly undoneBy?: string | undefined;
  /** What remains to be done if the action is interrupted, in a format that the action defines. */
  readonly record?: string | undefined;
}

/** Columns of the table `response`, in order. */
export const actionColumns = ["id", "seq", "response", "place", "action", "attempt", "key", "target", "scope", "dry"]
  .concat(["state", "why", "answer", "time", "asked", "ended", "undone_by", "record"])
  .join(", ");

/** The columns as SQL placeholders. */
export const actionValues = actionColumns.replace(/\w+/g, "?");

export function rowOf(step: ActionEntry): (string | number | null)[] {
  const { id, seq, response, place, action, attempt, key, target, scope, dryRun, state, why, answer } = step;
  return [
    ...[id, seq, response, place, action, attempt, key, target ?? null, scope ?? null, dryRun ? 1 : 0, state],
    ...[why ?? null, answer ?? null, step.time, step.asked ?? null, step.ended ?? null],
    ...[step.undoneBy ?? null, step.record ?? null],
  ];
}

/** The entry in a row; undefined if the row is damaged or a later version wrote it. */
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
    ...(typeof row.undone_by === "string" && { undoneBy: row.undone_by }),
    ...(typeof row.record === "string" && { record: row.record }),
  };
}

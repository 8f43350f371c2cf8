/** The states of an action. */
export const actionStates = ["waiting", "asked", "done", "skipped", "failed", "unknown"] as const;
export type ActionState = (typeof actionStates)[number];

/** The reasons why actions are skipped. */
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
 * An entry of the action log: one attempt of a response action for an alert. The entry is written when the action is
 * decided, and updated when it starts and ends.
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
  /** Number of the attempt, from 1. An idempotent action is retried if the result of an attempt is unknown. */
  readonly attempt: number;
  /** Idempotency key, the same for all attempts. */
  readonly key: string;
  /** Description of the target; undefined if the alert names no target. */
  readonly target: string | undefined;
  /** Namespace or app whose budget limits the action; undefined if no budget applies. */
  readonly scope: string | undefined;
  /** Whether the action was only simulated (dry run). */
  readonly dryRun: boolean;
  readonly state: ActionState;
  /** Why the action was skipped; undefined if it was not skipped. */
  readonly why: ActionReason | undefined;
  /** The response from the target, or an error message of one sentence. */
  readonly answer: string | undefined;
  /** Time of the decision, in milliseconds since the epoch. */
  readonly time: number;
  /** Time of the start, in milliseconds since the epoch. */
  readonly asked: number | undefined;
  /** Time of the end, in milliseconds since the epoch. */
  readonly ended: number | undefined;
  /** If the action suspends its target: name of the action that releases the target. */
  readonly undoneBy?: string | undefined;
  /** Data to complete the action after an interruption, in a format that the action defines. */
  readonly record?: string | undefined;
}

/** Columns of the table `response`, in order. */
export const actionColumns = ["id", "seq", "response", "place", "action", "attempt", "key", "target", "scope", "dry"]
  .concat(["state", "why", "answer", "time", "asked", "ended", "undone_by", "record"])
  .join(", ");

/** SQL placeholders for the values of the columns. */
export const actionValues = actionColumns.replace(/\w+/g, "?");

export function rowOf(step: ActionEntry): (string | number | null)[] {
  const { id, seq, response, place, action, attempt, key, target, scope, dryRun, state, why, answer } = step;
  return [
    ...[id, seq, response, place, action, attempt, key, target ?? null, scope ?? null, dryRun ? 1 : 0, state],
    ...[why ?? null, answer ?? null, step.time, step.asked ?? null, step.ended ?? null],
    ...[step.undoneBy ?? null, step.record ?? null],
  ];
}

/** The entry in a table row; undefined if its state is unknown, because the row is damaged or from a later version. */
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

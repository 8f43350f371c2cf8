import type { About } from "../../alert/about.ts";
import type { Scope } from "../../alert/scope.ts";
import type { GroupAction, GroupFilter } from "../filter/group.ts";
import type { AlertGroup, GroupChange } from "../schemas/group.ts";

/** A stored change of the triage of a group. Values that the action does not use are empty. */
export interface StoredGroupChange {
  readonly key: string;
  readonly rule: string;
  readonly about: About | undefined;
  /** Time of the change, in ISO 8601. */
  readonly time: string;
  readonly user: string;
  readonly action: GroupAction;
  readonly value: string;
  readonly text: string;
  /** For `auto_close`: the alerts to close. Without a scope, no alerts are closed. */
  readonly scope?: Scope | undefined;
}

/** The triage of a group after all of its changes. */
export interface GroupState {
  readonly rule: string;
  readonly about: About | undefined;
  readonly assignee: string;
  /** End of the snooze in ISO 8601; empty if the group is not snoozed. The end may be in the past. */
  readonly snoozedUntil: string;
  readonly autoClose:
    | { readonly user: string; readonly reason: string; readonly until: string; readonly scope: Scope }
    | undefined;
  readonly notes: number;
}

type Triage = Pick<AlertGroup, "assignee" | "snoozedUntil" | "autoClose" | "notes">;

/** Maximum number of changes of groups in a store. The oldest changes are deleted. */
export const MAX_GROUP_CHANGES = 20_000;

/** The kind of change that an action makes. The latest change of each kind applies. */
export const kindOfChange: Readonly<Record<GroupAction, "assignee" | "snooze" | "auto_close" | undefined>> = {
  assign: "assignee",
  snooze: "snooze",
  end_snooze: "snooze",
  auto_close: "auto_close",
  end_auto_close: "auto_close",
  comment: undefined,
};

/** Applies a change to the triage of a group. */
export function changed(before: GroupState | undefined, change: StoredGroupChange): GroupState {
  const { rule, about, action, value, text, user, scope } = change;
  const state: GroupState = before ?? {
    ...{ rule, about, assignee: "", snoozedUntil: "", autoClose: undefined, notes: 0 },
  };
  switch (action) {
    case "assign":
      return { ...state, assignee: value };
    case "snooze":
      return { ...state, snoozedUntil: value };
    case "end_snooze":
      return { ...state, snoozedUntil: "" };
    case "auto_close":
      return { ...state, autoClose: scope && { user, reason: text, until: value, scope } };
    case "end_auto_close":
      return { ...state, autoClose: undefined };
    case "comment":
      return { ...state, notes: state.notes + 1 };
  }
}

/** The triage of a group at a time (milliseconds since the epoch), in the format of the API. */
export function triageAt(state: GroupState | undefined, now: number): Triage {
  if (state === undefined) return {};
  const { assignee, autoClose, notes } = state;
  return {
    ...(assignee !== "" && { assignee }),
    ...(isSnoozed(state, now) && { snoozedUntil: state.snoozedUntil }),
    ...closingAt(autoClose, now),
    ...(notes > 0 && { notes }),
  };
}

function closingAt(autoClose: GroupState["autoClose"], now: number): Pick<Triage, "autoClose"> {
  if (autoClose === undefined) return {};
  const { user, reason, until, scope } = autoClose;
  if (until !== "" && !(Date.parse(until) > now)) return {};
  const { hostname, received, contained, namespace, image, priority } = scope;
  return {
    autoClose: {
      ...{ user, reason, ...(until !== "" && { until }) },
      scope: {
        ...{ hostname, received, contained, priority },
        ...(namespace !== "" && { namespace }),
        ...(image !== "" && { image }),
      },
    },
  };
}

/** The groups that a filter selects. */
export interface GroupTest {
  /** Whether the groups without triage match. */
  readonly untouched: boolean;
  /** Whether a group with triage matches. */
  matches(state: GroupState): boolean;
}

/** The test of a filter; undefined if all groups match. */
export function groupTest({ assignee, snoozed }: GroupFilter, now: number): GroupTest | undefined {
  if (assignee === undefined && snoozed === undefined) return undefined;
  return {
    untouched: (assignee ?? "") === "" && snoozed !== true,
    matches: (state) =>
      (assignee === undefined || state.assignee === assignee) &&
      (snoozed === undefined || isSnoozed(state, now) === snoozed),
  };
}

function isSnoozed({ snoozedUntil }: GroupState, now: number): boolean {
  return snoozedUntil !== "" && Date.parse(snoozedUntil) > now;
}

/** A change in the format of the API. */
export function changeInAnswer({ time, user, action, value, text }: StoredGroupChange): GroupChange {
  return { time, user, action, ...(value !== "" && { value }), ...(text !== "" && { text }) };
}

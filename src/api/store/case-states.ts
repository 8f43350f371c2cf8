import type { CaseAction } from "../filter/case.ts";
import type { CaseSummary } from "../schemas/case.ts";

/** A stored change of a case. Values that the action does not use are empty. */
export interface StoredCaseChange {
  /** ID of the case. */
  readonly id: string;
  /** Time of the change, in ISO 8601. */
  readonly time: string;
  readonly user: string;
  readonly action: CaseAction;
  readonly value: string;
  readonly text: string;
}

/** An alert or a group in a case. */
interface Item {
  readonly id: string;
  readonly kind: "alert" | "group";
  readonly label: string;
  readonly added: string;
  readonly user: string;
}

/** The state of a case after all of its changes. */
export interface CaseState extends CaseSummary {
  readonly items: readonly Item[];
  readonly changes: readonly StoredCaseChange[];
}

/**
 * Maximum number of changes of a case, except changes allowed by {@link endsWork}, and maximum number of alerts and
 * groups in a case.
 */
export const MAX_CASE_CHANGES = 1000;
export const MAX_CASE_ITEMS = 100;
/** Maximum number of cases, and maximum number of changes of all cases. Closed cases are deleted first. */
export const MAX_CASES = 1000;
export const MAX_CHANGES_OF_ALL = 20_000;

/** The cases that result from changes, most recently changed first. @param changes oldest first */
export function casesOf(changes: Iterable<StoredCaseChange>): CaseState[] {
  const byId = new Map<string, StoredCaseChange[]>();
  for (const change of changes) {
    const own = byId.get(change.id);
    if (own === undefined) byId.set(change.id, [change]);
    else own.push(change);
  }
  const cases = [...byId.values()].flatMap((own) => caseOf(own) ?? []);
  return cases.sort((one, other) => (one.updated < other.updated ? 1 : one.updated > other.updated ? -1 : 0));
}

/**
 * The kind of item that an action adds or removes. An alert and its group have the same ID, but are different items.
 */
export function kindOf(action: "add_alert" | "add_group" | "remove_alert" | "remove_group"): Item["kind"] {
  return action === "add_group" || action === "remove_group" ? "group" : "alert";
}

/**
 * Whether a change is allowed beyond the limits, so that a full case can be closed. The number of these changes is
 * limited, because each one requires an earlier change that counts toward the limits.
 */
export function endsWork({ closed }: CaseState, action: CaseAction): boolean {
  return action === "remove_alert" || action === "remove_group" || (action === "close" && !closed);
}

/** The case that results from its changes, oldest first; undefined if the first change is missing. */
function caseOf(changes: readonly StoredCaseChange[]): CaseState | undefined {
  const [first] = changes;
  if (first?.action !== "open") return undefined;
  let { text: title } = first;
  let owner = first.value;
  let closed = false;
  const items = new Map<string, Item>();
  for (const { action, value, text, time, user } of changes) {
    if (action === "rename") title = text;
    else if (action === "assign") owner = value;
    else if (action === "close" || action === "reopen") closed = action === "close";
    else if (action === "remove_alert" || action === "remove_group") items.delete(`${kindOf(action)} ${value}`);
    else if (action === "add_alert" || action === "add_group") {
      const kind = kindOf(action);
      const key = `${kind} ${value}`;
      items.set(key, items.get(key) ?? { id: value, kind, label: text, added: time, user });
    }
  }
  const all = [...items.values()];
  const alerts = all.filter(({ kind }) => kind === "alert").length;
  return {
    ...{ id: first.id, title, ...(owner !== "" && { owner }), closed },
    ...{ opened: first.time, user: first.user, updated: changes.at(-1)?.time ?? first.time },
    ...{ alerts, groups: all.length - alerts, items: all, changes },
  };
}

import type { JSX } from "preact";
import type { RequestOf } from "../../src/api/contract.ts";
import type { Filter } from "../../ui-shared/filter/filter.ts";
import { rangePhrase } from "../../ui-shared/filter/filter-bar.tsx";
import { navigate } from "../../ui-shared/page/router.ts";
import { session } from "../../ui-shared/page/session.ts";
import { withParameters } from "./list-address.ts";

type GroupRequest = NonNullable<RequestOf<"GET", "/alerts/groups">["query"]>;

/** Selections of groups, with their labels. */
const QUEUES = [
  ["", "Not snoozed"],
  ["mine", "Assigned to me"],
  ["unassigned", "Unassigned"],
  ["snoozed", "Snoozed"],
  ["all", "All groups"],
] as const;
export type Queue = (typeof QUEUES)[number][0];

/** The selection in the parameters of the URL. */
export function queueIn(parameters: URLSearchParams): Queue {
  return QUEUES.find(([queue]) => queue === parameters.get("queue"))?.[0] ?? "";
}

/** The parameters of the API for a selection. */
export function requestOf(queue: Queue): Pick<GroupRequest, "assignee" | "unassigned" | "snoozed"> {
  switch (queue) {
    case "":
      return { snoozed: "false" };
    case "mine":
      return { snoozed: "false", assignee: session.peek()?.user ?? "" };
    case "unassigned":
      return { snoozed: "false", unassigned: "true" };
    case "snoozed":
      return { snoozed: "true" };
    case "all":
      return {};
  }
}

export function QueueSelect({ queue }: { readonly queue: Queue }): JSX.Element {
  return (
    <select
      aria-label="Groups"
      value={queue}
      onChange={(event) => navigate(withParameters({ queue: event.currentTarget.value }))}
    >
      {QUEUES.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** The text of an empty list. */
export function emptyText(queue: Queue, filter: Filter): string {
  const range = rangePhrase(filter);
  if (queue === "mine") return `No groups assigned to you${range}.`;
  if (queue === "unassigned") return `No unassigned groups${range}.`;
  if (queue === "snoozed") return `No snoozed groups${range}.`;
  return `No alerts${range}${queue === "" ? ", except in snoozed groups" : ""}.`;
}

import { type About, aboutFields } from "../../alert/about.ts";
import { INTERNAL_SOURCE } from "../../alert/internal.ts";
import { isStorable, scopeInFields } from "../../alert/scope.ts";
import { ApiError, badRequest, notFound } from "../api-error.ts";
import { filterOf, filterParameters } from "../filter/filter.ts";
import { type GroupAction, groupActions } from "../filter/group.ts";
import { pageOf, paging } from "../paging.ts";
import { route } from "../route.ts";
import { described, object, oneOf, optional, shortText, time, type Value, wholeFrom } from "../schema.ts";
import type { Alert } from "../schemas/alert.ts";
import { GroupDetail, GroupPage } from "../schemas/group.ts";
import { aboutInFields, groupQuery } from "../store/group-query.ts";
import type { Store } from "../store/store.ts";
import { knownAlert } from "./alert.ts";

const DAY = 86_400_000;
/**
 * Maximum length of the names of the rule and the workload of a group, in characters. Names in received alerts can be
 * longer.
 */
const MAX_NAMES = 8000;
/** Maximum duration of a snooze, in days. */
const MAX_SNOOZE = 366;

export const groupAlerts = route({
  method: "GET",
  path: "/alerts/groups",
  role: "viewer",
  about: "Lists alerts grouped by rule and by app, container or program. The group with the newest alert comes first.",
  query: object({
    ...filterParameters,
    ...paging(500),
    assignee: optional(shortText(64, "Only groups that are assigned to this user.")),
    unassigned: optional(described(oneOf(["true"]), "Only groups that are not assigned.")),
    snoozed: optional(
      described(oneOf(["true", "false"]), "`true`: only groups that are snoozed; `false`: only groups that are not."),
    ),
    trend: optional(described(wholeFrom(1, 40), "Counts the alerts of each group in this number of intervals.")),
  }),
  answer: GroupPage,
  async take({ query }, { store }) {
    const { unassigned, assignee = unassigned && "", snoozed, trend } = query;
    return {
      json: await store.groups(filterOf(query, store.isField), {
        ...pageOf(query),
        ...(assignee !== undefined && { assignee }),
        ...(snoozed !== undefined && { snoozed: snoozed === "true" }),
        ...(trend !== undefined && { trend }),
      }),
    };
  },
});

export const showGroup = route({
  method: "GET",
  path: "/alerts/{id}/group",
  role: "viewer",
  about: "Returns the group of an alert, with all alerts regardless of time, and the changes of its triage.",
  answer: GroupDetail,
  async take({ path: { id } }, { store }) {
    return { json: await groupOf(store, await knownAlert(store, id)) };
  },
});

const change = object({
  action: oneOf(groupActions),
  assignee: optional(shortText(64, "For `assign`: the user; empty removes the assignee.")),
  until: optional(
    described(time(), `For \`snooze\` (required, at most ${MAX_SNOOZE} days ahead) and \`auto_close\`: the end.`),
  ),
  text: optional(shortText(4000, "For `auto_close`: the reason. For `comment`: the comment.")),
});

export const changeGroup = route({
  method: "POST",
  path: "/alerts/{id}/group",
  role: "responder",
  about:
    "Assigns, snoozes or comments on the group of an alert, or requests that new alerts in the group are closed when they are stored. The states of existing alerts do not change.",
  body: change,
  answer: GroupDetail,
  async take({ path: { id }, body, user, address }, { store }) {
    const alert = await knownAlert(store, id);
    const about = aboutInFields(alert.fields);
    const { action } = body;
    const { value, text } = contentOf(body, Date.now());
    checkSubject(alert, about, action);
    const scope = action === "auto_close" ? scopeInFields(alert) : undefined;
    if (alert.rule.length + (about?.value.length ?? 0) > MAX_NAMES || (scope !== undefined && !isStorable(scope)))
      throw new ApiError(422, "too_long", "The names of the rule and the workload are too long to store.");
    await groupOf(store, alert); // fails before the change is stored, so that users do not repeat it
    await store.changeGroup({ rule: alert.rule, about, user: user.name, action, value, text, ...(scope && { scope }) });
    const detail = [value, text].filter((part) => part !== "").join(": ");
    await store.addAuditEntry({
      ...{ user: user.name, address, action: auditActions[action], target: targetOf(alert, about) },
      ...(detail !== "" && { detail }),
    });
    return { json: await groupOf(store, alert) };
  },
});

/** Names of the actions in the audit log. */
const auditActions: Readonly<Record<GroupAction, string>> = {
  assign: "assign group",
  snooze: "snooze group",
  end_snooze: "end snooze of group",
  auto_close: "close new alerts of group",
  end_auto_close: "stop closing new alerts of group",
  comment: "comment on group",
};

/** The value and the text of a change. @throws ApiError if a parameter is missing, invalid or not used by the action */
function contentOf(
  { action, assignee, until, text = "" }: Value<typeof change>,
  now: number,
): { readonly value: string; readonly text: string } {
  const said = text.trim();
  const end = until === undefined ? undefined : Date.parse(until);
  const refuse = (given: unknown, name: string): void => {
    if (given !== undefined) throw badRequest(`The action ${action} does not use "${name}".`);
  };
  if (action !== "assign") refuse(assignee, "assignee");
  if (action !== "snooze" && action !== "auto_close") refuse(until, "until");
  if (action !== "auto_close" && action !== "comment" && said !== "") refuse(text, "text");
  if (end !== undefined && !(end > now)) throw badRequest('"until" must be in the future.');
  switch (action) {
    case "assign":
      if (assignee === undefined) throw badRequest('The action assign requires "assignee".');
      return { value: assignee.trim(), text: "" };
    case "snooze":
      if (end === undefined) throw badRequest('The action snooze requires "until".');
      if (end > now + MAX_SNOOZE * DAY) throw badRequest(`A group can be snoozed for at most ${MAX_SNOOZE} days.`);
      return { value: new Date(end).toISOString(), text: "" };
    case "auto_close":
      if (said === "") throw badRequest("Closing new alerts requires a reason.", "no_reason");
      return { value: end === undefined ? "" : new Date(end).toISOString(), text: said };
    case "comment":
      if (said === "") throw badRequest("A comment must not be empty.");
      return { value: "", text: said };
    default:
      return { value: "", text: "" };
  }
}

/**
 * Rejects changes that hide alerts of a group without a subject. These alerts can be about any workload or process.
 * @throws ApiError
 */
function checkSubject({ source }: Alert, about: About | undefined, action: GroupAction): void {
  if (about !== undefined && about.value !== "") return;
  if (action === "auto_close")
    throw new ApiError(
      422,
      "no_subject",
      "The alerts of this group name no app, container or program, so they can be about any workload or process. Create an exception instead.",
    );
  if (action === "snooze" && source === INTERNAL_SOURCE)
    throw new ApiError(
      422,
      "no_subject",
      "Alerts of Eyas itself cannot be snoozed, because the group contains the alerts of all machines. Close them instead.",
    );
}

/** The group of an alert. @throws ApiError if the alert was deleted in the meantime, or is not loaded yet */
async function groupOf(store: Store, alert: Alert): Promise<GroupDetail> {
  const about = aboutInFields(alert.fields);
  const query = groupQuery(alert.rule, about, aboutFields);
  const [{ groups, ...page }, changes] = await Promise.all([
    store.groups(filterOf({ query }, store.isField), { limit: 1 }),
    store.groupChanges(alert.rule, about),
  ]);
  const [group] = groups;
  const { complete, searched, continues } = page;
  if (group === undefined)
    throw complete === false
      ? new ApiError(503, "loading", "The alerts of the group are still being loaded. Try again in a few seconds.")
      : notFound("The alerts of the group were deleted.");
  return {
    ...group,
    changes,
    ...(complete !== undefined && { complete }),
    ...(searched !== undefined && { searched }),
    ...(continues !== undefined && { continues }),
  };
}

function targetOf({ rule }: Alert, about: About | undefined): string {
  return (about === undefined ? rule : `${rule}, ${about.value}`).slice(0, 500);
}

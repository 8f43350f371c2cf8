import { aboutFields } from "../../alert/about.ts";
import { ApiError, badRequest, notFound } from "../api-error.ts";
import { caseMarkdown } from "../case-markdown.ts";
import { type CaseAction, caseActions } from "../filter/case.ts";
import { filterOf } from "../filter/filter.ts";
import { pageOf, paging } from "../paging.ts";
import { route } from "../route.ts";
import { described, filledText, object, oneOf, optional, shortText, type Value } from "../schema.ts";
import { CaseDetail, type CaseItem, CasePage } from "../schemas/case.ts";
import {
  type CaseState,
  casesOf,
  endsWork,
  kindOf,
  MAX_CASE_CHANGES,
  MAX_CASE_ITEMS,
  MAX_CASES,
} from "../store/case-states.ts";
import { aboutInFields, groupQuery } from "../store/group-query.ts";
import type { Store } from "../store/store.ts";
import { knownAlert } from "./alert.ts";

const MAX_TITLE = 200;
/**
 * Maximum time for counting the alerts of the groups in a case, in milliseconds. The remaining groups have no counts.
 */
const COUNT_BUDGET = 500;

export const listCases = route({
  method: "GET",
  path: "/cases",
  role: "viewer",
  about: "Lists cases, most recently changed first.",
  query: object({ ...paging(500), state: optional(described(oneOf(["open", "closed"]), "Only cases in this state.")) }),
  answer: CasePage,
  async take({ query }, { store }) {
    const { limit, cursor } = pageOf(query);
    const start = cursor === undefined ? 0 : Number(/^\d{1,6}$/.exec(cursor)?.[0] ?? Number.NaN);
    if (Number.isNaN(start)) throw badRequest("The cursor is invalid.");
    const all = casesOf(await store.caseChanges());
    const found = all.filter(({ closed }) => query.state === undefined || closed === (query.state === "closed"));
    return {
      json: {
        cases: found.slice(start, start + limit).map(({ items: _, changes: __, ...summary }) => summary),
        next: start + limit < found.length ? String(start + limit) : null,
      },
    };
  },
});

export const openCase = route({
  method: "POST",
  path: "/cases",
  role: "responder",
  about: "Opens a case, which collects alerts and groups with comments and an owner.",
  body: object({ title: filledText(MAX_TITLE) }),
  answer: CaseDetail,
  async take({ body, user, address }, { store }) {
    const title = body.title.trim();
    if (title === "") throw badRequest("A case requires a title.");
    const all = casesOf(await store.caseChanges());
    if (all.filter(({ closed }) => !closed).length >= MAX_CASES)
      throw new ApiError(409, "too_many", `There are ${MAX_CASES} open cases. Close cases that are no longer needed.`);
    const id = await store.changeCase({ user: user.name, action: "open", value: user.name, text: title });
    await store.addAuditEntry({ user: user.name, address, action: "open case", target: id, detail: title });
    return { json: await caseInAnswer(store, await knownCase(store, id)) };
  },
});

export const showCase = route({
  method: "GET",
  path: "/cases/{id}",
  role: "viewer",
  about: "Returns a case with its alerts, groups and changes.",
  answer: CaseDetail,
  take: async ({ path }, { store }) => ({ json: await caseInAnswer(store, await knownCase(store, path.id)) }),
});

export const exportCase = route({
  method: "GET",
  path: "/cases/{id}/export",
  role: "viewer",
  about: "Exports a case as Markdown.",
  answer: { mediaType: "text/markdown", about: "The case with its alerts, groups and changes." },
  async take({ path }, { store }) {
    const found = await caseInAnswer(store, await knownCase(store, path.id));
    return {
      type: "text/markdown; charset=utf-8",
      headers: { "content-disposition": `attachment; filename="case-${found.id}.md"` },
      bytes: new TextEncoder().encode(caseMarkdown(found)),
    };
  },
});

const change = object({
  action: oneOf(caseActions.filter((action) => action !== "open")),
  owner: optional(shortText(64, "For `assign`: the user; empty removes the owner.")),
  alert: optional(
    shortText(
      64,
      "For `add_alert`, `add_group`, `remove_alert` and `remove_group`: the ID of the alert, or of an alert of the group.",
    ),
  ),
  text: optional(shortText(4000, "For `rename`: the title. For `comment`: the comment. For `close`: the reason.")),
});

export const changeCase = route({
  method: "POST",
  path: "/cases/{id}",
  role: "responder",
  about: "Changes a case. When the journal exceeds its maximum size, alerts in cases are removed last.",
  body: change,
  answer: CaseDetail,
  async take({ path, body, user, address }, { store }) {
    const found = await knownCase(store, path.id);
    const { action } = body;
    if (found.changes.length >= MAX_CASE_CHANGES && !endsWork(found, action))
      throw new ApiError(409, "too_many", `A case can have at most ${MAX_CASE_CHANGES} changes. Open another case.`);
    const content = await contentOf(store, found, body);
    const { value, text } = content;
    await store.changeCase({ id: found.id, user: user.name, action, value, text });
    await content.after?.(user.name);
    const detail = [value, text].filter((part) => part !== "").join(": ");
    await store.addAuditEntry({
      ...{ user: user.name, address, action: auditActions[action], target: found.id },
      ...(detail !== "" && { detail }),
    });
    return { json: await caseInAnswer(store, await knownCase(store, found.id)) };
  },
});

/** Names of the actions in the audit log. */
const auditActions: Readonly<Record<Exclude<CaseAction, "open">, string>> = {
  rename: "rename case",
  assign: "assign case",
  add_alert: "add alert to case",
  add_group: "add group to case",
  remove_alert: "remove alert from case",
  remove_group: "remove group from case",
  comment: "comment on case",
  close: "close case",
  reopen: "reopen case",
};

interface Content {
  readonly value: string;
  readonly text: string;
  /** Called after the change. @param user the user who made the change */
  readonly after?: (user: string) => Promise<void>;
}

/** The value and the text of a change. @throws ApiError if a parameter is missing, invalid or not used by the action */
async function contentOf(store: Store, found: CaseState, body: Value<typeof change>): Promise<Content> {
  const { action, owner, alert } = body;
  const said = (body.text ?? "").trim();
  const removes = action === "remove_alert" || action === "remove_group";
  const isItem = action === "add_alert" || action === "add_group" || removes;
  const takesText = action === "rename" || action === "comment" || action === "close";
  for (const [name, given, used] of [
    ["owner", owner !== undefined, action === "assign"],
    ["alert", alert !== undefined, isItem],
    ["text", said !== "", takesText],
  ] as const) {
    if (given && !used) throw badRequest(`The action ${action} does not use "${name}".`);
    if (!given && used) throw badRequest(`The action ${action} requires "${name}".`);
  }
  if (action === "rename" && said.length > MAX_TITLE)
    throw badRequest(`A title can have at most ${MAX_TITLE} characters.`);
  if (action === "assign") return { value: owner?.trim() ?? "", text: "" };
  if (!isItem || alert === undefined) return { value: "", text: said };
  const kind = kindOf(action);
  const own = found.items.filter((item) => item.kind === kind);
  if (removes) {
    const known = own.find(({ id }) => id === alert);
    if (known === undefined) throw notFound(`The case does not contain this ${kind}.`);
    return { value: alert, text: known.label };
  }
  const { rule, fields } = await knownAlert(store, alert);
  const about = aboutInFields(fields);
  const label = (about === undefined ? rule : `${rule}, ${about.value}`).slice(0, 500);
  if (own.some((item) => item.id === alert || (kind === "group" && item.label === label)))
    throw new ApiError(409, "exists", `The case already contains this ${kind}.`);
  if (found.items.length >= MAX_CASE_ITEMS)
    throw new ApiError(409, "too_many", `A case can contain at most ${MAX_CASE_ITEMS} alerts and groups.`);
  const text = `Added to case ${found.id}: ${found.title}`;
  // When the journal exceeds its maximum size, it removes alerts with comments last.
  const after = async (user: string): Promise<void> => {
    await store.comment(alert, { user, text });
    if (action === "add_group") await store.changeGroup({ rule, about, user, action: "comment", value: "", text });
  };
  return { value: alert, text: label, after };
}

/** @throws ApiError if there is no such case */
async function knownCase(store: Store, id: string): Promise<CaseState> {
  const [found] = casesOf(await store.caseChanges(id));
  if (found === undefined) throw notFound("Case not found.");
  return found;
}

async function caseInAnswer(store: Store, { items, changes, ...summary }: CaseState): Promise<CaseDetail> {
  const found: CaseItem[] = [];
  const end = performance.now() + COUNT_BUDGET;
  for (const item of items) found.push(await itemInAnswer(store, item, performance.now() < end));
  return {
    ...summary,
    items: found,
    changes: changes.map(({ time, user, action, value, text }) => ({
      ...{ time, user, action },
      ...(value !== "" && { value }),
      ...(text !== "" && { text }),
    })),
  };
}

/** An item with its alert, unless the alert was deleted. @param counts whether the alerts of a group are counted */
async function itemInAnswer(store: Store, item: CaseState["items"][number], counts: boolean): Promise<CaseItem> {
  const alert = await store.alert(item.id);
  if (alert === undefined) return item;
  if (item.kind === "alert" || !counts) return { ...item, alert };
  const query = groupQuery(alert.rule, aboutInFields(alert.fields), aboutFields);
  const { groups } = await store.groups(filterOf({ query }, store.isField), { limit: 1 });
  const [group] = groups;
  if (group === undefined) return { ...item, alert }; // not counted: the journal is being loaded
  const { priority, count, open, first, last } = group;
  return { ...item, alert, group: { query, priority, count, ...(open !== undefined && { open }), first, last } };
}

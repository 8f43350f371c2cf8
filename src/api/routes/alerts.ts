import { findField } from "../../field/catalogue.ts";
import { proposeException } from "../except.ts";
import { csvHead, csvLine, jsonLine } from "../export.ts";
import { askOf } from "../filter/ask.ts";
import { everything, type Filter, filterOf, filterParameters, type State, states } from "../filter/filter.ts";
import { list, named, object, oneOf, text, whole } from "../json-schema.ts";
import { mitreOf } from "../mitre.ts";
import type { Parts } from "../parts.ts";
import { badRequest, notFound } from "../refusal.ts";
import type { Call, Parameter, Route } from "../route.ts";
import { sentenceOf } from "../sentence.ts";
import type { StoredAlert } from "../store/store.ts";

const DAY = 86_400_000;
/** Days that a proposal for an exception looks back. */
const LOOK_BACK = 30;
/** Alerts that are exported in one piece. */
const PIECE = 500;

export const paging = (most: number, usual: number): Readonly<Record<string, Parameter>> => ({
  limit: {
    about: `At most so many; ${usual} where it is not given.`,
    schema: whole("", { minimum: 1, maximum: most }),
  },
  cursor: { about: "`next` of the page before.", schema: { type: "string", maxLength: 200 } },
});

/** How the page is to be, from the query. */
export function pageOf(query: Call["query"], usual: number): { readonly limit: number; readonly cursor?: string } {
  const cursor = query.get("cursor");
  return { limit: Number(query.get("limit") ?? usual), ...(cursor !== undefined && { cursor }) };
}

/** Alerts: lists, counts, one of them, and what people do about it. */
export function alertRoutes(parts: Parts): readonly Route[] {
  const { store } = parts;
  const filter = (query: Call["query"]): Filter => filterOf(query, store.isField);
  const known = async (id: string): Promise<StoredAlert> => {
    const alert = await store.alert(id);
    if (alert === undefined) throw notFound("There is no such alert.");
    return alert;
  };
  return [
    {
      method: "GET",
      path: "/alerts",
      role: "viewer",
      about: "Alerts. There may be fewer than `limit` and still a `next`: a long search answers in pieces.",
      query: {
        ...filterParameters,
        ...paging(1000, 100),
        order: { about: "The newest first, or the oldest.", schema: oneOf("newest", "oldest") },
      },
      answer: named("AlertPage"),
      take: async ({ query }) => {
        const order = query.get("order") === "oldest" ? "oldest" : "newest";
        return { json: await store.list(filter(query), { ...pageOf(query, 100), order }) };
      },
    },
    {
      method: "GET",
      path: "/alerts/groups",
      role: "viewer",
      about: "Repetitions together: alerts of one rule about the same app, container or program.",
      query: { ...filterParameters, ...paging(500, 100) },
      answer: named("Groups"),
      take: async ({ query }) => ({ json: await store.groups(filter(query), pageOf(query, 100)) }),
    },
    {
      method: "GET",
      path: "/alerts/count",
      role: "viewer",
      about: "How many alerts there are for each value of a part or a field.",
      query: {
        ...filterParameters,
        by: {
          about: "`rule`, `priority`, `source`, `hostname`, `tags`, a field, or `container`: its name, else its id.",
          schema: text("", { maxLength: 200 }),
          required: true,
        },
        limit: {
          about: "At most so many values; 20 where it is not given.",
          schema: whole("", { minimum: 1, maximum: 1000 }),
        },
      },
      answer: named("Counts"),
      take: async ({ query }) => {
        const by = fieldNamed(query.get("by") ?? "", parts);
        return { json: await store.count(filter(query), by, Number(query.get("limit") ?? 20)) };
      },
    },
    {
      method: "GET",
      path: "/alerts/over-time",
      role: "viewer",
      about: "How many alerts of each priority there were, over time.",
      query: {
        ...filterParameters,
        buckets: {
          about: "At most so many; 60 where it is not given.",
          schema: whole("", { minimum: 1, maximum: 200 }),
        },
      },
      answer: named("OverTime"),
      take: async ({ query }) => ({ json: await store.overTime(filter(query), Number(query.get("buckets") ?? 60)) }),
    },
    {
      method: "GET",
      path: "/alerts/export",
      role: "viewer",
      about: "All alerts of a filter, the newest first, as a file.",
      query: {
        ...filterParameters,
        format: { about: "`json`: an object a line.", schema: oneOf("json", "csv"), required: true },
      },
      answer: { mediaType: "application/x-ndjson", about: "An alert a line; or text/csv." },
      take: ({ query }) => {
        const wanted = filter(query);
        const csv = query.get("format") === "csv";
        return {
          type: csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
          headers: { "content-disposition": `attachment; filename="alerts.${csv ? "csv" : "jsonl"}"` },
          async stream(response) {
            if (csv) response.write(csvHead);
            let cursor: string | null | undefined;
            do {
              const page = await store.list(wanted, { limit: PIECE, order: "newest", ...(cursor && { cursor }) });
              cursor = page.next;
              const more = response.write(page.alerts.map(csv ? csvLine : jsonLine).join(""));
              if (!more)
                await new Promise<void>((resolve) => void response.once("drain", resolve).once("close", resolve));
              else await new Promise((resolve) => setImmediate(resolve)); // others want answers too
            } while (cursor !== null && !response.destroyed);
            response.end();
          },
        };
      },
    },
    {
      method: "GET",
      path: "/alerts/{id}",
      role: "viewer",
      about: "Everything about one alert.",
      answer: named("AlertDetail"),
      take: async ({ path }) => {
        const alert = await known(path.id);
        const [comments, responses] = await Promise.all([store.comments(path.id), store.responsesTo(path.id)]);
        const rule = parts.sensor.rules().rules.find(({ name }) => name === alert.rule);
        const ruleText = rule && { file: rule.file, line: rule.line, yaml: rule.yaml, description: rule.description };
        return {
          json: {
            ...alert,
            comments,
            responses,
            ...(ruleText && { ruleText }),
            mitre: mitreOf(alert.tags),
            sentence: sentenceOf(alert),
            fieldMeanings: meaningsOf(Object.keys(alert.fields)),
          },
        };
      },
    },
    {
      method: "GET",
      path: "/alerts/{id}/related",
      role: "viewer",
      about: "The processes that led to it, and the other alerts of the same process, container and flow.",
      answer: named("Related"),
      take: async ({ path }) => ({ json: await store.related(path.id) }),
    },
    {
      method: "GET",
      path: "/alerts/{id}/explanation",
      role: "viewer",
      about: "Which part of the rule's condition matched, and what was compared.",
      answer: named("Explanation"),
      take: async ({ path }) => {
        await known(path.id);
        const matched = await store.explanation(path.id);
        return { json: matched === undefined ? { unavailable: NO_EXPLANATION } : { matched } };
      },
    },
    {
      method: "POST",
      path: "/alerts/{id}/state",
      role: "responder",
      about: "Acknowledges an alert, closes it with a reason, or opens it again.",
      body: object({
        state: oneOf(...states),
        "reason?": text("Why it is closed.", { maxLength: 200 }),
        "comment?": text("", { maxLength: 4000 }),
      }),
      answer: named("Alert"),
      take: async ({ path, body, user, address }) => {
        const state = states.find((one) => one === body.state) ?? "open";
        const said = [body.reason, body.comment].filter((each) => typeof each === "string" && each.trim() !== "");
        if (state === "closed" && said.length === 0) throw badRequest("An alert is closed with a reason.", "no_reason");
        const textOf = said.join(": ");
        await known(path.id);
        await store.record({
          user: user.name,
          address,
          action: verbs[state],
          target: path.id,
          ...(textOf !== "" && { detail: textOf }),
        });
        await store.setState(path.id, { state, user: user.name, text: textOf });
        return { json: await known(path.id) };
      },
    },
    {
      method: "POST",
      path: "/alerts/{id}/comments",
      role: "responder",
      about: "Comments on an alert.",
      body: object({ text: text("", { maxLength: 4000, minLength: 1 }) }),
      answer: named("Alert"),
      take: async ({ path, body, user, address }) => {
        const said = String(body.text).trim();
        if (said === "") throw badRequest("A comment says something.");
        await known(path.id);
        await store.record({ user: user.name, address, action: "comment", target: path.id, detail: said });
        await store.comment(path.id, { user: user.name, text: said });
        return { json: await known(path.id) };
      },
    },
    {
      method: "POST",
      path: "/alerts/{id}/exception",
      role: "responder",
      about:
        "Proposes an exception that would have hidden this alert, and says what else it would have hidden. Changes nothing.",
      body: object({ "fields?": list(text("", { maxLength: 200 }), { maxItems: 10 }) }),
      answer: named("Exception"),
      take: async ({ path, body }) => {
        const alert = await known(path.id);
        const rule = parts.sensor.rules().rules.find(({ name }) => name === alert.rule);
        const chosen = Array.isArray(body.fields) && body.fields.length > 0 ? body.fields.map(String) : undefined;
        const { ask, ...proposal } = proposeException(alert, rule, chosen);
        const since = new Date(Date.now() - LOOK_BACK * DAY);
        const wanted: Filter = { ...everything, ask, since: BigInt(since.getTime()) * 1_000_000n };
        const [{ counts: _, total, ...searched }, { alerts }] = await Promise.all([
          store.count(wanted, "rule", 1),
          store.list(wanted, { limit: 10, order: "newest" }),
        ]);
        return {
          json: { ...proposal, hidden: { count: total, since: since.toISOString(), samples: alerts, ...searched } },
        };
      },
    },
  ];
}

const verbs: Readonly<Record<State, string>> = { open: "open", acknowledged: "acknowledge", closed: "close" };

/** Containers by their names, and where alerts have none by their ids. */
const CONTAINER = "container";

const NO_EXPLANATION =
  "What matched was not kept with this alert: it came from elsewhere, before explanations were kept, or with too many others at once.";

function meaningsOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const [, plain, argument] = /^([^[]+)(?:\[(.*)\])?$/.exec(name) ?? [];
      const use = plain === undefined ? undefined : findField(plain, argument);
      return use === undefined ? [] : [[name, use.field.description]];
    }),
  );
}

/** The name of what is counted by, as alerts have it. @throws Refusal */
function fieldNamed(by: string, { store }: Parts): string {
  if (by === CONTAINER) return by;
  const place = { origin: "", start: 0, end: by.length };
  try {
    const [, name, argument] = /^([^[]+)(?:\[(.*)\])?$/.exec(by) ?? [];
    const left = { kind: "field" as const, name: name ?? by, argument, place };
    const ask = askOf(
      { kind: "test", left, operator: "exists", modifier: undefined, right: undefined, place },
      store.isField,
    );
    if (ask.kind === "test" && ask.name !== "id" && ask.name !== "output") return ask.name;
  } catch {
    // The sentence below says it.
  }
  throw badRequest(
    `"${by.slice(0, 60)}" is nothing to count by: rule, priority, source, hostname, tags or a field is.`,
  );
}

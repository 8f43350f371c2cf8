import { addCounts, countParts } from "../../query/count.ts";
import { isQueryField } from "../../query/fields.ts";
import { fullName, isPart } from "../../query/names.ts";
import { badRequest } from "../api-error.ts";
import type { Dependencies } from "../dependencies.ts";
import { csvHead, csvLine, jsonLine } from "../export.ts";
import { type Filter, filterOf, filterParameters } from "../filter/filter.ts";
import { pageOf, paging } from "../paging.ts";
import { route } from "../route.ts";
import { described, list, object, oneOf, optional, shortList, shortText, type Value, wholeFrom } from "../schema.ts";
import { AlertPage, Counts, OverTime, RulesOverTime } from "../schemas/alert.ts";
import { Flows } from "../schemas/flow.ts";
import { streamPosition } from "../stream-position.ts";

/** Number of alerts per batch of an export. */
const PIECE = 500;

export const listAlerts = route({
  method: "GET",
  path: "/alerts",
  role: "viewer",
  about: "Lists alerts. A long search can return fewer than `limit` alerts, with `next` set.",
  query: object({
    ...filterParameters,
    ...paging(1000),
    order: optional(described(oneOf(["newest", "oldest"]), "Sort order.")),
  }),
  answer: AlertPage,
  async take({ query }, { store }) {
    const { order = "newest", cursor } = query;
    const filter = filterOf(query, store.isField);
    // The position is read before the alerts, so that each alert is in the list or in the stream. An alert may be in
    // both.
    const follow = cursor === undefined ? await streamPosition(store) : undefined;
    const page = await store.list(filter, { ...pageOf(query), order });
    return { json: { ...page, ...(follow !== undefined && { follow }) } };
  },
});

/** Maximum number of counts per request. They share the time limit of a count. */
const MAX_COUNTS = 8;
/** Parameters of a count. */
const countParameters = {
  ...filterParameters,
  by: shortText(
    200,
    "`rule`, `priority`, `source`, `hostname`, `tags`, a field, or `container` (the container's name, or the ID if the name is unknown).",
  ),
  limit: optional(described(wholeFrom(1, 1000), "Maximum number of values; 20 by default.")),
};
const Count = object(countParameters);

export const countAlerts = route({
  method: "GET",
  path: "/alerts/count",
  role: "viewer",
  about: "Counts alerts for each value of an alert property or a field.",
  query: Count,
  answer: Counts,
  take: async ({ query }, { store }) => ({ json: await countOf(query, store) }),
});

export const countAlertsTogether = route({
  method: "POST",
  path: "/alerts/counts",
  role: "viewer",
  about:
    "Returns several counts, each as `/alerts/count` does, in the order of the body. They share a time limit. Changes nothing.",
  body: object({ counts: shortList(Count, MAX_COUNTS) }),
  answer: list(Counts),
  async take({ body: { counts } }, { store }) {
    return { json: await Promise.all(counts.map((count) => countOf(count, store, 1 / counts.length))) };
  },
});

/** @throws ApiError */
async function countOf(
  request: Value<typeof Count>,
  store: Dependencies["store"],
  share = 1,
): Promise<Value<typeof Counts>> {
  const { by, limit = 20 } = request;
  const field = fieldNamed(by, store);
  const filter = filterOf(request, store.isField);
  const parts =
    by === CONTAINER ? [] : countParts(filter.condition, by).filter((part) => isCountable(part.field, store));
  if (parts.length < 2) return store.count(filter, field, limit, share);
  const found = await Promise.all(
    parts.map(
      async (part) =>
        [
          part,
          await store.count({ ...filter, condition: part.query }, part.field, MOST, share / parts.length),
        ] as const,
    ),
  );
  const counts = addCounts(found.map(([part, { counts }]) => [part, counts]));
  const [, searched] = found.find(([, { complete }]) => complete === false) ?? found.at(-1) ?? [];
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  return { ...searched, counts: counts.slice(0, limit), total };
}

export const alertsOverTime = route({
  method: "GET",
  path: "/alerts/over-time",
  role: "viewer",
  about: "Counts alerts by priority over time.",
  query: object({
    ...filterParameters,
    buckets: optional(described(wholeFrom(1, 3000), "Maximum number of intervals; 60 by default.")),
  }),
  answer: OverTime,
  async take({ query }, { store }) {
    const { buckets = 60 } = query;
    return { json: await store.overTime(filterOf(query, store.isField), buckets) };
  },
});

export const rulesOverTime = route({
  method: "GET",
  path: "/alerts/over-time/rules",
  role: "viewer",
  about: "Counts alerts by rule over time.",
  query: object({
    ...filterParameters,
    buckets: optional(described(wholeFrom(1, 40), "Maximum number of intervals; 40 by default.")),
    limit: optional(described(wholeFrom(1, 1000), "Maximum number of rules; 1,000 by default.")),
  }),
  answer: RulesOverTime,
  async take({ query }, { store }) {
    const { buckets = 40, limit = 1000 } = query;
    return { json: await store.rulesOverTime(filterOf(query, store.isField), buckets, limit) };
  },
});

export const listFlows = route({
  method: "GET",
  path: "/alerts/flows",
  role: "viewer",
  about:
    "Counts alerts with connections by app, container or program and by remote address and port, most severe first. A long search returns only the counts of the newest alerts, with `next` set.",
  query: object({ ...filterParameters, ...paging(500) }),
  answer: Flows,
  take: async ({ query }, { store }) => ({
    json: await store.flows(filterOf(query, store.isField), pageOf(query)),
  }),
});

export const exportAlerts = route({
  method: "GET",
  path: "/alerts/export",
  role: "viewer",
  about: "Exports all alerts that match a filter, newest first, as a file.",
  query: object({
    ...filterParameters,
    format: described(oneOf(["json", "csv"]), "`json`: one object per line."),
  }),
  answer: { mediaType: "application/x-ndjson", about: "JSON with one alert per line, or CSV." },
  take({ query }, { store }) {
    const csv = query.format === "csv";
    return {
      type: csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
      headers: { "content-disposition": `attachment; filename="alerts.${csv ? "csv" : "jsonl"}"` },
      pieces: exported(store, filterOf(query, store.isField), csv),
    };
  },
});

async function* exported(store: Dependencies["store"], filter: Filter, csv: boolean): AsyncGenerator<string> {
  if (csv) yield csvHead;
  let cursor: string | null | undefined;
  do {
    const page = await store.list(filter, { limit: PIECE, order: "newest", ...(cursor && { cursor }) });
    cursor = page.next;
    yield page.alerts.map(csv ? csvLine : jsonLine).join("");
  } while (cursor !== null);
}

/** The value of `by` for counts by container name, or by container ID if the name is missing. */
const CONTAINER = "container";

/** Maximum number of values in the result of a count. */
const MOST = 1000;

/** Whether alerts can be counted by a field. */
function isCountable(field: string, store: Dependencies["store"]): boolean {
  return isPart(fullName(field)) || isQueryField(fullName(field), store.isField);
}

/** The name of a field by which alerts can be counted. @throws ApiError for another field */
function fieldNamed(by: string, store: Dependencies["store"]): string {
  if (by === CONTAINER) return by;
  const name = fullName(by);
  const isCounted = name !== "id" && name !== "output";
  if (isCounted && (isPart(name) || isQueryField(name, store.isField))) return name;
  throw badRequest(`Cannot count by "${by.slice(0, 60)}"; use rule, priority, source, hostname, tags or a field.`);
}

import { idMaker, idText } from "../../../journal/id.ts";
import { ApiError } from "../../api-error.ts";
import type { CaseAction } from "../../filter/case.ts";
import { states } from "../../filter/filter.ts";
import type { AuditEntry, Comment } from "../store.ts";
import { all, any, not, type Query, range, term, terms } from "./dsl.ts";
import { at, type Fields, listAt, textAt } from "./json.ts";
import { type Bounds, readDocuments } from "./read-documents.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";

/** The index of comments, state changes and audit entries; documents are never updated. */
export interface TriageIndex {
  /** Writes a document. @returns its key; keys increase with time */
  write(document: Fields): Promise<string>;
  /**
   * Creates a document with an ID.
   * @returns false if a document with this ID exists, such as a document of another page
   */
  claim(id: string, document: Fields): Promise<boolean>;
  /** The existing documents with these IDs, including documents that searches do not find yet. */
  documentsOf(ids: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** The documents of a kind, newest first. */
  newest(kind: string, size: number): Promise<readonly unknown[]>;
  /** The documents of comments, state changes and changes of groups since a time (ISO 8601), oldest first. */
  since(from: string | undefined): Promise<readonly unknown[]>;
  comments(alert: string): Promise<readonly Comment[]>;
  /** The documents of the changes of a group, oldest first. */
  groupChanges(key: string): Promise<readonly unknown[]>;
  /** The documents of a case, oldest first. */
  caseDocuments(id: string): Promise<readonly unknown[]>;
  /** The documents of all cases, oldest first. Titles are the only texts in these documents. */
  caseSummaries(): Promise<readonly unknown[]>;
  /** @param before the key of the last entry of the previous page */
  audit(limit: number, before: string | undefined): Promise<readonly (AuditEntry & { readonly key: string })[]>;
}

/** Number of documents per request. */
const PIECE = 1000;
const MAX_READ = 50_000;
/** Maximum number of comments to return for an alert. Newer comments are omitted. */
const MAX_COMMENTS = 500;
const COMMENTS: Bounds = { order: "asc", size: MAX_COMMENTS, most: MAX_COMMENTS };
const CASE: Bounds = { order: "asc", size: 500, most: 5000 };
/**
 * Limits for each kind of case change. The oldest changes beyond the limit are omitted. Titles and states are read
 * separately, so that many comments, alerts or groups cannot hide a case.
 */
const CASES: Bounds = { order: "desc", size: 5000, most: MAX_READ };
const CASE_FIELDS = ["key", "time", "alert", "user", "action", "target"];
/** Actions with a title as text, and actions that change the owner or the state of a case. */
const TITLES: readonly CaseAction[] = ["open", "rename"];
const CASE_STATES: readonly CaseAction[] = ["assign", "close", "reopen"];

/** The fields of the documents from which states are computed; texts are read only when they are displayed. */
const STATE_FIELDS = ["kind", "key", "time", "alert", "user", "state", "length", "action", "target"].concat([
  ...["rule", "field", "subject"],
]);

const properties = {
  kind: { type: "keyword" },
  key: { type: "keyword" },
  time: { type: "date" },
  alert: { type: "keyword" },
  user: { type: "keyword" },
  state: { type: "keyword" },
  text: { type: "text" },
  length: { type: "long" },
  address: { type: "keyword" },
  action: { type: "keyword" },
  target: { type: "keyword" },
  detail: { type: "text" },
};

export function openTriageIndex(server: Server, { triageIndex: index, keys }: FleetSettings): TriageIndex {
  const nextKey = idMaker(undefined);
  const path = `/${encodeURIComponent(index)}`;
  let created: Promise<void> | undefined;

  async function create(): Promise<void> {
    const known = await server.ask({ method: "GET", path: `${path}/_mapping` });
    if (known !== undefined) return;
    const settings = { number_of_shards: 1, number_of_replicas: keys.numberofreplicas };
    await server
      .ask({ method: "PUT", path, body: { settings, mappings: { dynamic: false, properties } } })
      .catch(async (error: unknown) => {
        // Another page may have created the index.
        if ((await server.ask({ method: "GET", path: `${path}/_mapping` })) === undefined) throw error;
      });
  }

  /** Creates the index on first use. */
  async function prepare(): Promise<void> {
    created ??= create();
    await created.catch((error: unknown) => {
      created = undefined;
      throw error;
    });
  }

  async function write(document: Fields): Promise<string> {
    await prepare();
    const key = idText(nextKey());
    const body = { ...document, key, time: new Date().toISOString() };
    const answer = await server.ask({ method: "PUT", path: `${path}/_create/${key}?refresh=true`, body });
    if (answer === undefined) throw new ApiError(503, "store", `Cannot write to the index ${index}.`);
    return key;
  }

  const read = (query: Query, bounds: Bounds): Promise<unknown[]> => readDocuments(server, index, query, bounds);

  return {
    write,
    async claim(id, document) {
      await prepare();
      return server.create(index, id, { ...document, time: new Date().toISOString() });
    },
    async documentsOf(ids) {
      const answer = await server.ask({ method: "POST", path: `${path}/_mget`, body: { ids } });
      const found = listAt(answer, "docs");
      const failed = found.find((one) => at(one, "error") !== undefined);
      const reason = textAt(failed, "error", "type");
      if (failed !== undefined && reason !== "index_not_found_exception")
        throw new ApiError(503, "store", `Cannot read documents of the index ${index}: ${reason || "unknown error"}.`);
      const existing = found.filter((one) => at(one, "found") === true);
      return new Map(existing.map((one) => [textAt(one, "_id"), at(one, "_source")]));
    },
    async newest(kind, size) {
      const sort = [{ time: { order: "desc", unmapped_type: "date" } }];
      const { hits } = await server.search(index, { size, track_total_hits: false, query: term("kind", kind), sort });
      return hits.map((hit) => at(hit, "_source"));
    },
    async since(from) {
      const later = from === undefined ? [] : [range("time", { gte: from })];
      const wanted = all([terms("kind", ["comment", "group"]), ...later]);
      return (await read(wanted, { order: "desc", size: PIECE, most: MAX_READ, fields: STATE_FIELDS })).reverse();
    },
    async comments(alert) {
      const found = await read(all([term("kind", "comment"), term("alert", alert)]), COMMENTS);
      return found.map((source) => {
        const state = states.find((one) => one === textAt(source, "state"));
        const text = (name: string): string => textAt(source, name);
        return { time: text("time"), user: text("user"), text: text("text"), ...(state && { state }) };
      });
    },
    groupChanges: (key) => read(all([term("kind", "group"), term("alert", key)]), COMMENTS),
    caseDocuments: (id) => read(all([term("kind", "case"), any([term("key", id), term("alert", id)])]), CASE),
    async caseSummaries() {
      const cases = (query: Query, bounds: Bounds): Promise<unknown[]> =>
        read(all([term("kind", "case"), query]), bounds);
      const found = [
        ...(await cases(terms("action", TITLES), { ...CASES, fields: [...CASE_FIELDS, "text"] })),
        ...(await cases(terms("action", CASE_STATES), { ...CASES, fields: CASE_FIELDS })),
        ...(await cases(not(terms("action", [...TITLES, ...CASE_STATES])), { ...CASES, fields: CASE_FIELDS })),
      ];
      return found
        .map((source) => ({ source, key: textAt(source, "key") }))
        .sort((one, other) => (one.key < other.key ? -1 : 1))
        .map(({ source }) => source);
    },
    async audit(limit, before) {
      const { hits } = await server.search(index, {
        size: limit,
        track_total_hits: false,
        query: term("kind", "deed"),
        sort: [{ key: { order: "desc", unmapped_type: "keyword" } }],
        ...(before !== undefined && { search_after: [before] }),
      });
      return hits.map((hit) => {
        const source = at(hit, "_source");
        const text = (name: string): string => textAt(source, name);
        const [target, detail] = [text("target"), text("detail")];
        return {
          ...{ key: text("key"), time: text("time"), user: text("user"), address: text("address") },
          action: text("action"),
          ...(target && { target }),
          ...(detail && { detail }),
        };
      });
    },
  };
}

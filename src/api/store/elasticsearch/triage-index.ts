import { idMaker, idText } from "../../../journal/id.ts";
import { ApiError } from "../../api-error.ts";
import { states } from "../../filter/filter.ts";
import type { AuditEntry, Comment } from "../store.ts";
import { all, any, type Query, range, term, terms } from "./dsl.ts";
import { at, type Fields, textAt } from "./json.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";

/** The index of comments, state changes and audit entries; documents are never updated. */
export interface TriageIndex {
  /** Writes a document. @returns its key; keys increase with time */
  write(document: Fields): Promise<string>;
  /** Creates a document with an ID. @returns false if there is one already, such as that of another page */
  claim(id: string, document: Fields): Promise<boolean>;
  /** The documents of comments, state changes and changes of groups since a time (ISO 8601), oldest first. */
  since(from: string | undefined): Promise<readonly unknown[]>;
  comments(alert: string): Promise<readonly Comment[]>;
  /** The documents of the changes of a group, oldest first. */
  groupChanges(key: string): Promise<readonly unknown[]>;
  /** The documents of a case, or of all cases, oldest first. */
  caseDocuments(id: string | undefined): Promise<readonly unknown[]>;
  /** @param before the key of the last entry of the previous page */
  audit(limit: number, before: string | undefined): Promise<readonly (AuditEntry & { readonly key: string })[]>;
}

/** Number of documents per request. */
const PIECE = 1000;
const MAX_READ = 50_000;
/** Maximum number of comments returned for an alert. Newer ones are omitted. */
const MAX_COMMENTS = 500;
/** Maximum number of changes of cases that are read; older ones are omitted. */
const MAX_CASE_DOCUMENTS = 10_000;

/** The fields of the documents from which states are computed; texts are only read when they are shown. */
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

  /** The first documents in the order of their keys. */
  async function documents(query: Query, size: number, order: "asc" | "desc"): Promise<unknown[]> {
    const sort = [{ key: { order, unmapped_type: "keyword" } }];
    const { hits } = await server.search(index, { size, track_total_hits: false, query, sort });
    return hits.map((hit) => at(hit, "_source"));
  }

  return {
    write,
    async claim(id, document) {
      await prepare();
      return server.create(index, id, { ...document, time: new Date().toISOString() });
    },
    async since(from) {
      let after: string | undefined;
      const found: unknown[] = [];
      do {
        const { hits } = await server.search(index, {
          size: PIECE,
          track_total_hits: false,
          query: all([
            terms("kind", ["comment", "group"]),
            ...(from === undefined ? [] : [range("time", { gte: from })]),
          ]),
          sort: [{ key: { order: "desc", unmapped_type: "keyword" } }],
          _source: STATE_FIELDS,
          ...(after !== undefined && { search_after: [after] }),
        });
        found.push(...hits);
        after = hits.length < PIECE ? undefined : textAt(hits.at(-1), "_source", "key");
      } while (after !== undefined && found.length < MAX_READ);
      return found.reverse().map((hit) => at(hit, "_source"));
    },
    async comments(alert) {
      const found = await documents(all([term("kind", "comment"), term("alert", alert)]), MAX_COMMENTS, "asc");
      return found.map((source) => {
        const state = states.find((one) => one === textAt(source, "state"));
        const text = (name: string): string => textAt(source, name);
        return { time: text("time"), user: text("user"), text: text("text"), ...(state && { state }) };
      });
    },
    groupChanges: (key) => documents(all([term("kind", "group"), term("alert", key)]), MAX_COMMENTS, "asc"),
    async caseDocuments(id) {
      const own = id === undefined ? [] : [any([term("key", id), term("alert", id)])];
      return (await documents(all([term("kind", "case"), ...own]), MAX_CASE_DOCUMENTS, "desc")).reverse();
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

import type { Alert } from "../alert/alert.ts";
import type { SharedCertificates } from "./certificates.ts";
import { ecsDocument } from "./ecs.ts";
import { type StoreKeys, setUp } from "./elasticsearch-setup.ts";
import { eventJson, type Facts, factsOf, fieldsJson, objectOf } from "./facts.ts";
import { type Http, mayComeRight, openHttp } from "./http.ts";
import { addressUnder, basicAuth, type HttpKeys, httpSettings, inGroups } from "./http-form.ts";
import { type Delivery, delivered, type Output, type Refusal } from "./output.ts";

export interface ElasticsearchKeys extends StoreKeys, HttpKeys {
  readonly apikey: string;
  readonly username: string;
  readonly password: string;
  readonly pipeline: string;
  /** Names with underscores instead of dots, in layout `falcosidekick`. */
  readonly flattenfields: boolean;
  readonly enablecompression: boolean;
  readonly batching: { readonly batchsize: number };
}

/** The most documents in a request. */
const MOST_DOCUMENTS = 1000;
const TOO_LARGE = 413;
/** A document with this id is there already: it came before, and the answer got lost. */
const CONFLICT = 409;

/**
 * Elasticsearch or OpenSearch, over the bulk API: a document per alert, whose id is the alert's own, so that a repetition
 * makes no second one.
 */
export function elasticsearch(
  name: "elasticsearch" | "opensearch",
  keys: ElasticsearchKeys,
  certificates: SharedCertificates,
): Output | undefined {
  if (keys.hostport === "") return undefined;
  const { username, password, apikey, enablecompression } = keys;
  const url = addressUnder(keys.hostport, "/_bulk");
  url.searchParams.set("filter_path", "errors,items.*.status,items.*.error.type,items.*.error.reason");
  if (keys.pipeline !== "") url.searchParams.set("pipeline", keys.pipeline);
  const key: Readonly<Record<string, string>> = apikey === "" ? {} : { Authorization: `ApiKey ${apikey}` };
  const form = {
    urls: [new URL(keys.hostport)],
    headers: { ...key, ...basicAuth(username, password) },
    secrets: [apikey, password],
    gzip: enablecompression,
  };
  const http = openHttp(httpSettings(form, keys, certificates));
  const bulk = bulkSender(http, url, (facts) => linesOf(facts, keys));
  let ready = false;
  return {
    name,
    remote: true,
    async deliver(batch) {
      if (!ready) {
        const outcome = await setUp(http, keys);
        if (outcome.outcome !== "delivered") return outcome;
        ready = true;
      }
      return inSizes(batch, keys.batching.batchsize, bulk);
    },
    reopen() {
      ready = false;
      http.reopen();
    },
    async close() {
      http.reopen();
    },
  };
}

/** Two lines: what is to be done, and the document. */
function linesOf(facts: Facts, keys: ElasticsearchKeys): string {
  const ecs = keys.layout === "ecs";
  const action = { create: { _index: ecs ? keys.datastream : indexOf(facts, keys), _id: facts.id } };
  return `${JSON.stringify(action)}\n${ecs ? ecsDocument(facts) : sidekickDocument(facts, keys)}\n`;
}

const dateLength = { daily: 10, monthly: 7, annually: 4, none: 0 } as const;

/** The index is that of the alert's own day, so that a late delivery finds its place. */
function indexOf({ isoTime }: Facts, { index, suffix }: ElasticsearchKeys): string {
  const date = isoTime.slice(0, dateLength[suffix]).replaceAll("-", ".");
  return date === "" ? index : `${index}-${date}`;
}

function sidekickDocument(facts: Facts, { flattenfields, createindextemplate }: ElasticsearchKeys): string {
  const flat = flattenfields || createindextemplate;
  const fields = fieldsJson(facts, (name) => (flat ? name.replaceAll(".", "_") : name));
  return `${eventJson(facts, fields).slice(0, -1)},"@timestamp":${JSON.stringify(facts.isoTime)}}`;
}

interface Bulk {
  lines(alert: Alert): string;
  send(alerts: readonly Alert[], body: string): Promise<Delivery>;
}

function bulkSender(http: Http, url: URL, lines: (facts: Facts) => string): Bulk {
  async function send(alerts: readonly Alert[], body: string): Promise<Delivery> {
    const answer = await http.send({ url, body, type: "application/x-ndjson" });
    const first = alerts[0];
    if (answer.status === TOO_LARGE && alerts.length > 1 && first !== undefined) {
      return inGroups(alerts, Math.ceil(alerts.length / 2), (half) => send(half, half.map(linesFor).join("")));
    }
    const delivery = http.judge(answer);
    if (delivery.outcome !== "delivered" || answer.status === undefined) return delivery;
    return judgeItems(alerts, answer.body, answer.wait);
  }
  const linesFor = (alert: Alert): string => lines(factsOf(alert));
  return { lines: linesFor, send };
}

/** Sends a batch in requests of at most so many bytes. */
async function inSizes(batch: readonly Alert[], most: number, bulk: Bulk): Promise<Delivery> {
  const bodies = new Map(batch.map((alert) => [alert, bulk.lines(alert)]));
  let largest = 0;
  for (const body of bodies.values()) largest = Math.max(largest, Buffer.byteLength(body));
  const count = Math.max(1, Math.min(MOST_DOCUMENTS, Math.floor(most / Math.max(largest, 1))));
  return inGroups(batch, count, (group) => bulk.send(group, group.map((alert) => bodies.get(alert) ?? "").join("")));
}

/** What became of each document, by the answer's items, which stand in the order of the documents. */
function judgeItems(alerts: readonly Alert[], body: string, wait: number | undefined): Delivery {
  const { errors, items } = objectOf(body);
  if (errors === false) return delivered;
  if (!Array.isArray(items) || items.length !== alerts.length)
    return { outcome: "retry", reason: "the answer is none of the bulk API" };
  const retry: Alert[] = [];
  const refused: Refusal[] = [];
  let trouble = "";
  for (const [i, alert] of alerts.entries()) {
    const { status, reason } = itemOf(items[i]);
    if ((status >= 200 && status < 300) || status === CONFLICT) continue;
    trouble ||= reason;
    if (mayComeRight(status)) retry.push(alert);
    else refused.push({ alert, reason });
  }
  if (retry.length + refused.length === 0) return delivered;
  return { outcome: "partly", reason: trouble, retry, refused, ...(wait !== undefined && { wait }) };
}

function itemOf(item: unknown): { status: number; reason: string } {
  const [action] = Object.values(record(item));
  const { status, error } = record(action);
  const { type, reason } = record(error);
  return { status: Number(status ?? 0), reason: `${status} ${type ?? ""}: ${String(reason ?? "").slice(0, 300)}` };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

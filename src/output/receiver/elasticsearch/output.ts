import type { Alert } from "../../../alert/alert.ts";
import { factsOf } from "../../alert-facts.ts";
import { objectOf } from "../../facts.ts";
import type { IndexTemplates } from "../../index-template.ts";
import { type Delivery, delivered, type Output, type Rejection, traitsOf } from "../../output.ts";
import { addressUnder } from "../../transport/address.ts";
import type { SharedCertificates } from "../../transport/certificates.ts";
import type { Http } from "../../transport/http.ts";
import { meaningOf } from "../../transport/http-answer.ts";
import { inFlight, inGroups } from "../../transport/in-groups.ts";
import { type ElasticsearchKeys, openStore } from "./client.ts";
import { forms, indexOf, linesOf } from "./document.ts";
import { openRetention } from "./retention.ts";
import { type ProductName, readServer, setUp } from "./setup.ts";
import { allTemplates } from "./stream-templates.ts";

/** Maximum number of documents per request. */
const MOST_DOCUMENTS = 500;
/** Maximum number of requests at the same time. Their order does not matter, because documents are independent. */
const MOST_REQUESTS = 8;
/**
 * Maximum number of alerts per batch, in several requests: the server has no request at the end of a batch, until the
 * next one is prepared.
 */
const MOST_ALERTS = MOST_REQUESTS * MOST_DOCUMENTS;
const TOO_LARGE = 413;
/**
 * A document with this ID exists: the response to an earlier request was lost, or another installation has sent the
 * alert.
 */
const CONFLICT = 409;

/**
 * Elasticsearch or OpenSearch over the bulk API. One document per alert, with the deduplication key of the alert as its
 * ID, so that retries create no duplicates.
 */
export function elasticsearch(
  name: "elasticsearch" | "opensearch",
  keys: ElasticsearchKeys,
  certificates: SharedCertificates,
): Output {
  const url = addressUnder(keys.hostport, "/_bulk");
  url.searchParams.set("filter_path", "errors,items.*.status,items.*.error.type,items.*.error.reason");
  if (keys.pipeline !== "") url.searchParams.set("pipeline", keys.pipeline);
  const http = openStore(keys, certificates);
  const bulk = bulkSender(http, url, keys);
  const atOnce = Math.max(1, Math.min(keys.maxconcurrentrequests, MOST_REQUESTS));
  const pending = new Set<string>();
  const reported = new Set<string>();
  const warn = (sentence: string): void => {
    if (!reported.has(sentence)) pending.add(sentence);
    reported.add(sentence);
  };
  const applyRetention = openRetention(http, keys, warn);
  let ready = false;
  return {
    name,
    remote: true,
    most: MOST_ALERTS,
    async deliver(batch) {
      if (!ready) {
        const outcome = await setUp(http, name, keys, warn);
        if (outcome.outcome !== "delivered") return outcome;
        ready = true;
      }
      const delivery = await inFlight(batch, MOST_DOCUMENTS, atOnce, (group) => inForms(group, keys, bulk));
      // an administrator may recreate the index
      if ("persistent" in delivery && delivery.persistent) ready = false;
      if (delivery.outcome === "delivered") await applyRetention();
      return delivery;
    },
    warnings() {
      const sentences = [...pending];
      pending.clear();
      return sentences;
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

/** Major version of Elasticsearch that templates assume if the version of the server is unknown. */
const CURRENT_VERSION = 9;

/**
 * Returns the templates and policies for the server, even if `createindextemplate` is off. Requests the version from
 * the server.
 */
export async function storeTemplates(
  name: ProductName,
  keys: ElasticsearchKeys,
  certificates: SharedCertificates,
): Promise<IndexTemplates> {
  const { server, warning } = await serverFor(name, keys, certificates);
  return { templates: allTemplates(keys, server), ...(warning && { warning }) };
}

async function serverFor(name: ProductName, keys: ElasticsearchKeys, certificates: SharedCertificates) {
  const assumed = { open: name === "opensearch", version: CURRENT_VERSION, minor: 0 };
  const product = assumed.open ? "OpenSearch" : `Elasticsearch ${CURRENT_VERSION}`;
  if (keys.hostport === "")
    return { server: assumed, warning: `outputs.${name}.hostport is not set; assuming ${product}` };
  const http = openStore(keys, certificates);
  const server = await readServer(http, name, keys, "read the version of the server");
  http.reopen();
  if (!("outcome" in server) && server.version > 0) return { server };
  const reason = "outcome" in server ? server.reason : "the server does not report its version";
  return { server: assumed, warning: `${reason}; assuming ${product}` };
}

interface Item {
  readonly alert: Alert;
  readonly index: string;
  readonly text: string;
}

/** The outcome of a batch, with the alerts to retry and the alerts rejected for their content or index. */
interface Sent {
  readonly delivery: Delivery;
  readonly retry: readonly Alert[];
  readonly rejected: readonly Rejection[];
}

/** Sends each alert in the first form that the server accepts. */
async function inForms(batch: readonly Alert[], keys: ElasticsearchKeys, bulk: Bulk): Promise<Delivery> {
  const retry = new Set<Alert>();
  let left = batch;
  let rejected: readonly Rejection[] = [];
  let trouble: Delivery | undefined;
  for (const form of forms) {
    if (left.length === 0) break;
    const today = new Date().toISOString();
    const items = left.map((alert) => ({ alert, ...linesOf(factsOf(alert), form, keys, today) }));
    const unlike = (item: Item): boolean => item.index !== indexOf(factsOf(item.alert).isoTime, keys);
    // only alerts whose `late` form has another index
    const sent = await inSizes(form === "late" ? items.filter(unlike) : items, keys.batching.batchsize, bulk);
    for (const alert of sent.retry) retry.add(alert);
    if (sent.retry.length > 0) trouble ??= sent.delivery;
    const skipped = form === "late" ? items.filter((item) => !unlike(item)).map(({ alert }) => alert) : [];
    rejected = [...rejected.filter(({ alert }) => skipped.includes(alert)), ...sent.rejected];
    left = rejected.map(({ alert }) => alert);
  }
  if (retry.size === 0 && rejected.length === 0) return delivered;
  const reason = (trouble !== undefined && "reason" in trouble && trouble.reason) || (rejected[0]?.reason ?? "");
  const again = batch.filter((alert) => retry.has(alert));
  const traits = traitsOf(trouble);
  if (again.length === batch.length) return { outcome: "retry", reason, ...traits };
  return { outcome: "partly", reason, retry: again, rejected, ...traits };
}

interface Bulk {
  send(items: readonly Item[]): Promise<Delivery>;
}

function bulkSender(http: Http, url: URL, keys: ElasticsearchKeys): Bulk {
  async function send(items: readonly Item[]): Promise<Delivery> {
    const body = items.map(({ text }) => text).join("");
    const answer = await http.send({ url, body, type: "application/x-ndjson" });
    const alerts = items.map(({ alert }) => alert);
    if (answer.status === TOO_LARGE && items.length > 1) {
      const byAlert = new Map(items.map((item) => [item.alert, item]));
      return inGroups(alerts, Math.ceil(items.length / 2), (half) =>
        send(half.flatMap((one) => byAlert.get(one) ?? [])),
      );
    }
    const delivery = http.classify(answer);
    if (delivery.outcome !== "delivered" || answer.status === undefined) return delivery;
    return classifyItems(items, answer.body, answer.wait, keys);
  }
  return { send };
}

/** Sends a batch in requests of limited size. */
async function inSizes(items: readonly Item[], most: number, bulk: Bulk): Promise<Sent> {
  if (items.length === 0) return { delivery: delivered, retry: [], rejected: [] };
  const byAlert = new Map(items.map((item) => [item.alert, item]));
  const batch = items.map(({ alert }) => alert);
  let largest = 0;
  for (const { text } of items) largest = Math.max(largest, Buffer.byteLength(text));
  const count = Math.max(1, Math.min(MOST_DOCUMENTS, Math.floor(most / Math.max(largest, 1))));
  const delivery = await inGroups(batch, count, (group) => bulk.send(group.flatMap((one) => byAlert.get(one) ?? [])));
  if (delivery.outcome === "delivered") return { delivery, retry: [], rejected: [] };
  if (delivery.outcome === "retry") return { delivery, retry: batch, rejected: [] };
  if (delivery.outcome === "partly") return { delivery, retry: delivery.retry, rejected: delivery.rejected };
  const { reason } = delivery;
  return { delivery, retry: [], rejected: batch.map((alert) => ({ alert, reason })) };
}

/** Evaluates the response. Its items are in the order of the documents. */
function classifyItems(
  items: readonly Item[],
  body: string,
  wait: number | undefined,
  keys: ElasticsearchKeys,
): Delivery {
  const { errors, items: answers } = objectOf(body);
  if (errors === false) return delivered;
  if (!Array.isArray(answers) || answers.length !== items.length)
    return { outcome: "retry", reason: "the response is not a bulk API response" };
  const present = indexOf(new Date().toISOString(), keys);
  const retry: Alert[] = [];
  const rejected: Rejection[] = [];
  let [trouble, objection] = ["", ""];
  let persistent = false;
  for (const [i, { alert, index }] of items.entries()) {
    const { status, type, reason } = itemOf(answers[i]);
    if ((status >= 200 && status < 300) || status === CONFLICT) continue;
    if (isDocumentsFault(status, type, reason) || (status < 429 && index !== present)) {
      objection ||= reason;
      rejected.push({ alert, reason });
    } else {
      trouble ||= reason;
      persistent ||= meaningOf(status) !== "transient";
      retry.push(alert);
    }
  }
  if (retry.length + rejected.length === 0) return delivered;
  const more = { ...(wait !== undefined && { wait }), ...(persistent && { persistent }) };
  return { outcome: "partly", reason: trouble || objection, retry, rejected, ...more };
}

/** Error types that concern the index or the request, not a document. */
const ARRANGEMENTS: ReadonlySet<string> = new Set([
  "index_closed_exception",
  "invalid_index_name_exception",
  "invalid_alias_name_exception",
  "index_not_found_exception",
  "cluster_block_exception",
  "security_exception",
  "validation_exception", // the maximum number of shards in the cluster is reached
]);

function isDocumentsFault(status: number, type: string, reason: string): boolean {
  if (meaningOf(status) !== "rejected" || ARRANGEMENTS.has(type)) return false;
  return !/pipeline with id|maximum (normal )?shards|no write index is defined/.test(reason);
}

function itemOf(item: unknown): { status: number; type: string; reason: string } {
  const [action] = Object.values(record(item));
  const { status, error } = record(action);
  const { type, reason } = record(error);
  const said = `${status} ${type ?? ""}: ${String(reason ?? "").slice(0, 300)}`;
  return { status: Number(status ?? 0), type: String(type ?? ""), reason: said };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

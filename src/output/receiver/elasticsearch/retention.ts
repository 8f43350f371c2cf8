import { objectOf } from "../../facts.ts";
import { addressUnder } from "../../transport/address.ts";
import type { Http } from "../../transport/http.ts";
import type { HttpAnswer } from "../../transport/http-answer.ts";

/** Retention keys. */
export interface RetentionKeys {
  readonly hostport: string;
  readonly layout: "ecs" | "falcosidekick";
  readonly datastream: string;
  /** Retention in days. 0: unlimited. */
  readonly retention: number;
  /** Whether a server policy or Eyas deletes older documents. */
  readonly retentionby: "server" | "eyas";
}

/** Interval between runs in milliseconds. */
const EVERY = 3_600_000;
/** Rollover conditions, as in the server policies. */
const ROLLOVER = { conditions: { max_age: "1d", max_size: "50gb" } };

/**
 * Applies retention on servers without policies. About once an hour, it rolls over the data stream and deletes backing
 * indexes whose documents are all older than `retention` days by the server's clock. The last two backing indexes are
 * kept. Several installations can run it concurrently. Failures cause warnings and never fail a delivery.
 */
export function openRetention(http: Http, keys: RetentionKeys, warn: (sentence: string) => void): () => Promise<void> {
  const { hostport, layout, datastream, retention, retentionby } = keys;
  let last = Number.NEGATIVE_INFINITY;
  if (layout !== "ecs" || retention === 0 || retentionby !== "eyas") return async () => {};

  async function ask(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<HttpAnswer> {
    const url = addressUnder(hostport, path);
    return http.send({ url, method, ...(body && { body: JSON.stringify(body) }) });
  }

  /** @returns the JSON of the response; undefined after a failure, which is reported as a warning */
  async function get(what: string, answer: HttpAnswer): Promise<Readonly<Record<string, unknown>> | undefined> {
    const delivery = http.classify(answer);
    if (delivery.outcome === "delivered" && answer.status !== undefined) return objectOf(answer.body);
    const reason = "reason" in delivery ? delivery.reason : "";
    warn(`${what} failed: ${reason}. Alerts are delivered, but alerts older than ${retention} days may not be deleted`);
    return undefined;
  }

  return async () => {
    if (performance.now() - last < EVERY) return;
    last = performance.now();
    const stream = encodeURIComponent(datastream);
    await get(`the rollover of ${datastream}`, await ask("POST", `/${stream}/_rollover`, ROLLOVER));
    const about = await get(`reading the data stream ${datastream}`, await ask("GET", `/_data_stream/${stream}`));
    for (const index of backingIndexes(about, datastream)) {
      // recent documents may not be searchable yet
      const seen = await get(`refreshing ${index}`, await ask("POST", `/${encodeURIComponent(index)}/_refresh`));
      if (seen === undefined || Object(seen._shards).failed !== 0) continue;
      const recent = { size: 0, track_total_hits: 1, query: { range: { "@timestamp": { gte: `now-${retention}d` } } } };
      const found = await get(`searching ${index}`, await ask("POST", `/${encodeURIComponent(index)}/_search`, recent));
      if (found === undefined || !isEmpty(found)) continue;
      const answer = await ask("DELETE", `/${encodeURIComponent(index)}`);
      if (answer.status !== 404) await get(`deleting ${index}`, answer); // 404: another installation deleted it first
    }
  };
}

/**
 * The backing indexes of this data stream except the last two. Requests in flight during a rollover may still write to
 * the previous index.
 */
function backingIndexes(about: Readonly<Record<string, unknown>> | undefined, datastream: string): string[] {
  const streams = about?.data_streams;
  if (!Array.isArray(streams)) return [];
  const names = streams.flatMap((stream: unknown): string[] => {
    const { name, indices } = Object(stream);
    if (name !== datastream || !Array.isArray(indices)) return [];
    return indices.slice(0, -2).map((index: unknown) => String(Object(index).index_name));
  });
  return names.filter((name) => isBackingIndex(name, datastream));
}

/**
 * Whether a name has the form `.ds-NAME-000001`, or `.ds-NAME-2026.01.31-000001` in Elasticsearch. Indexes with other
 * names may have been added manually and are kept.
 */
export function isBackingIndex(index: string, datastream: string): boolean {
  const begin = `.ds-${datastream}-`;
  return index.startsWith(begin) && /^(\d{4}\.\d\d\.\d\d-)?\d{6,}$/.test(index.slice(begin.length));
}

/** Whether a search succeeded on all shards without results. */
function isEmpty(found: Readonly<Record<string, unknown>>): boolean {
  const { timed_out, _shards: shards, hits } = found;
  const { failed, total, successful } = Object(shards);
  return timed_out === false && failed === 0 && total === successful && Object(Object(hits).total).value === 0;
}

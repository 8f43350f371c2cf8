import { addressUnder, basicAuth } from "../../../output/transport/address.ts";
import { type Http, type HttpRequest, openHttp } from "../../../output/transport/http.ts";
import type { HttpAnswer } from "../../../output/transport/http-answer.ts";
import { httpSettings } from "../../../output/transport/http-form.ts";
import { ApiError } from "../../api-error.ts";
import { at, type Fields, listAt, numberAt, parseExactly } from "./json.ts";
import type { FleetSettings } from "./settings.ts";

/** The result of a search. */
export interface Answer {
  readonly hits: readonly unknown[];
  /** Total number of matching documents. */
  readonly total: number;
  readonly aggregations: unknown;
}

/** A request. */
interface Asked {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly body?: Fields;
}

/** A client of the server's REST API. Errors are ApiErrors with a message that names the server. */
export interface Server {
  /** Searches an index; a missing index has no documents. */
  search(index: string, body: Fields): Promise<Answer>;
  /** Sends any other request. @returns the JSON of the response; undefined for status 404 */
  ask(request: Asked): Promise<unknown>;
  /** Creates a document. @returns false if a document with this ID exists */
  create(index: string, id: string, document: Fields): Promise<boolean>;
  close(): void;
}

/** Timeouts of a request and of the search on the server, in milliseconds. */
const TIMEOUT = 10_000;
const SEARCH = "8s";
const NOT_FOUND = 404;
const CONFLICT = 409;
/** The error code for responses that exceed the size limit. */
export const TOO_LARGE = "store_answer";

export function openServer({ name, keys, certificates }: FleetSettings): Server {
  const product = name === "opensearch" ? "OpenSearch" : "Elasticsearch";
  const { hostport, username, password, apikey } = keys;
  const key: Readonly<Record<string, string>> = apikey === "" ? {} : { Authorization: `ApiKey ${apikey}` };
  const form = {
    urls: [new URL(hostport)],
    headers: { ...key, ...basicAuth(username, password) },
    secrets: [apikey, password],
  };
  const http: Http = openHttp(httpSettings(form, { ...keys, timeout: TIMEOUT }, certificates));
  const where = `${product} at ${new URL(hostport).host}`;
  const storeError = (reason: string, code = "store"): ApiError =>
    new ApiError(503, code, `Cannot query ${where}: ${reason.replace(/\.$/, "")}.`);

  async function send({ method, path, body }: Asked): Promise<HttpAnswer> {
    const [plain, query = ""] = path.split("?");
    const url = addressUnder(hostport, plain ?? "");
    url.search = query;
    return http.send({
      url,
      ...(method && { method }),
      ...(body && { body: JSON.stringify(body), type: "application/json" }),
    });
  }

  /** @throws ApiError unless the request succeeded */
  function succeeded(answer: HttpAnswer): string {
    const delivery = http.classify(answer);
    if (delivery.outcome !== "delivered" || answer.status === undefined)
      throw storeError(delivery.outcome === "delivered" ? "no response" : delivery.reason);
    return answer.body;
  }

  async function ask(asked: Asked): Promise<unknown> {
    const answer = await send(asked);
    if (answer.status === NOT_FOUND) return undefined;
    const body = succeeded(answer);
    try {
      return parseExactly(body);
    } catch {
      throw storeError("the response is not JSON or exceeds 8 MiB", TOO_LARGE);
    }
  }

  return {
    ask,
    async create(index, id, document) {
      const path = `/${encodeURIComponent(index)}/_create/${encodeURIComponent(id)}?refresh=true`;
      const answer = await send({ method: "PUT", path, body: document });
      if (answer.status === CONFLICT) return false;
      succeeded(answer);
      return true;
    },
    async search(index, body) {
      const path = `/${encodeURIComponent(index)}/_search?ignore_unavailable=true&allow_no_indices=true`;
      const answer = await ask({ method: "POST", path, body: { timeout: SEARCH, ...body } });
      if (answer === undefined) return { hits: [], total: 0, aggregations: undefined };
      if (at(answer, "timed_out") === true) throw storeError(`the search timed out after ${SEARCH}`);
      const failed = numberAt(answer, "_shards", "failed");
      if (failed > 0) throw storeError(`the search failed on ${failed} ${failed === 1 ? "shard" : "shards"}`);
      return {
        hits: listAt(answer, "hits", "hits"),
        total: numberAt(answer, "hits", "total", "value"),
        aggregations: at(answer, "aggregations"),
      };
    },
    close: http.reopen,
  };
}

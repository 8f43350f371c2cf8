// A stand-in for Elasticsearch and OpenSearch, for tests with faulty responses (`interrupt`) that a real server does
// not return. Everything else is tested with real servers. Documents arrive through the bulk API of
// `src/output/receiver/elasticsearch/elasticsearch.fixture.ts`. The stand-in supports the part of the query language
// that the store uses, with the mapping that was set up. It rejects any other request with status 400 and a message.
import { startStore } from "../../../output/receiver/elasticsearch/elasticsearch.fixture.ts";
import type { Answer, Request } from "../../../output/receiver.fixture.ts";
import { type Document, evaluate, Mistake, type Searchable, typeOf } from "./stand-in-search.fixture.ts";

export interface StandIn {
  readonly url: string;
  readonly requests: readonly Request[];
  /** Handles a request instead of the server. */
  interrupt: (request: Request) => Answer | undefined;
  stop(): Promise<void>;
}

export async function startStandIn(distribution: "elasticsearch" | "opensearch"): Promise<StandIn> {
  const store = await startStore(distribution);
  /** Documents as received; numbers keep their digits. */
  const raw = new Map<string, string>();
  const made = new Map<string, { readonly properties: Document; readonly documents: Map<string, Document> }>();
  const standIn: StandIn = {
    url: store.url,
    requests: store.requests,
    interrupt: () => undefined,
    stop: store.stop,
  };

  function searchable(index: string): Searchable | undefined {
    const own = made.get(index);
    if (own !== undefined)
      return { properties: own.properties, dynamic: undefined, documents: own.documents, raw, index };
    const documents = store.documents.get(index);
    const mapping = [...store.templates.values()].find(({ index_patterns: names }) => names.includes(index))?.template;
    if (documents === undefined) return undefined;
    if (mapping === undefined) throw new Mistake(`no template matches ${index}`);
    const dynamic = { type: "keyword", ignore_above: 1024 };
    return { properties: mapping.mappings.properties, dynamic, documents, raw, index };
  }

  function keepRaw(body: string): void {
    const lines = body.split("\n");
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const id: unknown = JSON.parse(lines[i] ?? "{}")?.create?._id;
      if (typeof id === "string" && !raw.has(id)) raw.set(id, lines[i + 1] ?? "");
    }
  }

  store.interrupt = (request) => {
    const own = standIn.interrupt(request);
    if (own !== undefined) return own;
    const { pathname, searchParams } = new URL(request.path, "http://server");
    if (pathname === "/_bulk") keepRaw(request.body);
    const [, index = "", action = "", rest = ""] = pathname.split("/").map(decodeURIComponent);
    const route = `${request.method} ${action}`;
    const answer = ROUTES[route];
    if (index.startsWith("_") || answer === undefined) return undefined;
    const type = request.headers["content-type"];
    if (request.body !== "" && type !== "application/json") return wrong(`the content type ${type} is not supported`);
    try {
      return answer({
        index,
        rest,
        parameters: searchParams,
        body: request.body === "" ? {} : JSON.parse(request.body),
      });
    } catch (error) {
      if (error instanceof Mistake) return wrong(error.message);
      throw error;
    }
  };

  interface Asked {
    readonly index: string;
    readonly rest: string;
    readonly parameters: URLSearchParams;
    readonly body: Document;
  }

  function only(parameters: URLSearchParams, ...known: readonly string[]): void {
    for (const name of parameters.keys())
      if (!known.includes(name)) throw new Mistake(`unrecognized parameter: [${name}]`);
  }

  const ROUTES: Readonly<Record<string, ((asked: Asked) => Answer) | undefined>> = {
    "POST _search": ({ index, parameters, body }) => {
      only(parameters, "ignore_unavailable", "allow_no_indices");
      return { body: evaluate(searchable(index), body) };
    },
    "GET _field_caps": ({ index, parameters }) => {
      only(parameters, "fields", "ignore_unavailable", "allow_no_indices");
      const found = searchable(index);
      if (found === undefined) return { body: '{"indices":[],"fields":{}}' };
      const fields = (parameters.get("fields") ?? "").split(",").flatMap((path) => {
        const type = typeOf(found, path)?.type;
        return type === undefined ? [] : [[path, { [String(type)]: { type, metadata_field: false } }]];
      });
      return { body: JSON.stringify({ indices: [index], fields: Object.fromEntries(fields) }) };
    },
    "GET _stats": ({ index, parameters }) => {
      only(parameters);
      const found = searchable(index);
      if (found === undefined) return missing(index);
      return { body: '{"_all":{"total":{"store":{"size_in_bytes":12345}}}}' };
    },
    "GET _mapping": ({ index, parameters }) => {
      only(parameters);
      const own = made.get(index);
      return own === undefined ? missing(index) : { body: JSON.stringify({ [index]: { mappings: own } }) };
    },
    "PUT ": ({ index, parameters, body }) => {
      only(parameters);
      if (made.has(index)) throw new Mistake(`resource_already_exists_exception: ${index}`);
      const { settings, mappings, ...more } = body;
      const { dynamic, properties } = Object(mappings);
      if (Object.keys(more).length > 0 || dynamic !== false || typeof settings !== "object")
        throw new Mistake("an index has settings and mappings that are not dynamic");
      made.set(index, { properties, documents: new Map() });
      return { body: '{"acknowledged":true}' };
    },
    "POST _mget": ({ index, parameters, body }) => {
      only(parameters);
      const documents = made.get(index)?.documents;
      const ids: unknown = body.ids;
      if (!Array.isArray(ids)) throw new Mistake("_mget takes IDs");
      const docs = ids.map((_id) => {
        if (documents === undefined) return { _id, error: { type: "index_not_found_exception" } };
        const _source = documents.get(_id);
        return _source === undefined ? { _id, found: false } : { _id, found: true, _source };
      });
      return { body: JSON.stringify({ docs }) };
    },
    "PUT _create": ({ index, rest, parameters, body }) => {
      only(parameters, "refresh");
      const documents = made.get(index)?.documents;
      if (documents === undefined)
        throw new Mistake(`there is no index ${index}: it would be created without a template`);
      if (documents.has(rest)) return { status: 409, body: "{}" }; // atomic, as in a real server
      documents.set(rest, body);
      raw.set(rest, JSON.stringify(body));
      return { status: 201, body: '{"result":"created"}' };
    },
  };
  return standIn;
}

function missing(index: string): Answer {
  return {
    status: 404,
    body: JSON.stringify({
      error: { type: "index_not_found_exception", reason: `no such index [${index}]` },
      status: 404,
    }),
  };
}

function wrong(reason: string): Answer {
  return { status: 400, body: JSON.stringify({ error: { type: "illegal_argument_exception", reason }, status: 400 }) };
}

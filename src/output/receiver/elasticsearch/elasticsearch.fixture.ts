import { type Answer, type Receiver, type Request, startReceiver } from "../../receiver.fixture.ts";

/**
 * A stand-in for Elasticsearch with lifecycle policies and injected errors, which the real test servers lack. It
 * validates requests against the documentation of the bulk, index template and policy APIs, responds to invalid
 * requests with status 400, and records requests.
 */
export interface Store {
  readonly url: string;
  readonly requests: readonly Request[];
  readonly templates: Map<string, Template>;
  readonly policies: Map<string, unknown>;
  /** Documents by index and id. */
  readonly documents: Map<string, Map<string, Document>>;
  /** Returns a response to the whole request, instead of the stand-in's response. */
  interrupt: (request: Request) => Answer | undefined;
  /** Returns an error status and type for one document. */
  objection: (document: Document) => { readonly status: number; readonly type: string } | undefined;
  stop(): Promise<void>;
}

export type Document = Readonly<Record<string, unknown>>;

interface Template {
  readonly index_patterns: readonly string[];
  readonly data_stream?: object;
  readonly priority: number;
  readonly template: {
    readonly settings: Document;
    readonly mappings: { readonly properties: Document; readonly date_detection: boolean };
  };
}

export async function startStore(distribution: "elasticsearch" | "opensearch"): Promise<Store> {
  const templates = new Map<string, Template>();
  const components = new Map<string, Document>();
  const policies = new Map<string, unknown>();
  const documents = new Map<string, Map<string, Document>>();
  const policyPath = distribution === "opensearch" ? "/_plugins/_ism/policies/" : "/_ilm/policy/";
  const receiver: Receiver = await startReceiver((request) => {
    const url = new URL(request.path, "http://store");
    const own = store.interrupt(request);
    if (own !== undefined) return own;
    if (request.body !== "" && Number(request.headers["content-length"]) === 0) return wrong("no length");
    if (url.pathname === "/" && request.method === "GET") {
      const version = { number: "8.17.0", ...(distribution === "opensearch" && { distribution }) };
      return { body: JSON.stringify({ version, tagline: "stand-in" }) };
    }
    if (url.pathname.startsWith("/_index_template/")) {
      const name = url.pathname.slice("/_index_template/".length);
      return kept(request, name, templates, (body) => templateIn(body, components));
    }
    if (url.pathname.startsWith("/_component_template/")) {
      const name = url.pathname.slice("/_component_template/".length);
      return kept(request, name, components, (body) => partsIn(objectIn(body).template));
    }
    if (url.pathname.startsWith(policyPath)) {
      return kept(request, url.pathname.slice(policyPath.length), policies, (body) => {
        const { policy } = objectIn(body);
        return typeof policy === "object" ? policy : undefined;
      });
    }
    if (url.pathname === "/_bulk" && request.method === "POST") return bulk(request);
    return wrong(`there is no ${request.method} ${url.pathname}`);
  });

  function bulk({ headers, body }: Request): Answer {
    if (headers["content-type"] !== "application/x-ndjson") return wrong("the content type is not NDJSON");
    if (!body.endsWith("\n")) return wrong("The bulk request must be terminated by a newline");
    const lines = body.slice(0, -1).split("\n");
    if (lines.length % 2 !== 0) return wrong("an action without a document");
    const items: object[] = [];
    for (let i = 0; i < lines.length; i += 2) {
      const action = objectIn(lines[i] ?? "");
      const names = Object.keys(action);
      if (names.length !== 1 || names[0] !== "create") return wrong("data streams only support create");
      const { _index, _id, ...rest } = objectIn(JSON.stringify(action.create));
      if (typeof _index !== "string" || typeof _id !== "string" || Object.keys(rest).length > 0)
        return wrong("an action requires _index and _id");
      if (_index !== _index.toLowerCase() || /[\\/*?"<>| ,#:]/.test(_index)) return wrong(`invalid index ${_index}`);
      items.push({ create: put(_index, _id, objectIn(lines[i + 1] ?? "")) });
    }
    const errors = items.some((item) => JSON.stringify(item).includes('"error"'));
    return { body: JSON.stringify({ errors, items }) };
  }

  function put(index: string, id: string, document: Document): object {
    const objection = store.objection(document);
    if (objection !== undefined)
      return { status: objection.status, error: { type: objection.type, reason: "so it is" } };
    const template = [...templates.values()].find(({ index_patterns }) =>
      index_patterns.some((one) => matches(one, index)),
    );
    const time = document["@timestamp"];
    if (template?.data_stream !== undefined && (typeof time !== "string" || Number.isNaN(Date.parse(time))))
      return { status: 400, error: { type: "document_parsing_exception", reason: "no @timestamp" } };
    const there = documents.get(index) ?? new Map<string, Document>();
    documents.set(index, there);
    if (there.has(id)) return { status: 409, error: { type: "version_conflict_engine_exception", reason: "exists" } };
    there.set(id, document);
    return { status: 201 };
  }

  const store: Store = {
    url: receiver.url,
    requests: receiver.requests,
    templates,
    policies,
    documents,
    interrupt: () => undefined,
    objection: () => undefined,
    stop: receiver.stop,
  };
  return store;
}

function kept<T>(request: Request, name: string, all: Map<string, T>, read: (body: string) => T | undefined): Answer {
  if (request.method === "GET") return all.has(name) ? { body: "{}" } : { status: 404, body: "{}" };
  if (request.method !== "PUT") return wrong(`${request.method} is not supported`);
  if (!request.headers["content-type"]?.startsWith("application/json")) return wrong("the content type is not JSON");
  const value = read(request.body);
  if (value === undefined) return wrong("not a template or policy");
  all.set(name, value);
  return { body: '{"acknowledged":true}' };
}

/** The template merged with its component templates, as for an index. */
function templateIn(body: string, components: ReadonlyMap<string, Document>): Template | undefined {
  const value = objectIn(body);
  const known = ["index_patterns", "data_stream", "priority", "template", "_meta", "version", "composed_of"];
  const names: unknown[] = Array.isArray(value.composed_of) ? value.composed_of : [];
  const own = partsIn(value.template ?? {});
  const parts = [...names.map((name) => components.get(String(name))), own].filter((part) => part !== undefined);
  const fits =
    Object.keys(value).every((key) => known.includes(key)) &&
    Array.isArray(value.index_patterns) &&
    typeof value.priority === "number" &&
    parts.length === names.length + 1;
  const template = {
    settings: Object.assign({}, ...parts.map(({ settings }) => settings)),
    mappings: Object.assign({}, ...parts.map((part) => part.mappings)),
  };
  return fits ? ({ ...value, template } as unknown as Template) : undefined; // checked above as far as tests need
}

function partsIn(template: unknown): Document | undefined {
  const parts = objectIn(JSON.stringify(template));
  return Object.keys(parts).every((key) => ["settings", "mappings", "aliases"].includes(key)) ? parts : undefined;
}

function objectIn(json: string): Document {
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`not an object: ${json}`);
  return { ...value };
}

function wrong(reason: string): Answer {
  return { status: 400, body: JSON.stringify({ error: { type: "illegal_argument_exception", reason }, status: 400 }) };
}

function matches(pattern: string, index: string): boolean {
  return pattern.endsWith("*") ? index.startsWith(pattern.slice(0, -1)) : index === pattern;
}

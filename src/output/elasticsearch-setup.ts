import { ecsFields } from "../field/roles.ts";
import type { Http, HttpAnswer } from "./http.ts";
import { addressUnder } from "./http-form.ts";
import { type Delivery, delivered } from "./output.ts";
import { LONGEST_KEY } from "./search-keys.ts";

/** What is to be there before documents come. */
export interface StoreKeys {
  readonly hostport: string;
  readonly layout: "ecs" | "falcosidekick";
  /** The data stream of layout `ecs`. */
  readonly datastream: string;
  /** Days that documents are kept; 0: for ever. */
  readonly retention: number;
  /** The beginning of the indexes' names in layout `falcosidekick`. */
  readonly index: string;
  readonly suffix: "daily" | "monthly" | "annually" | "none";
  readonly createindextemplate: boolean;
  readonly numberofshards: number;
  readonly numberofreplicas: number;
}

interface Piece {
  readonly path: string;
  readonly body: object;
}

/** Larger than that of the templates that come with Elasticsearch (`logs-*-*`, 100). */
const TEMPLATE_PRIORITY = 250;

/**
 * Creates what documents go into: the index template, and for a data stream the policy for its life. What is there
 * already stays as it is.
 */
export async function setUp(http: Http, keys: StoreKeys): Promise<Delivery> {
  if (!keys.createindextemplate) return delivered;
  const about = await http.send({ url: addressUnder(keys.hostport, "/"), method: "GET" });
  const answered = failure(http, about);
  if (answered !== undefined) return answered;
  for (const { path, body } of piecesOf(keys, serverIn(about.status === undefined ? "" : about.body))) {
    const url = addressUnder(keys.hostport, path);
    const there = await http.send({ url, method: "GET" });
    if (there.status !== 404) {
      const trouble = failure(http, there);
      if (trouble !== undefined) return trouble;
      continue;
    }
    const trouble = failure(http, await http.send({ url, method: "PUT", body: JSON.stringify(body) }));
    if (trouble !== undefined) return trouble;
  }
  return delivered;
}

/** Documents can wait until somebody has mended what is in the way of the set-up: no alert is refused for it. */
function failure(http: Http, answer: HttpAnswer): Delivery | undefined {
  const delivery = http.judge(answer);
  if (delivery.outcome === "delivered") return undefined;
  return { ...delivery, outcome: "retry", reason: `the index template can't be set up: ${delivery.reason}` } as const;
}

interface Server {
  /** Whether it is OpenSearch. */
  readonly open: boolean;
  /** The first number of its version; 0: unknown. */
  readonly version: number;
}

function serverIn(about: string): Server {
  const open = /"distribution"\s*:\s*"opensearch"/.test(about);
  return { open, version: Number(/"number"\s*:\s*"(\d+)/.exec(about)?.[1] ?? 0) };
}

function piecesOf(keys: StoreKeys, server: Server): Piece[] {
  if (keys.layout === "falcosidekick") return [sidekickTemplate(keys)];
  const lifecycle = keys.retention === 0 ? [] : [server.open ? ismPolicy(keys) : ilmPolicy(keys)];
  return [...lifecycle, streamTemplate(keys, server)];
}

function ilmPolicy({ datastream, retention }: StoreKeys): Piece {
  const rollover = { max_age: "1d", max_primary_shard_size: "50gb" };
  return {
    path: `/_ilm/policy/${datastream}`,
    body: {
      policy: {
        phases: {
          hot: { actions: { rollover } },
          delete: { min_age: `${retention}d`, actions: { delete: {} } },
        },
      },
    },
  };
}

function ismPolicy({ datastream, retention }: StoreKeys): Piece {
  return {
    path: `/_plugins/_ism/policies/${datastream}`,
    body: {
      policy: {
        description: "Alerts of Eyas",
        default_state: "hot",
        ism_template: [{ index_patterns: [`.ds-${datastream}-*`], priority: TEMPLATE_PRIORITY }],
        states: [
          {
            name: "hot",
            actions: [{ rollover: { min_index_age: "1d", min_primary_shard_size: "50gb" } }],
            transitions: [{ state_name: "delete", conditions: { min_index_age: `${retention}d` } }],
          },
          { name: "delete", actions: [{ delete: {} }], transitions: [] },
        ],
      },
    },
  };
}

function streamTemplate(settings: StoreKeys, { open, version }: Server): Piece {
  const { datastream, retention } = settings;
  const lifecycle = open || retention === 0 ? {} : { "index.lifecycle.name": datastream };
  // Since version 9, what is called `logs-…` would else be put together anew from its fields where it is read, in which
  // numbers become texts and names with dots become objects.
  const mode = !open && version >= 9 ? { "index.mode": "standard" } : {};
  return {
    path: `/_index_template/${datastream}`,
    body: {
      index_patterns: [datastream],
      data_stream: {},
      priority: TEMPLATE_PRIORITY,
      template: { settings: { ...shards(settings), ...lifecycle, ...mode }, mappings: mappings(open) },
      _meta: { description: "Alerts of Eyas, in the Elastic Common Schema" },
    },
  };
}

function shards({ numberofshards, numberofreplicas }: StoreKeys): object {
  return { "index.number_of_shards": numberofshards, "index.number_of_replicas": numberofreplicas };
}

const keyword = { type: "keyword", ignore_above: 1024 };
const words = { type: "text" };
/** What the web page finds alerts by (`search-keys.ts`). */
const key = { type: "keyword", ignore_above: LONGEST_KEY };
const keys = ["falco.uuid", "falco.rule", "falco.priority", "falco.source", "falco.hostname", "falco.tags"].concat([
  "eyas.fields",
  "eyas.names",
  "eyas.odd",
  "eyas.group",
]);
const typeOf = { text: keyword, number: { type: "long" }, ip: { type: "ip" } } as const;

/** The original's fields are one field: a field of each would let rules fill the mapping, or contradict it. */
function mappings(open: boolean): object {
  const fields = open ? { type: "flat_object" } : { type: "flattened", ignore_above: LONGEST_KEY };
  const properties: Record<string, object> = {
    "@timestamp": { type: "date" },
    message: words,
    "event.severity": { type: "long" },
    "process.command_line": { ...keyword, fields: { text: words } },
    "falco.output": words,
    "falco.time": { type: "date_nanos" },
    "falco.output_fields": fields,
    "eyas.words": { type: "keyword", doc_values: false },
  };
  for (const name of keys) properties[name] = key;
  for (const [, name, kind] of ecsFields) properties[name] ??= typeOf[kind];
  return {
    date_detection: false, // text that looks like a date stays text
    dynamic_templates: [{ texts: { match_mapping_type: "string", mapping: keyword } }],
    properties: nested(properties),
  };
}

interface Properties {
  [name: string]: object;
}

/** Mappings with their dotted names as objects in objects. */
function nested(flat: Readonly<Record<string, object>>): object {
  const groups = new Map<string, Record<string, object>>();
  const properties: Properties = {};
  for (const [name, mapping] of Object.entries(flat)) {
    const dot = name.indexOf(".");
    if (dot < 0) properties[name] = mapping;
    else {
      const group = name.slice(0, dot);
      groups.set(group, { ...groups.get(group), [name.slice(dot + 1)]: mapping });
    }
  }
  for (const [name, inner] of groups) properties[name] = { properties: nested(inner) };
  return properties;
}

function sidekickTemplate(keys: StoreKeys): Piece {
  const { index, suffix } = keys;
  const both = { type: "text", fields: { keyword: { type: "keyword", ignore_above: 256 } } };
  return {
    path: `/_index_template/${index}`,
    body: {
      index_patterns: [suffix === "none" ? index : `${index}-*`],
      priority: TEMPLATE_PRIORITY,
      template: {
        settings: shards(keys),
        mappings: {
          date_detection: false,
          dynamic_templates: [{ texts: { match_mapping_type: "string", mapping: both } }],
          properties: { "@timestamp": { type: "date" }, time: { type: "date" } },
        },
      },
    },
  };
}

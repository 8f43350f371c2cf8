import { ecsFields } from "../../../field/roles.ts";
import type { IndexTemplate } from "../../index-template.ts";
import type { DocumentKeys } from "./document.ts";
import type { RetentionKeys } from "./retention.ts";
import { LONGEST_KEY } from "./search-keys.ts";

/** Keys for templates and policies. */
export interface StoreKeys extends RetentionKeys, DocumentKeys {
  readonly numberofshards: number;
  readonly numberofreplicas: number;
}

/** The server that gets the templates. */
export interface Server {
  /** Whether the server is OpenSearch. */
  readonly open: boolean;
  /** Major version; 0 if unknown. */
  readonly version: number;
}

/** Priority of the index template. Higher than the priority of Elasticsearch's built-in templates (`logs-*-*`, 100). */
const TEMPLATE_PRIORITY = 250;

/** The policy that deletes old alerts; undefined if the server deletes none. */
export function policyOf(keys: StoreKeys, { open }: Server): IndexTemplate | undefined {
  if (keys.layout === "falcosidekick" || keys.retention === 0 || keys.retentionby !== "server") return undefined;
  return open ? ismPolicy(keys) : ilmPolicy(keys);
}

/** The index template. @param hasPolicy whether the server has the policy */
export function templateOf(keys: StoreKeys, server: Server, hasPolicy: boolean): IndexTemplate {
  return keys.layout === "falcosidekick" ? sidekickTemplate(keys) : streamTemplate(keys, server, hasPolicy);
}

function ilmPolicy({ datastream, retention }: StoreKeys): IndexTemplate {
  const rollover = { max_age: "1d", max_primary_shard_size: "50gb" };
  return {
    kind: "ilm-policy",
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

function ismPolicy({ datastream, retention }: StoreKeys): IndexTemplate {
  return {
    kind: "ism-policy",
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

function streamTemplate(settings: StoreKeys, { open, version }: Server, hasPolicy: boolean): IndexTemplate {
  const { datastream } = settings;
  const lifecycle = open || !hasPolicy ? {} : { "index.lifecycle.name": datastream };
  // Since version 9, `logs-…` data streams default to synthetic source, which turns numbers into strings and dotted
  // names into objects.
  const mode = !open && version >= 9 ? { "index.mode": "standard" } : {};
  return {
    kind: "index-template",
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
/** Mapping of the fields that the web page searches (`search-keys.ts`). */
const key = { type: "keyword", ignore_above: LONGEST_KEY };
const keys = ["falco.uuid", "falco.rule", "falco.priority", "falco.source", "falco.hostname", "falco.tags"].concat([
  "eyas.fields",
  "eyas.names",
  "eyas.odd",
  "eyas.group",
]);
/** Invalid values stay in the document but are not indexed. */
const ignore_malformed = true;
const typeOf = {
  text: keyword,
  number: { type: "long", ignore_malformed },
  ip: { type: "ip", ignore_malformed },
} as const;
/** Whole alerts as text (`document.ts`), stored but not indexed. */
const stored = { type: "keyword", index: false, doc_values: false };

/** Maximum length of an indexed value. Below the limit of a term, because terms include the field name. */
const LONGEST_FLATTENED = 7000;

/**
 * The fields of the original alert share one mapping. With a mapping for each field, rules could exhaust or conflict
 * with the index mapping. OpenSearch's `flat_object` rejects documents with long values, so OpenSearch stores the
 * fields unindexed and searches use `eyas.fields`.
 */
function mappings(open: boolean): object {
  const fields = open
    ? { type: "object", enabled: false }
    : { type: "flattened", ignore_above: LONGEST_FLATTENED, depth_limit: 60 };
  const properties: Record<string, object> = {
    "@timestamp": { type: "date" },
    message: words,
    "event.severity": { type: "long" },
    "event.original": stored,
    "process.command_line": { ...keyword, fields: { text: words } },
    "falco.output": words,
    "falco.time": { type: "date_nanos", ignore_malformed },
    "falco.output_fields": fields,
    "eyas.words": { type: "keyword", doc_values: false },
  };
  for (const name of keys) properties[name] = key;
  for (const [, name, kind] of ecsFields) properties[name] ??= typeOf[kind];
  return {
    date_detection: false,
    dynamic_templates: [{ texts: { match_mapping_type: "string", mapping: keyword } }],
    properties: nested(properties),
  };
}

interface Properties {
  [name: string]: object;
}

/** Converts mappings with dotted names to nested objects. */
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

function sidekickTemplate(keys: StoreKeys): IndexTemplate {
  const { index, suffix } = keys;
  const both = { type: "text", fields: { keyword: { type: "keyword", ignore_above: 256 } } };
  return {
    kind: "index-template",
    path: `/_index_template/${index}`,
    body: {
      index_patterns: [suffix === "none" ? index : `${index}-*`],
      priority: TEMPLATE_PRIORITY,
      template: {
        // A field is mapped as a number if its first value was one. Other values, and numbers out of range, are not
        // indexed.
        settings: { ...shards(keys), "index.mapping.ignore_malformed": true },
        mappings: {
          date_detection: false,
          dynamic_templates: [{ texts: { match_mapping_type: "string", mapping: both } }],
          properties: { "@timestamp": { type: "date" }, time: { type: "date" }, original: stored },
        },
      },
    },
  };
}

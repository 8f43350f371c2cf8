import { ecsFields } from "../../../field/roles.ts";
import { LONGEST_KEY } from "./search-keys.ts";
import { isAtLeast, type Server } from "./server-version.ts";

/** The mapping of a field; the properties that differ between fields. */
export interface FieldMapping {
  readonly type: string;
  readonly index?: boolean;
  readonly doc_values?: boolean;
  readonly enabled?: boolean;
  readonly [setting: string]: unknown;
}

const keyword = { type: "keyword", ignore_above: 1024 } as const;
/** First versions with `match_only_text`, which is smaller than `text`, but does not rank documents. */
const MATCH_ONLY = { elastic: [7, 14], open: [2, 12] } as const;
/** Mapping of the fields that the web UI searches (`search-keys.ts`). */
const key = { type: "keyword", ignore_above: LONGEST_KEY } as const;
const keys = [
  ...["falco.uuid", "falco.rule", "falco.priority", "falco.source", "falco.hostname", "falco.tags"],
  ...["eyas.fields", "eyas.names", "eyas.odd", "eyas.group"],
];
/**
 * Fields of the schema that are not values of an alert's fields (`ecs.ts`). Without a mapping, dashboards do not show
 * these fields until an alert contains them.
 */
const texts = [
  ...["ecs.version", "event.kind", "event.module", "event.dataset", "event.provider", "tags"],
  ...["log.level", "rule.name", "host.name", "host.hostname", "file.path"],
  ...["observer.vendor", "observer.product", "observer.type", "observer.hostname"],
  ...["orchestrator.type", "threat.framework", "threat.tactic.name", "threat.technique.id"],
];
/** Invalid values stay in the document but are not indexed. */
const ignore_malformed = true;
const typeOf = {
  text: keyword,
  number: { type: "long", ignore_malformed },
  ip: { type: "ip", ignore_malformed },
} as const;
/** Whole alerts as text (`document.ts`), stored but not indexed. */
export const stored = { type: "keyword", index: false, doc_values: false } as const;

/** Maximum length of an indexed value. Below the limit of a term, because terms include the field name. */
const LONGEST_FLATTENED = 7000;

/**
 * The mappings of a document's fields by name.
 *
 * The fields of the original alert share one mapping. With a mapping for each field, rules could exhaust or conflict
 * with the index mapping. OpenSearch's `flat_object` rejects documents with long values, so OpenSearch stores the
 * fields unindexed and searches use `eyas.fields`.
 */
export function fieldMappings(server: Server): Readonly<Record<string, FieldMapping>> {
  const words = { type: isAtLeast(server, MATCH_ONLY) ? "match_only_text" : "text" };
  const fields: FieldMapping = server.open
    ? { type: "object", enabled: false }
    : { type: "flattened", ignore_above: LONGEST_FLATTENED, depth_limit: 60 };
  const properties: Record<string, FieldMapping> = {
    "@timestamp": { type: "date" },
    message: words,
    "event.id": { ...keyword, doc_values: false }, // the same as `falco.uuid`, by which the web UI sorts
    "event.severity": { type: "long" },
    "event.original": stored,
    "process.command_line": { ...keyword, fields: { text: words } },
    "falco.output": stored, // `message` is the same text without time and priority, and is indexed
    "falco.time": { type: "date_nanos", ignore_malformed },
    "falco.output_fields": fields,
    "eyas.words": { type: "keyword", doc_values: false },
  };
  for (const name of keys) properties[name] = key;
  for (const name of texts) properties[name] = keyword;
  for (const [, name, kind] of ecsFields) properties[name] ??= typeOf[kind];
  return properties;
}

/** The mappings of the data stream. */
export function mappings(server: Server): object {
  return {
    date_detection: false,
    dynamic_templates: [{ texts: { match_mapping_type: "string", mapping: keyword } }],
    properties: nested(fieldMappings(server)),
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

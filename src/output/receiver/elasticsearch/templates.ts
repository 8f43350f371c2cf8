import type { IndexTemplate } from "../../index-template.ts";
import type { DocumentKeys } from "./document.ts";
import { mappings, stored } from "./mapping.ts";
import type { RetentionKeys } from "./retention.ts";
import type { Server } from "./server-version.ts";

/** Keys for templates and policies. */
export interface StoreKeys extends RetentionKeys, DocumentKeys {
  readonly numberofshards: number;
  readonly numberofreplicas: number;
}

/** Description, settings and mappings for the documents of a data stream. */
export interface StreamContent {
  readonly description: string;
  /** Settings in addition to the settings of all data streams. */
  readonly settings: Readonly<Record<string, unknown>>;
  mappings(server: Server): object;
}

export const alertContent: StreamContent = {
  description: "Alerts of Eyas, in the Elastic Common Schema",
  // Documents contain values several times; compression reduces an index by 40 % (npm run bench:store).
  settings: { "index.codec": "best_compression" },
  mappings,
};

/** Priority of the index template. Higher than the priority of Elasticsearch's built-in templates (`logs-*-*`, 100). */
const TEMPLATE_PRIORITY = 250;

/** The policy that deletes old documents; undefined if the server deletes none. */
export function policyOf(keys: StoreKeys, { open }: Server, content = alertContent): IndexTemplate | undefined {
  if (keys.layout === "falcosidekick" || keys.retention === 0 || keys.retentionby !== "server") return undefined;
  return open ? ismPolicy(keys, content) : ilmPolicy(keys);
}

/** The index template and its parts. */
export interface Templates {
  /**
   * The component templates of {@link composed}, in the order in which they are merged: settings and mappings of Eyas,
   * and an empty one for changes by administrators. The empty one must exist, because OpenSearch does not support
   * `ignore_missing_component_templates`.
   */
  readonly components: readonly IndexTemplate[];
  readonly composed: IndexTemplate;
  /** The same index template without component templates. */
  readonly whole: IndexTemplate;
}

/** @param hasPolicy whether the server has the policy */
export function templatesOf(
  keys: StoreKeys,
  server: Server,
  hasPolicy: boolean,
  content: StreamContent = alertContent,
): Templates {
  const isStream = keys.layout === "ecs";
  const name = isStream ? keys.datastream : keys.index;
  const frame = isStream ? streamFrame(keys, content) : sidekickFrame(keys);
  const template = isStream ? streamTemplate(keys, server, hasPolicy, content) : sidekickTemplate(keys);
  const [own, custom] = [`${name}@eyas`, `${name}@custom`];
  const path = `/_index_template/${name}`;
  return {
    components: [
      component("component-template", own, template, "Settings and mappings of Eyas"),
      component("custom-component-template", custom, {}, `Changes to ${own}; takes precedence`),
    ],
    composed: { kind: "index-template", path, body: { ...frame, composed_of: [own, custom] } },
    whole: { kind: "index-template", path, body: { ...frame, template } },
  };
}

function component(kind: IndexTemplate["kind"], name: string, template: object, description: string): IndexTemplate {
  return { kind, path: `/_component_template/${name}`, body: { template, _meta: { description } } };
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

function ismPolicy({ datastream, retention }: StoreKeys, { description }: StreamContent): IndexTemplate {
  return {
    kind: "ism-policy",
    path: `/_plugins/_ism/policies/${datastream}`,
    body: {
      policy: {
        description,
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

function streamFrame({ datastream }: StoreKeys, { description }: StreamContent): object {
  return {
    index_patterns: [datastream],
    data_stream: {},
    priority: TEMPLATE_PRIORITY,
    _meta: { description },
  };
}

function streamTemplate(
  keys: StoreKeys,
  server: Server,
  hasPolicy: boolean,
  { settings, mappings: mappingsOf }: StreamContent,
): object {
  const { open, version } = server;
  const lifecycle = open || !hasPolicy ? {} : { "index.lifecycle.name": keys.datastream };
  // Since version 9, `logs-…` data streams default to synthetic source, which turns numbers into strings and dotted
  // names into objects.
  const mode = !open && version >= 9 ? { "index.mode": "standard" } : {};
  return { settings: { ...shards(keys), ...lifecycle, ...mode, ...settings }, mappings: mappingsOf(server) };
}

function shards({ numberofshards, numberofreplicas }: StoreKeys): object {
  return { "index.number_of_shards": numberofshards, "index.number_of_replicas": numberofreplicas };
}

function sidekickFrame({ index, suffix }: StoreKeys): object {
  return { index_patterns: [suffix === "none" ? index : `${index}-*`], priority: TEMPLATE_PRIORITY };
}

function sidekickTemplate(keys: StoreKeys): object {
  const both = { type: "text", fields: { keyword: { type: "keyword", ignore_above: 256 } } };
  return {
    // A field is mapped as a number if its first value was a number. Other values, and numbers out of range, are not
    // indexed.
    settings: { ...shards(keys), "index.mapping.ignore_malformed": true },
    mappings: {
      date_detection: false,
      dynamic_templates: [{ texts: { match_mapping_type: "string", mapping: both } }],
      properties: { "@timestamp": { type: "date" }, time: { type: "date" }, original: stored },
    },
  };
}

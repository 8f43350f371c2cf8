import { filled, flag, ignored, number, section, text, UNBOUNDED, webAddress, word } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { httpKeys } from "../transport/keys.ts";

export const elasticsearchOutput = describeStore(
  "elasticsearch",
  "Elasticsearch",
  "hostport: https://elastic.example.org:9200\napikey: ${ELASTIC_KEY}",
);

/** Describes Elasticsearch or OpenSearch, which share an API. */
export function describeStore<const Name extends "elasticsearch" | "opensearch">(
  name: Name,
  product: string,
  example: string,
) {
  return describeOutput({
    name,
    about: `Sends alerts to ${product} through the bulk API.`,
    keys: { ...httpKeys, ...keysOf(product) },
    enabledBy: "hostport",
    example,
    notes: storeNotes(name),
    async templates(settings, { certificates }) {
      const { storeTemplates } = await import("./elasticsearch/output.ts");
      return storeTemplates(name, settings, certificates);
    },
    async open(settings, { certificates }) {
      const { elasticsearch } = await import("./elasticsearch/output.ts");
      return elasticsearch(name, settings, certificates);
    },
  });
}

function keysOf(product: string) {
  return {
    hostport: webAddress(`Address of ${product}. Setting this key enables the output.`),
    layout: word(
      ["ecs", "falcosidekick"],
      "ecs",
      "`ecs`: documents in the Elastic Common Schema in a data stream, with the original under `falco` and the search keys of the web UI under `eyas`. `falcosidekick`: Falcosidekick's documents and indexes, for existing dashboards.",
    ),
    datastream: text(
      "logs-falco.alerts-default",
      "With `ecs`: name of the data stream, its index template and its lifecycle policy, and the first part of the names of its component templates.",
    ),
    retention: number(30, "With `ecs`: number of days until documents are deleted; 0: never.", [0, 36_500]),
    retentionby: word(
      ["server", "eyas"],
      "server",
      "Method to delete old documents. `server`: by a lifecycle policy, which Eyas creates. `eyas`: by Eyas, for servers without lifecycle policies. Eyas rolls over the data stream once a day and deletes backing indexes whose documents are all older than `retention` days.",
    ),
    reportstate: flag(
      true,
      "With `ecs`: write the state of the agent to the data stream in `machines`, for the view Machines of the [web UI](page-fleet.md#machines).",
    ),
    machines: filled(
      "eyas-machines",
      "Name of the data stream with the states of agents, its index template and its lifecycle policy.",
    ),
    machinesretention: number(7, "Number of days until states of agents are deleted; 0: never.", [0, 36_500]),
    index: text("falco", "With `falcosidekick`: prefix of index names."),
    suffix: word(
      ["daily", "monthly", "annually", "none"],
      "daily",
      "Suffix of index names: day, month or year of the alert, in UTC.",
    ),
    createindextemplate: flag(
      true,
      "Create the index template with its component templates, and the lifecycle policy of the data stream, if they are missing. `eyas outputs template` prints them.",
    ),
    numberofshards: number(1, "Number of shards of created indexes.", [1, 1024]),
    numberofreplicas: number(1, "Number of replicas of created indexes.", [0, 1024]),
    apikey: text("", "An API key in its encoded form."),
    username: text("", "User name, instead of the API key."),
    password: text("", "The user's password."),
    pipeline: text("", "Ingest pipeline for the documents."),
    flattenfields: flag(false, "With `falcosidekick`: replace dots in field names with underscores."),
    enablecompression: flag(false, "Compress requests."),
    maxconcurrentrequests: number(
      2,
      "Maximum number of requests at the same time; at most 8. A request has up to 500 alerts. The server may store the alerts of a batch in any order.",
      [0, UNBOUNDED],
    ),
    batching: section("", {
      batchsize: number(5_242_880, "Maximum size of a request, in bytes.", [1024, 104_857_600]),
      enabled: ignored("alerts are always sent in batches", flag(true, "")),
      flushinterval: ignored("requests are sent without waiting for more alerts", text("1s", "")),
    }),
    type: ignored("current servers have no document types", text("_doc", "")),
  } as const;
}

function storeNotes(name: "elasticsearch" | "opensearch"): string {
  const open = name === "opensearch";
  const policies = open ? "Index State Management" : "index lifecycle management";
  return `
Every alert is delivered, regardless of its content, and its document is complete except in the last case described below. ${
    open
      ? '`falco.output_fields` is stored in the document but not indexed, because OpenSearch has no mapping for arbitrary fields that accepts long values. Search fields by their names of the Elastic Common Schema, or all of them as `eyas.fields`, such as `eyas.fields: "proc.name=bash"`; search the text of the alert as `message`. `falco.output` is stored but not indexed.'
      : '`falco.output_fields` is indexed up to 7,000 characters of a value; all fields are also indexed as `eyas.fields`, such as `eyas.fields: "proc.name=bash"`. Search the text of the alert as `message`; `falco.output` is stored but not indexed.'
  } Values that the parser of a server rejects (lists and objects with more than 50 levels or 1,000 members, numbers of more than 300
digits) are stored as JSON text. If an index has another mapping and rejects a document, Eyas sends the document again in a reduced
form: indexed values are truncated, and the whole alert is one text, \`event.original\` (\`original\` with \`falcosidekick\`). If the
index accepts no new fields, or the server accepts no document of that size, Eyas sends the document without fields and with
truncated text as a last resort. With \`falcosidekick\` a field is a number if its first value was a number; other values, and numbers
beyond 64 bits, are stored in the document but not indexed. A late alert whose index is closed or read-only is written to the index
of the current day.

A closed or missing index, a write block, a missing pipeline, or a 401 or 403 response stops deliveries until an administrator
fixes the problem.

Without ${policies} or the permission to use its policies, alerts are delivered, and a warning in the log reports that old
alerts are not deleted. In this case, set \`retentionby: eyas\`: about once an hour, Eyas rolls the data stream over if its newest
backing index is a day old or has reached 50 GB, and deletes backing indexes (\`.ds-<datastream>-…\`) in which all documents are older than
\`retention\` days by the clock of the server, except the last two. Eyas requires the permission to roll over, refresh, read and
delete backing indexes. Several installations can do this at the same time.
`;
}

// The text of docs/outputs.md: what is said here, and the tables that follow from the keys of the configuration.
import { keys } from "../src/config/keys.ts";
import { receivers } from "../src/config/outputs.ts";
import type { Key } from "../src/config/shape.ts";
import { leaves, type Row, table } from "./document-keys.ts";

const examples: Readonly<Record<string, string>> = {
  "aws.s3": "bucket: acme-alerts\nprefix: falco",
  alertmanager: "hostport: [http://alertmanager-0:9093, http://alertmanager-1:9093]",
  elasticsearch: "hostport: https://elastic.example.org:9200\napikey: ${ELASTIC_KEY}",
  grafana: "hostport: https://grafana.example.org\napikey: ${GRAFANA_TOKEN}",
  kafka:
    "hostport: [kafka-0.example.org:9093, kafka-1.example.org:9093]\ntls: true\nsasl: scram_sha512\nusername: eyas\npassword: ${KAFKA_PASSWORD}",
  loki: "hostport: http://loki:3100\nformat: json\nextralabels: [container.name]",
  mqtt: "broker: ssl://mqtt.example.org:8883\ntopic: falco/<priority>/<rule>\nuser: eyas\npassword: ${MQTT_PASSWORD}",
  nats: "hostport: tls://nats.example.org:4222\ncredentialsfile: /etc/eyas/nats.creds",
  opensearch: "hostport: https://opensearch.example.org:9200\nusername: eyas\npassword: ${OPENSEARCH_PASSWORD}",
  "otlp.logs": "endpoint: http://collector:4318",
  pagerduty: "routingkey: ${PAGERDUTY_KEY}\nregion: eu\nminimumpriority: critical",
  rabbitmq: "url: amqps://eyas:${RABBITMQ_PASSWORD}@rabbitmq.example.org/",
  redis: "address: redis:6379\nstoragetype: stream\nmaxlength: 1000000",
  slack: "webhookurl: ${SLACK_WEBHOOK}\nminimumpriority: warning",
  smtp: "hostport: mail.example.org:587\nuser: eyas\npassword: ${MAIL_PASSWORD}\nfrom: eyas@example.org\nto: [security@example.org]\nminimumpriority: critical",
  splunk: "host: https://splunk.example.org:8088/services/collector/event\ntoken: ${SPLUNK_TOKEN}",
  syslog: "host: logs.example.org\nport: 6514\nprotocol: tls\nformat: cef",
  teams: "webhookurl: ${TEAMS_WORKFLOW}\noutputformat: text",
  webhook: "address: https://example.org/alerts\ncustomheaders: {X-Team: blue}",
};

/** Elasticsearch and OpenSearch, which differ in a few words. */
function storeNote(section: "elasticsearch" | "opensearch"): string {
  const open = section === "opensearch";
  const policies = open ? "Index State Management" : "index lifecycle management";
  return `
Every alert arrives, whatever is in it, and is whole in its document. ${
    open
      ? '`falco.output_fields` is in the document and not searched, since no mapping of OpenSearch\'s for any fields takes long values: fields are searched by their names of the Elastic Common Schema, and all of them as `eyas.fields`, such as `eyas.fields: "proc.name=bash"`.'
      : '`falco.output_fields` is searched up to 7,000 characters of a value; all fields also as `eyas.fields`, such as `eyas.fields: "proc.name=bash"`.'
  } Values that a server's parser can't take (lists and objects with more than 50 levels or 1,000 members, numbers of more than 300
digits) are there as texts of their JSON. Where an index has another mapping, one of an older Eyas or of somebody else, and
rejects a document, it is sent again in a form that fits: what is searched is cut, and the whole alert is one text,
\`event.original\` (\`original\` with \`falcosidekick\`); at last, for an index that takes no new field or a server that takes no
document of that size, without fields and with its texts cut. With \`falcosidekick\` a field is a number where its first value was
one; other values, and numbers beyond 64 bits, are in the document and not searched. A late alert whose own day's index is closed
or read-only goes to today's.

A closed or missing index, a write block, a missing pipeline, and what 401 and 403 say hold alerts back until an administrator
has mended them.

Without ${policies} or the right to its policies alerts arrive all the same. The log says once that nothing
deletes old ones. \`retentionby: eyas\` is the other way: about once an hour Eyas has the data stream rolled over where its newest
backing index is a day old or has 50 GB, and deletes backing indexes (\`.ds-<datastream>-…\`) in which no document is younger than
\`retention\` days by the server's clock; never the last two, and nothing that is no backing index of this data
stream. It needs the right to roll over, refresh, read and delete them. Several installations may do so at once.
`;
}

/** What is to be said of a receiver below its keys. */
const notes: Readonly<Record<string, string>> = {
  kafka: `
A message's key is the alert's host, its value the alert as JSON, its header \`uuid\` the alert's. A request has at most about 1 MB
of messages, counted before compression with keys and headers. Where a topic takes less (\`max.message.bytes\`), requests become
smaller; an alert that is too large even alone is a [dead letter](#delivery). Brokers need messages of version 2, Kafka 0.11 or newer;
tests run against 4.3.1.

The message's time is the alert's. A time of tomorrow or before September 2001 is replaced by the present one. So is one that the topic
refuses (\`message.timestamp.before.max.ms\`), as after a long outage; where it refuses even the present time, because the host's or
the broker's clock is wrong, messages have none. \`time\` in the JSON is always the alert's own.

A missing topic, a user who may not write to it, too few replicas in sync, a full disk: alerts wait until that is mended, and
\`eyas outputs\` and the log say what it is. A quota only makes it slower.

What was under way when a broker ended or its partitions moved is sent again; what had arrived of it is there twice then, with the
same \`uuid\`.
`,
  elasticsearch: storeNote("elasticsearch"),
  opensearch: storeNote("opensearch"),
  "aws.s3": `
An object's name is \`<prefix>/<day>/<time>-<sum>.ndjson.gz\`: day and time (UTC) of its first alert, and a sum of all the
alerts' ids. So the same alerts make the same object, however often they are sent. With \`layout: falcosidekick\` it is
\`<prefix>/<day>/<time>-<uuid>.json\`; Falcosidekick's own has no id in it, so of two alerts with the same time it keeps one.

Keys are taken from \`aws.accesskeyid\`, or from where AWS's own tools have them: variables of the environment,
\`~/.aws\` with its profiles and roles, the role of the pod or the machine.
`,
  smtp: `
A mail has all alerts that wait for it, up to 1,000, and counts them by rule. The first is sent at once, the next one after
\`interval\`. A recipient that the server refuses gets none while the others do. What the server can't take now (4xx) is
sent again, with the same \`Message-ID\`.
`,
};

/** What all outputs have. */
const selection = ["minimumpriority", "sources", "rules", "fields"];
const common = ["customheaders", "checkcert", "mutualtls", "timeout"];
const shared = ["tlsclient", "mutualtlsclient", "mutualtlsfilespath"];

export function outputsDocument(note: string): string {
  const simple = ["stdout_output", "syslog_output", "file_output", "http_output", "program_output"] as const;
  const chosen = leaves(receivers.webhook.keys, "").filter(({ path }) => selection.includes(path));
  const each = named(receivers).filter(({ name }) => !shared.includes(name));
  const commonRows = leaves(receivers.webhook.keys, "").filter(({ path }) => common.includes(path));
  const sharedRows = leaves(receivers, "outputs.").filter(({ path }) =>
    shared.some((name) => path.startsWith(`outputs.${name}`)),
  );
  return `# Outputs

${note}Where alerts go. Any number of outputs can be on at once; a slow one or one that is down delays neither the others nor the
watching.

| output | | on when |
| --- | --- | --- |
${simple.map((name) => `| [\`${name}\`](#as-in-falco) | ${keys[name].about} | \`${name}.enabled\` |\n`).join("")}${each
  .map(
    ({ name, key }) =>
      `| [\`outputs.${name}\`](#${name.replace(".", "")}) | ${key.about} | \`outputs.${name}.${first(key)}\` |\n`,
  )
  .join("")}
## What all have in common

- What a receiver doesn't take now is sent again, after longer and longer waits and never before the time that it asks for in
  \`Retry-After\`. What it will never take becomes a [dead letter](#delivery). The log says why, with what the receiver answered.
  Over HTTP, also where a single document of a bulk request has the status:

  | answer | meaning |
  | --- | --- |
  | none, none in time, 408, 425, 429, 5xx | it passes: sent again |
  | 3xx, 401, 402, 403, 404, 407, 410, 421 and all others below 500 | an administrator can mend it (a rotated key, a missing right, another address): alerts are held back, the log says so, and an alert of source \`internal\` ("Eyas internal: alerts held back") goes to the other outputs, once until alerts arrive again |
  | 400, 409, 413, 422 | the alert is at fault: a dead letter, unless the receiver's words say otherwise (Splunk: an unknown index; PagerDuty: a wrong routing key; Teams: a workflow that is off) |

  403, 404, 405, 406 and 415 may also come from a filter before the receiver that objects to what an alert says. If other alerts
  arrive while one is answered so, that one becomes a dead letter and keeps no other back.
- An alert may arrive twice, where an answer got lost, or Eyas ended just after sending it. Its \`uuid\` is the same both times. Elasticsearch, OpenSearch and PagerDuty
  get it as the identity of the document or incident, and keep one.
- Redirects are not followed: alerts and keys go to the configured address alone. Keys, passwords, \`customheaders\` and long paths
  of addresses never appear in the log, even where a receiver repeats them.
- Values of alerts reach receivers as values, whatever they hold: no mention in Slack, no markup in Teams or Grafana, no header,
  address or command of a shell is made of them.
- TLS 1.2 or newer, with the authorities of the system.
- Brokers acknowledge each alert before it counts as delivered, alerts arrive in their order, and what a broker or its
  administrator can mend (a wrong password, a missing queue) keeps alerts back instead of losing them. A message that is too large
  for the broker is refused. JetStream drops repetitions by the alert's \`uuid\`; RabbitMQ has it as the message's identity, Kafka as
  the header \`uuid\`.
- Syslog knows no answers. Over UDP nobody can tell what arrived. Over a connection, what was written in the last minute (4 MB at
  the most) is written again when the connection breaks, unless the server closed it in order a second later or more, and after a
  SIGKILL of Eyas.

## Delivery

Alerts are in the [journal](journal.md) before anybody is told of them. Each output has a place there and reads on from it at its own
pace, in a thread of its own; places are on disk too. So restarts, SIGKILL and outages of any length lose nothing, as long as the
journal has room: \`journal.max_size\` and \`max_age\` are the only limits. What they take away before an output had it is counted
(\`eyas_output_lost_total\`) and said in the log.

- An output that is new begins with the alerts from now on; \`journal.new_outputs: oldest\` begins with the oldest in the journal.
- One that is taken out of the configuration and comes back goes on where it was if something still waited for it, else with the
  alerts from now on.
- Standard output has a place as well: what a terminal showed is over, but a file or a pipe gets what it missed.
- Each output gets its alerts in order, as many at once as it takes in about a second.
- A request with many alerts that is refused is sent again in smaller ones, so that one alert that a receiver can't read doesn't take
  the others with it.
- While the journal can't keep alerts (full disk, another process has it), and with \`journal.enabled: false\`, outputs get them from
  memory: 20,000 at the most wait for each, and what waits when the process ends is lost.

\`eyas outputs\` shows how far each has come, whether Eyas runs or not:

\`\`\`
output   state            waiting  behind  delivered  retried  refused  dead  lost
stdout   up to date             0       –     48,211        0        0     0     0
webhook  waiting (in 8 s)   1,204  12 min     46,990       31       17    17     0
  4.2 s ago: connect ECONNREFUSED 192.0.2.7:443
\`\`\`

- \`eyas outputs test NAME\` sends one alert and says what became of it.
- \`eyas outputs dead [NAME]\` lists dead letters: what was refused for good, when and why. They stay as long as the journal has
  the alert.
- \`eyas outputs retry NAME\` sends them once more, after the cause is mended. They come after what was sent meanwhile.
- \`eyas outputs skip NAME\` lets an output go on with the alerts from now on, while \`eyas run\` is stopped.

All of them take \`--json\`. [metrics.md](metrics.md) has the same figures as \`eyas_output_…\`.

## Which alerts go where

Every output takes these keys, \`stdout_output\` and the others of Falco too:

${table(chosen)}
\`\`\`yaml
outputs:
  pagerduty: {routingkey: "\${PAGERDUTY_KEY}", minimumpriority: critical, sources: [syscall, k8s_audit]}
  webhook: {address: https://example.org/alerts, rules: ["*credential*", "Terminal shell*"], fields: ["proc.*", "k8s.*"]}
\`\`\`

\`fields\` says which of \`output_fields\` go out. The alert's text stays as the rule wrote it.

## As in Falco

\`\`\`yaml
json_output: true
http_output: {enabled: true, url: https://example.org/alerts, compress_uploads: true}
program_output: {enabled: true, program: "jq '{text: .output}' | curl -d @- https://example.org/chat"}
\`\`\`

\`http_output\` sends a request per alert with the line that standard output shows. \`program_output\` gives the command line to
\`/bin/sh\`, as Falco does, and the alerts to its standard input alone. Without \`keep_alive\` it runs once for each alert. How it
ends is its own affair, except for 75 (EX_TEMPFAIL: try again), 126, 127 and signals: then the alert is handed over again.

${table(simple.flatMap((name) => unselective(leaves(keys[name].keys, `${name}.`))))}
## As in Falcosidekick

Receivers stand under \`outputs\`, with the names and keys of Falcosidekick. Its own configuration is understood too: its receivers
at the top of a file, and its variables of the environment (\`SLACK_WEBHOOKURL\`, \`ELASTICSEARCH_HOSTPORT\`; those of a receiver count
once its address or key is given). \`config_files: [/etc/falcosidekick/config.yaml]\` takes one over.

Different on purpose:

| | Falcosidekick | Eyas |
| --- | --- | --- |
| a receiver that is down | the alert is lost | it is sent again |
| numbers among the fields, in chats | left out | shown |
| Teams | a message card, which Teams no longer takes | an Adaptive Card |
| severity in PagerDuty | always critical | the alert's |
| PagerDuty in Europe | the key is there, and has no effect | events go to Europe |
| Elasticsearch | documents of its own | the Elastic Common Schema in a data stream; \`layout: falcosidekick\` gives its documents and indexes |
| the index of a day | the day of sending, local time | the alert's own day, UTC |
| Loki, Splunk, OTLP, Alertmanager | a request for each alert | one for many |
| S3 | an object for each alert, named by the time of sending | one for many, named by what is in it |
| mail | one for each alert, with no end to them | one for all that wait, one a minute |
| syslog | RFC 3164 without escapes in CEF | RFC 5424, with them |
| NATS | a connection for each alert, and whoever listens gets it | JetStream stores it; \`jetstream: false\` is as there |
| Kafka | acknowledged by nobody, spread over partitions | by all replicas in sync; a host's alerts keep their order |
| RabbitMQ | messages in memory, unconfirmed | lasting ones, confirmed; the queue is made where it is missing |
| MQTT | quality of service 0, a connection for each alert | 1 |

Every receiver over HTTP also has:

${table(commonRows)}
They share:

${table(sharedRows)}
${each.map(({ name, key }) => receiver(name, key)).join("\n")}`;
}

function receiver(name: string, key: Key): string {
  const all = key.kind === "section" ? unselective(leaves(key.keys, "")) : [];
  const overHttp = common.every((name) => all.some(({ path }) => path === name));
  const rows = overHttp ? all.filter(({ path }) => !common.includes(path)) : all;
  const path = name.split(".");
  const [group = ""] = path;
  const around = Object.entries(receivers).find(([each]) => each === group && path.length > 1)?.[1];
  const groupRows = around?.kind === "section" ? leaves(around.keys, `${group}.`) : [];
  const lines = (examples[name] ?? "").split("\n");
  const heads = ["outputs", ...path].map((each, depth) => `${"  ".repeat(depth)}${each}:`);
  const body = lines.map((line) => `${"  ".repeat(path.length + 1)}${line}`);
  return `### ${name}

${key.about}

\`\`\`yaml
${[...heads, ...body].join("\n")}
\`\`\`

${table([...rows, ...groupRows.filter(({ path }) => path.split(".").length === 2)])}${notes[name] ?? ""}`;
}

/** Without the keys that all outputs have. */
function unselective(rows: readonly Row[]): Row[] {
  return rows.filter(({ path }) => !selection.includes(path.split(".").at(-1) ?? ""));
}

/** Receivers with their names; what only groups others (\`otlp\`) is no receiver itself. */
function named(section: Readonly<Record<string, Key>>, before = ""): { name: string; key: Key }[] {
  return Object.entries(section).flatMap(([name, key]) =>
    key.kind === "section" && key.about === "" && !shared.includes(name)
      ? named(key.keys, `${before}${name}.`).filter(({ key }) => key.kind === "section")
      : [{ name: before + name, key }],
  );
}

function first(key: Key): string {
  return key.kind === "section" ? (Object.keys(key.keys)[0] ?? "") : "";
}

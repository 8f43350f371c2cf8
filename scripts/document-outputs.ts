// The text of docs/outputs.md: what is said here, and the tables that follow from the keys of the configuration.
import { type OutputDescriptor, selectionKeys } from "../src/output/descriptor.ts";
import { falcoOutputs, receivers } from "../src/output/list.ts";
import { certificateKeys, httpKeys } from "../src/output/transport/keys.ts";
import type { Keys } from "../src/setting/shape.ts";
import { leaves, table } from "./document-keys.ts";

export function outputsDocument(note: string): string {
  const simple: readonly OutputDescriptor[] = falcoOutputs;
  const each: readonly OutputDescriptor[] = receivers;
  return `# Outputs

${note}Where alerts go. Any number of outputs can be on at once; a slow one or one that is down delays neither the others nor the
watching.

| output | | on when |
| --- | --- | --- |
${simple.map(({ section, about }) => `| [\`${section}\`](#as-in-falco) | ${about} | \`${section}.enabled\` |\n`).join("")}${each
  .map(
    ({ name, section, about, enabledBy }) =>
      `| [\`${section}\`](#${name.replace(".", "")}) | ${about} | \`${section}.${enabledBy}\` |\n`,
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

${table(leaves(selectionKeys, ""))}
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

${table(simple.flatMap(({ section, keys }) => leaves(without(keys, selectionKeys), `${section}.`)))}
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

${table(leaves(httpKeys, ""))}
They share:

${table(leaves(certificateKeys, "outputs."))}
${each.map(receiver).join("\n")}`;
}

function receiver({ name, section, about, keys, groupKeys, example, notes }: OutputDescriptor): string {
  const isOverHttp = Object.keys(httpKeys).every((key) => Object.hasOwn(keys, key));
  const own = without(keys, isOverHttp ? { ...selectionKeys, ...httpKeys } : selectionKeys);
  const [group = ""] = name.split(".");
  const path = section.split(".");
  const heads = path.map((each, depth) => `${"  ".repeat(depth)}${each}:`);
  const body = example.split("\n").map((line) => `${"  ".repeat(path.length)}${line}`);
  return `### ${name}

${about}

\`\`\`yaml
${[...heads, ...body].join("\n")}
\`\`\`

${table([...leaves(own, ""), ...leaves(groupKeys, `${group}.`)])}${notes}`;
}

function without(keys: Keys, others: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !Object.hasOwn(others, name)));
}

// The text of docs/sources.md: what is said here, and the tables that follow from the keys of the configuration.
import { origins } from "../src/config/origin.ts";
import { sources, usualOrigin } from "../src/config/sources.ts";
import { keyRows as leaves, type KeyRow as Row, keyTable as table } from "./document-keys.ts";

/** What to write, and what it is for. `examples.test.ts` tries each. */
const examples: readonly { readonly title: string; readonly yaml: string; readonly words: string }[] = [
  {
    title: "Kubernetes audit",
    yaml: "sources:\n  k8s_audit: {from: http://127.0.0.1:9765/k8s-audit}",
    words:
      "The API server's webhook; or its log, `from: /var/log/kubernetes/audit.log`. The whole of it: [kubernetes-audit.md](kubernetes-audit.md). A `falco.yaml` with the plugin `k8saudit` does the same as it stands.",
  },
  {
    title: "Suricata",
    yaml: "sources:\n  suricata: {from: /var/log/suricata/eve.json}",
    words:
      "Suricata's own rotation, and logrotate's, lose nothing. Or a socket that Suricata connects to, `from: unix:/run/suricata/eve.sock` with `filetype: unix_stream` in `suricata.yaml`. An alert of a flow of this machine has `proc.*`, `container.*` and `user.*` too: [network.md](network.md).",
  },
  {
    title: "Firewalls",
    yaml: "sources:\n  firewall: {from: [/var/log/ulog/ulogd.json, syslog+udp://0.0.0.0:5514]}",
    words:
      "ulogd2's JSON, Linux's kernel log, conntrack's lines, CEF and key=value lines of appliances, from files or as syslog; several places may feed one source. `0.0.0.0` lets other machines send.",
  },
  {
    title: "Any JSON",
    yaml: "sources:\n  json:\n    shop:\n      from: /var/log/shop/*.json\n      time: /ts\n      host: /server/name\n      kind: /event",
    words:
      "A line is an event, or a list of events. `time`, `host` and `kind` are JSON pointers (RFC 6901); rules find the latter two as `json.host` and `json.kind`.",
  },
  {
    title: "Syslog",
    yaml: "sources:\n  json:\n    syslog: {from: [syslog+udp://127.0.0.1:5514, syslog+tcp://127.0.0.1:5514]}",
    words:
      "RFC 5424 and RFC 3164, over TCP with lengths or line feeds. The event is `{facility, severity, time, host, app, procid, msgid, sd, message}`: `json.value[/severity] = err`, `json.value[/sd/origin/ip]`. `json.host` and `json.kind` are the message's host and program. With `unwrap: true` the JSON in a message is the event. A time without a year is of the year that brings it nearest to now, in the machine's time zone.",
  },
  {
    title: "A pipe",
    yaml: "",
    words:
      "```sh\nmy-program --log json | eyas run --source shop=- -r my-rules.yaml\n```\n\nOne source can take the standard input.",
  },
  {
    title: "NATS and Kafka",
    yaml: "sources:\n  json:\n    orders:\n      from: nats://127.0.0.1:4222/orders.>\n    payments:\n      from: kafka://127.0.0.1:9092/payments\n      broker: {consumer: eyas}",
    words:
      "A message is an event, a list of events or an event a line. It is acknowledged once it is judged; one that is no event is counted, named in the log and not asked for again. Several Eyas with one `consumer` share the messages. Of NATS a stream of JetStream is read where one has the subject; otherwise what is published while Eyas listens. Kafka's messages may be packed in any way (gzip, Snappy, LZ4, Zstandard); a batch that unpacks to more than 128 MiB is not taken in, and the source says so and waits. A message of Kafka without a time is of the time it came. What the servers want to be shown is under `broker`.",
  },
];

const rule = `- rule: Login of an administrator
  desc: Somebody came in as administrator.
  condition: json.kind = login and json.value[/user/role] = admin
  output: "%json.value[/user/name] came in on %json.host"
  priority: NOTICE
  source: shop`;

export function sourcesDocument(note: string): string {
  const { json, positions } = sources;
  const common = leaves({ NAME: sources.k8s_audit }, "sources.");
  const shared = new Set(common.map(({ path }) => path.replace("sources.NAME.", "")));
  const own: Row[] = leaves({ json, positions }, "sources.").filter(
    ({ path }) => !shared.has(path.replace("sources.json.NAME.", "")),
  );
  return `# Sources

${note}Events of others than the kernel: each source has rules of its own (\`source: NAME\` in a rule), and all are judged in one
process, side by side, with system calls or without (\`engine: {kind: nodriver}\`, which takes no privileges).

One key switches a source on, \`from\`, or one option: \`eyas run --source suricata\`, \`eyas run --source shop=/var/log/shop.json\`.
Without a place the option means ${Object.entries(usualOrigin)
    .map(([name, place]) => `\`${place}\` for \`${name}\``)
    .join(", ")}. \`eyas replay --source NAME FILE\` judges a recording of any of them.

| source | |
| --- | --- |
${(["k8s_audit", "suricata", "firewall"] as const).map((name) => `| \`${name}\` | ${sources[name].about} |\n`).join("")}| a name of yours | ${json.about} |

\`from\` is one of these, or a list of them:

${origins.map((each) => `- ${each}\n`).join("")}
An address without a host, \`http://:9765/x\`, is this machine's own, 127.0.0.1. In the \`plugins\` of a \`falco.yaml\` it means all
addresses, as there; the log warns of places that other machines reach without showing a token or a certificate.

${examples.map(({ title, yaml, words }) => `## ${title}\n\n${yaml === "" ? "" : `\`\`\`yaml\n${yaml}\n\`\`\`\n\n`}${words}\n`).join("\n")}
## A rule

\`\`\`yaml
${rule}
\`\`\`

All sources have \`evt.*\` and \`json.*\` fields; \`k8s_audit\` has \`ka.*\`, \`suricata\` \`ids.*\`, \`dns.*\`, \`tls.*\` and \`http.*\`, \`firewall\`
\`fw.*\`, and the latter two \`net.*\`: [fields.md](fields.md).

## What is lost, and what isn't

| from | when Eyas is slow | when Eyas is killed |
| --- | --- | --- |
| files | reading waits | nothing is lost: it goes on behind the last event whose alerts are in the journal, so some may be judged twice |
| HTTP | 429 with \`Retry-After\` | what was answered with 200 is judged; the rest its sender has to send again |
| NATS (JetStream), Kafka | fetching waits | what was not acknowledged comes again |
| NATS without a stream | 10,000 messages wait, more are refused and counted as \`full\` | what was received and not judged is lost, and what is published meanwhile |
| TCP, TLS, stream sockets, standard input | the sender waits | what was received and not judged is lost: these have no answers |
| datagram sockets | the sender waits, or is refused by the system | the same |
| UDP | 10,000 events wait, more are refused and counted as \`full\`; what the system dropped before counts as \`dropped\` | the same |

Files are followed across rotation by renaming and by copying and truncation, also while Eyas is stopped: what a rotated file
(\`x.log.1\`, \`x.log-20260101\`) still holds is read first, unless it is compressed. Where a rest is gone, the log says so. A file may
come later. Its last line is read once it has an end.

## How a source is

- Metrics for each way in: \`eyas_feed_up\`, \`eyas_feed_events_total\`, \`eyas_feed_bytes_total\`, \`eyas_feed_refused_total\` by reason,
  \`eyas_feed_behind_bytes\`, and lag and what waits by source: [metrics.md](metrics.md).
- \`/healthz\` of the web server answers \`{"status":"degraded","down":[…]}\` while a way in is down. It stays 200, so that a probe
  doesn't restart a program for a log file that isn't there.
- \`/sources\` of the web server has it all as JSON, and \`eyas sources\` shows it as a table.
- The log says when a way in goes down, and when it is up again.

## Keys of every source

\`NAME\` is \`k8s_audit\`, \`suricata\`, \`firewall\` or \`json.\` and a name of yours.

${table(common)}
## Keys of \`json\`, and of all together

${table(own)}`;
}

// The text of docs/metrics.md: what is said here, and the table of metrics.
import { workloadFields } from "../src/agent/metrics/count-alerts.ts";
import { metricNames, metrics } from "../src/telemetry/metrics.ts";

const fields = Object.values(workloadFields)
  .map((names) => names.map((name) => `\`${name}\``).join(", "))
  .join("; ");

export function metricsDocument(note: string): string {
  return `# Metrics

${note}\`webserver: {enabled: true, prometheus_metrics_enabled: true}\` serves them under \`/metrics\`, on port 8765 of this machine
only; \`listen_address\` says where else. Figures are read off at the moment somebody asks, so events pay next to nothing for
them; whoever asks again within 200 ms gets the same page. \`deploy/\` has a dashboard for Grafana, alert rules for Prometheus and an example for Alertmanager.

    scrape_configs:
      - job_name: eyas
        static_configs: [{ targets: ["127.0.0.1:8765"] }]

Names, units and meaning that Falco gave stay, so its dashboards go on working. \`promtool check metrics\` has nothing to say
about the page. So three of Falco's names are not on it, since lint objects to nanoseconds; each is there in seconds:

| Falco's | the same |
| --- | --- |
| \`falcosecurity_falco_start_timestamp_nanoseconds\` | \`process_start_time_seconds\` |
| \`falcosecurity_falco_reload_timestamp_nanoseconds\` | \`eyas_rules_loaded_timestamp_seconds\` |
| \`falcosecurity_falco_host_boot_timestamp_nanoseconds\` | \`eyas_host_boot_timestamp_seconds\` |

\`params: { names: [all] }\` in the scrape configuration has everything, for dashboards that ask for these; \`names: [falco]\` has all
of Falco's names and no others, \`names: [eyas]\` all others.

Labels whose values anybody can make up (pods, apps) have a limit of series; what comes later counts under \`_other\`, and
\`eyas_folded_label_sets_total\` says how often. Namespace, pod and app are those that an alert's fields name,
the first that it has: ${fields}. \`append_output\` adds such fields to the
outputs of rules.

## Eyas

${tableOf(/^eyas_/)}
## The process

${tableOf(/^process_/)}
## Under Falco's names

Which ones there are follows \`metrics.*_enabled\`. What Falco calls a gauge although its name ends in \`_total\`, which is for
counters, is \`unknown\` here. What Falco has beyond these counts parts that Eyas does not have: caches of lookups, BPF
iterators, jemalloc, run times that libbpf measures; and descriptors that were added and removed. Lost
events are not told apart by call.

${tableOf(/^falcosecurity_/)}
## As alerts and in a file

\`metrics: {enabled: true}\` states the same figures every \`metrics.interval\`, as an alert of the rule "Falco internal:
metrics snapshot" (\`output_rule\`) and as a line of JSON in a file (\`output_file\`), under the keys that Falco uses:
\`falco.num_evts\`, \`falco.rules.<Name_of_the_rule>\`, \`scap.n_drops_perc\` and so on. \`scap.n_drops_bug\` is what was lost for
a reason that has no name there.
`;
}

function tableOf(prefix: RegExp): string {
  const rows = metricNames
    .filter((name) => prefix.test(name))
    .map((name) => {
      const { kind, labels, help } = metrics[name];
      const quoted = labels.map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${kind} | ${quoted} | ${help.replaceAll("|", "\\|")} |\n`;
    });
  return `| metric | kind | labels | |\n| --- | --- | --- | --- |\n${rows.join("")}`;
}

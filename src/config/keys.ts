import { queueKeys } from "../output/dispatch/keys.ts";
import { falcoSections, outputsSection } from "../output/sections.ts";
import { severities, severityAliases } from "../setting/severity.ts";
import {
  anything,
  type Complain,
  dictionary,
  differs,
  duration,
  entries,
  flag,
  interval,
  later,
  list,
  number,
  optionalNumber,
  optionalTexts,
  own,
  type Settings,
  section,
  size,
  text,
  textAt,
  texts,
  word,
} from "../setting/shape.ts";
import { isNull, type Tree } from "../setting/tree.ts";
import { captureEngine } from "../source/capture/engine.ts";
import { kernelEngine, moduleEngine, syscall } from "../source/syscall/describe.ts";
import { admission } from "./admission.ts";
import { alertFolding } from "./alert-folding.ts";
import { alertIntake } from "./alert-intake.ts";
import { capture } from "./capture.ts";
import { containers } from "./containers.ts";
import { cloud, cluster, host, mesos } from "./context.ts";
import { kubernetes } from "./kubernetes.ts";
import { type Strategy, strategies } from "./merge.ts";
import { responses } from "./responses.ts";
import { sources } from "./sources.ts";
import { webPage } from "./web-page.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** A file or directory with additional configuration. */
export interface ConfigFile {
  readonly path: string;
  readonly strategy: Strategy;
}

/**
 * Enables, disables or shadows the rules whose name matches `rule` (`*` matches any string), and the rules that have
 * `tag`, after all files are loaded.
 */
export interface RuleSelection {
  readonly action: "enable" | "disable" | "shadow";
  readonly rule: string | undefined;
  readonly tag: string | undefined;
}

/** An indicator file, and the name of the list that contains its indicators in rules. */
export interface IndicatorEntry {
  readonly name: string;
  readonly file: string;
  readonly kind: "hash" | "address" | "domain";
}

/** Additions to the output of all rules that match the given rule name, source and tags. */
export interface AppendOutput {
  readonly rule: string | undefined;
  readonly source: string | undefined;
  /** Tags, all of which the rule must have. */
  readonly tags: readonly string[];
  /** Text to append to the output of the rule. */
  readonly extraOutput: string;
  /**
   * Additional fields of the alert: the name of a field (`format` is undefined), or a new name with a format for the
   * value.
   */
  readonly extraFields: readonly { readonly name: string; readonly format: string | undefined }[];
  /** Whether to append the fields that are suggested for the event source. */
  readonly suggestedOutput: boolean;
}

const STAR = "`*` matches any text.";

/** Keys of an entry of `plugins`. */
const PLUGIN = {
  name: "`k8saudit`, `container`, `json` and `k8smeta` are built in; others are named in a warning.",
  library_path: "Not used: plugins are built in.",
  init_config: "Only some options of the built-in plugins have an effect.",
  open_params: "Only the parameters of `k8saudit` have an effect.",
};

/** Keys of an entry of `append_output`. */
const APPEND = {
  "match.source": "same",
  "match.tags": "same",
  "match.rule": "same",
  extra_output: "same",
  extra_fields: "same",
  suggested_output: "same",
};

/** Actions for dropped events; undefined selects the defaults of Eyas. */
const dropActions = {
  ...optionalTexts(
    'Any of `ignore`, `log`, `alert` and `exit`. `alert` raises "Falco internal: syscall event drop" with Falco\'s fields, `log` logs the number of dropped events and the reasons, `exit` ends the program with code 1. Default: a log line, and at most once a minute the alert "Eyas internal: events dropped".',
  ),
  takes: "a list of ignore, log, alert and exit",
  read(tree: Tree, complain: Complain): readonly string[] | undefined {
    const actions = texts("").read(tree, complain);
    if (actions?.some((each) => !["ignore", "log", "alert", "exit"].includes(each))) return undefined;
    if (actions?.includes("ignore") && (actions.includes("log") || actions.includes("alert"))) {
      complain("syscall_event_drops.actions cannot combine ignore with log or alert", tree.place);
      return undefined;
    }
    return actions;
  },
};

/**
 * All keys of the configuration file, with accepted values, defaults and documentation. Keys that also exist in Falco
 * have the same names.
 */
export const keys = {
  config_files: entries(
    { path: "same", strategy: "same" },
    list(
      "a list of paths, or of entries like {path, strategy}",
      "Additional configuration files and directories, merged after this file in order. `strategy` is `append` (lists are appended, other values replaced; the default), `override` or `add-only`.",
      configFile,
    ),
  ),
  watch_config_files: differs(
    "A reload keeps the state of the machine and does not miss events; Falco restarts.",
    flag(
      true,
      "Reload when a configuration or rule file changes. The state of the machine is kept. SIGHUP does the same.",
    ),
  ),
  rules_files: differs(
    "In a directory, rule tests (`NAME.test.yaml`) are skipped.",
    optionalTexts(
      "Rule files and directories, in order; in a directory, all `.yaml` and `.yml` files except rule tests, sorted by name. Default: the default rules.",
    ),
  ),
  rules: entries(
    { "disable.rule": STAR, "disable.tag": "same", "enable.rule": STAR, "enable.tag": "same" },
    list(
      "entries like {disable: {tag: network}}",
      "Enable, disable or shadow rules after all files are loaded, by name (`rule`, with `*`) or `tag`, in the order of the entries. The matches of a rule in `shadow` are counted, but raise no alerts.",
      ruleSelection,
    ),
  ),

  indicators: own(
    list(
      "entries like {name: indicator_addresses, file: /etc/eyas/addresses.txt, kind: address}",
      "Indicator files that rules use as lists, as in `fd.sip in (indicator_addresses)`. `kind` is `hash`, `address` (also networks) or `domain`. A file is plain text, CSV (`.csv`) or a STIX bundle (`.json`), and is read again when it changes; see docs/identity.md.",
      indicatorEntry,
    ),
  ),

  engine: section("The source of system calls.", {
    kind: differs(
      "`kmod` is the same BPF program as `modern_ebpf`; there is no kernel module.",
      word(
        [kernelEngine.kind, "kmod", captureEngine.kind, "nodriver"],
        "modern_ebpf",
        "`modern_ebpf`: the running kernel. `replay`: a capture. `nodriver`: no system calls. `kmod`: like `modern_ebpf`, with the keys of `engine.kmod` and a ring buffer per CPU.",
      ),
    ),
    kmod: moduleEngine,
    modern_ebpf: kernelEngine.section,
    replay: captureEngine.section,
  }),
  capture,

  sources: own(section("Event sources in addition to system calls; a source is enabled by its `from`.", sources)),
  load_plugins: differs(
    "For a plugin that Eyas does not have, Eyas logs a warning; Falco does not start.",
    optionalTexts(
      "Names of the `plugins` that are used. Without the key: all plugins; without a value: none. `container` and `json` are built in and need no plugin.",
    ),
  ),
  plugins: entries(
    PLUGIN,
    list(
      "entries like {name: k8saudit, open_params: …}",
      "Falco's plugins. `k8saudit` becomes `sources.k8s_audit`; its library is not used. Other plugins cannot be loaded.",
      (tree) => textAt(tree, "name"),
    ),
  ),
  containers: own(section("Metadata of containers from the container runtimes.", containers)),
  kubernetes: own(
    section(
      "Metadata of this machine's pods from the API server, in addition to metadata from the runtime.",
      kubernetes,
    ),
  ),
  mesos: own(section("Metadata of tasks from Mesos and Marathon, in addition to the tasks' environment.", mesos)),
  host: own(section("The name of the machine.", host)),
  cluster: own(section("The cluster of the machine.", cluster)),
  cloud: own(section("The cloud of the machine.", cloud)),
  plugins_hostinfo: later(
    "Give plugins access to the host's data.",
    flag(true, ""),
    "plugins are built in and read the host's data without this key",
  ),
  container_engines: later(
    "Container runtimes (older Falco).",
    anything("runtimes with their options", ""),
    "use the key `containers`, or the plugin `container` in the key `plugins`",
  ),

  time_format_iso_8601: flag(false, "Print times as `2026-07-30T12:34:56.000000000+0000` instead of the time of day."),
  buffer_format_base64: flag(false, "Print bytes (`evt.buffer`) in base64."),
  priority: word(severities, "debug", "Load only rules with at least this priority.", severityAliases),
  json_output: flag(false, "Print alerts as JSON, one object per line."),
  json_include_output_property: flag(true, "Include the whole text of the alert as `output`."),
  json_include_message_property: flag(false, "Include the text without time and priority as `message`."),
  json_include_output_fields_property: flag(true, "Include the fields as `output_fields`."),
  json_include_tags_property: flag(true, "Include the rule's tags as `tags`."),
  community_id: own(
    word(
      ["run", "always", "never"],
      "run",
      "Which alerts about a network flow have the field `net.community_id`. `run`: alerts of `eyas run`; `always`: also alerts of `eyas replay`, which otherwise prints the same output as Falco.",
    ),
  ),
  buffered_outputs: differs(
    "Alerts are delayed by at most one second.",
    flag(
      false,
      "Collect alerts before writing them, which is faster but delays alerts by up to one second. Has no effect with `responses`.",
    ),
  ),
  rule_matching: differs(
    "The default is `all`.",
    word(
      ["all", "first"],
      "all",
      "`all`: every rule that matches an event raises an alert. `first`: only the first matching rule, in the order of the files (Falco's default).",
    ),
  ),
  ...queueKeys,
  append_output: entries(
    APPEND,
    list(
      "entries like {match: {tags: [network]}, extra_output: text}",
      "Add text (`extra_output`) or fields (`extra_fields`) to the alerts of all rules, or of the rules that `match` by `rule`, `source` and `tags`.",
      appendOutput,
    ),
  ),
  static_fields: dictionary("Constant fields of every event: `static.<key>` in rules and outputs."),

  ...falcoSections,
  outputs: outputsSection,

  webserver: section("Serves health, versions, sources and metrics over HTTP.", {
    enabled: flag(false, "Enable the HTTP server."),
    threadiness: later("Number of threads.", number(0, "", [0, ANY]), "a single thread serves all requests"),
    listen_port: number(8765, "The port to listen on. 0: a free port, which is logged.", [0, 65_535]),
    listen_address: differs(
      "The default is 127.0.0.1; Falco listens on all addresses by default.",
      text(
        "127.0.0.1",
        "The address to listen on. `0.0.0.0`: all addresses, which Kubernetes probes require and which is Falco's default.",
      ),
    ),
    k8s_healthz_endpoint: differs(
      "The response has status 503 and lists the reasons if a critical component has failed.",
      text("/healthz", "The path of the health check."),
    ),
    prometheus_metrics_enabled: differs(
      "`metrics.enabled` is not needed.",
      flag(false, "Enable `/metrics`; see docs/metrics.md."),
    ),
    ssl_enabled: flag(false, "Use HTTPS instead of HTTP."),
    ssl_certificate: text("/etc/falco/falco.pem", "A PEM file with the certificate and its key."),
  }),

  alert_intake: own(alertIntake),
  admission: own(admission),
  web_page: own(webPage),

  responses: own(section("Responses to alerts; see docs/responses.md. Not in Falco.", responses)),

  memory_limit: own(
    size(
      "0",
      "The memory limit of the program, read at startup. Below 1 GiB, ring buffers, caches and heaps are smaller, and the web UI is only enabled if the limit is sufficient (docs/small-memory.md). 0: the limit of the program's cgroups, or the available memory of the machine. Not in Falco.",
    ),
  ),

  alert_folding: own(
    section(
      "Folds repeated matches into one alert that states their number; see docs/alert-folding.md. Only in `eyas run`. Not in Falco.",
      alertFolding,
    ),
  ),
  journal: own(
    section("Stores every alert on disk before it is sent to outputs; `eyas alerts` reads it. Not in Falco.", {
      enabled: flag(true, "Enable the journal."),
      path: text(
        "",
        "The journal file. Default: `/var/lib/eyas/journal.db` for root, `$XDG_STATE_HOME/eyas/journal.db` (`~/.local/state`) for other users.",
      ),
      max_age: duration("30d", "Older alerts are deleted. 0: alerts are not deleted by age."),
      max_size: size(
        "1GB",
        "Limit for the total size of the journal's files, with a tolerance of 10%. Beyond the limit, alerts of the largest groups are deleted, even if an output has not received them yet; see docs/journal.md. 0: unlimited.",
      ),
      new_outputs: word(
        ["now", "oldest"],
        "now",
        "The first alert that a new output receives: the next alert, or the oldest alert in the journal.",
      ),
    }),
  ),

  log_stderr: differs("The default is true.", flag(true, "Log to standard error.")),
  log_syslog: differs("The default is false.", flag(false, "Log to the system log.")),
  log_level: word(
    ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"],
    "info",
    "Minimum severity of log messages.",
  ),
  libs_logger: later(
    "The log of Falco's libraries.",
    section("", {
      enabled: flag(true, ""),
      severity: word(["fatal", "critical", "error", "warning", "notice", "info", "debug", "trace"], "info", ""),
    }),
    "the sensor writes to the same log; use log_level",
  ),
  syscall_event_timeouts: section("Actions when no events arrive.", {
    max_consecutives: differs(
      "Without this key, no alert is raised: test events show that the sensor works.",
      optionalNumber(
        'Raise the alert "Falco internal: timeouts notification" after this many waits of 30 ms without an event: 1000 is half a minute. Default: no alert, because Eyas makes a system call every few seconds and raises an alert if the event of the call is missing (docs/health.md).',
        [1, ANY],
      ),
    ),
  }),
  syscall_event_drops: section("Actions when events are dropped.", {
    threshold: number(
      0.1,
      "The fraction of events dropped within a second above which `alert` and `exit` apply: 0.1 means one event in ten.",
      [0, 1],
      false,
    ),
    actions: differs(
      "Without this key, dropped events are logged and raise an alert of Eyas; Falco ignores dropped events. `log` also applies below the threshold. The fields `n_drops_buffer_*_exit` are 0, because Eyas counts dropped events by reason and not by kind of call.",
      dropActions,
    ),
    rate: number(
      0.03333,
      "Maximum number of times per second that `alert` and `exit` apply: 0.03333 is every 30 s.",
      [0, ANY],
      false,
    ),
    max_burst: number(1, "Number of times that `alert` and `exit` apply before `rate` limits them.", [0, ANY], false),
    simulate_drops: flag(false, "Simulate one dropped event per second with a threshold of 0, to test the actions."),
  }),
  metrics: section("Metrics about Eyas as alerts and in a file, and the selection of Falco's metrics for `/metrics`.", {
    enabled: flag(false, "Report metrics periodically, as configured by the other keys. Not needed for `/metrics`."),
    interval: differs("The default is `1h`.", interval(3_600_000, "1h", 100, "Interval between reports.")),
    output_rule: differs(
      "The default is true.",
      flag(true, 'Report metrics as an alert, "Falco internal: metrics snapshot".'),
    ),
    output_file: text("", "Append metrics to this file, as a line of JSON."),
    rules_counters_enabled: flag(true, "Report the number of matches per rule."),
    rule_times_enabled: own(
      flag(
        false,
        "Measure the evaluation time of each rule on sampled events, for `eyas_rule_sampled_seconds_total`. Not in Falco.",
      ),
    ),
    resource_utilization_enabled: flag(true, "Report CPU and memory usage of Eyas and the machine."),
    state_counters_enabled: differs(
      "Lookups of descriptors and stored events are not counted; a notice names the missing metrics.",
      flag(true, "Report counters of the threads and file descriptors in memory."),
    ),
    kernel_event_counters_enabled: differs(
      "Eyas counts dropped events by reason, not by kind of call.",
      flag(true, "Report the number of kernel events and of dropped events."),
    ),
    kernel_event_counters_per_cpu_enabled: differs(
      "The default is false.",
      flag(false, "Report the number of events and of dropped events per CPU."),
    ),
    libbpf_stats_enabled: later(
      "Run time of eBPF programs.",
      flag(true, ""),
      "`bpftool prog` shows run times if the sysctl kernel.bpf_stats_enabled is 1",
    ),
    plugins_metrics_enabled: flag(
      true,
      "Report the number of containers with metadata, which Falco counts in a plugin.",
    ),
    kernel_iter_event_counters_enabled: later(
      "Metrics about BPF iterators.",
      flag(true, ""),
      "Eyas reads threads and descriptors from /proc at startup",
    ),
    jemalloc_stats_enabled: later(
      "Metrics of an allocator that Eyas does not use.",
      flag(false, ""),
      "jemalloc is not used; eyas_heap_used_bytes and eyas_heap_size_bytes report the heap",
    ),
    convert_memory_to_mb: flag(
      true,
      "Report memory in megabytes instead of kilobytes, and the memory of the container in megabytes instead of bytes. `/metrics` always uses bytes.",
    ),
    include_empty_values: flag(false, "Report metrics that are 0."),
  }),

  ...syscall.sections,
} as const;

/** The typed configuration. */
export type Config = Settings<typeof keys>;

function configFile(tree: Tree, complain: Complain): ConfigFile | undefined {
  if (tree.kind === "scalar") return { path: tree.text, strategy: "append" };
  const path = textAt(tree, "path");
  if (path === undefined) return undefined;
  const wanted = textAt(tree, "strategy") ?? "append";
  const strategy = strategies.find((one) => one === wanted);
  if (strategy === undefined) complain(`Unknown strategy "${wanted}": use one of ${strategies.join(", ")}`, tree.place);
  return strategy && { path, strategy };
}

function indicatorEntry(tree: Tree, complain: Complain): IndicatorEntry | undefined {
  const name = textAt(tree, "name");
  const file = textAt(tree, "file");
  const kind = textAt(tree, "kind");
  if (name === undefined || file === undefined || kind === undefined) return undefined;
  if (!/^[A-Za-z_][\w-]*$/.test(name)) {
    complain(
      "name must begin with a letter or underscore and contain only letters, digits, underscores and dashes",
      tree.place,
    );
    return undefined;
  }
  if (kind !== "hash" && kind !== "address" && kind !== "domain") {
    complain("kind must be hash, address or domain", tree.place);
    return undefined;
  }
  return { name, file, kind };
}

function ruleSelection(tree: Tree): RuleSelection | undefined {
  if (tree.kind !== "map" || tree.entries.size !== 1) return undefined;
  for (const [action, { value }] of tree.entries) {
    if (action !== "enable" && action !== "disable" && action !== "shadow") return undefined;
    const rule = textAt(value, "rule");
    const tag = textAt(value, "tag");
    return rule === undefined && tag === undefined ? undefined : { action, rule, tag };
  }
  return undefined;
}

function appendOutput(tree: Tree, complain: Complain): AppendOutput | undefined {
  if (tree.kind !== "map") return undefined;
  const match = tree.entries.get("match")?.value;
  const tags = match?.kind === "map" ? match.entries.get("tags")?.value : undefined;
  const fields = tree.entries.get("extra_fields")?.value;
  const suggested = tree.entries.get("suggested_output")?.value;
  const extraFields: { name: string; format: string | undefined }[] = [];
  if (fields !== undefined && !isNull(fields)) {
    if (fields.kind !== "list") {
      complain("extra_fields must be a list of field names or {name: output text}", fields.place);
      return undefined;
    }
    for (const field of fields.items) {
      const named = field.kind === "map" && field.entries.size === 1 ? [...field.entries][0] : undefined;
      const name = field.kind === "scalar" ? field.text : named?.[0];
      const format = named === undefined ? undefined : named[1].value;
      if (name === undefined || (format !== undefined && format.kind !== "scalar")) {
        complain("Each entry of extra_fields must be a field name or {name: output text}", field.place);
        return undefined;
      }
      extraFields.push({ name, format: format?.text });
    }
  }
  return {
    rule: match && textAt(match, "rule"),
    source: match && textAt(match, "source"),
    tags: tags?.kind === "list" ? tags.items.flatMap((tag) => (tag.kind === "scalar" ? [tag.text] : [])) : [],
    extraOutput: textAt(tree, "extra_output") ?? "",
    extraFields,
    suggestedOutput: suggested !== undefined && flag(false, "").read(suggested, complain) === true,
  };
}

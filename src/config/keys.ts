import { falcoSections, outputsSection } from "../output/sections.ts";
import { severities, severityAliases } from "../setting/severity.ts";
import {
  anything,
  type Complain,
  dictionary,
  duration,
  flag,
  interval,
  later,
  list,
  number,
  optionalTexts,
  type Settings,
  section,
  size,
  text,
  textAt,
  texts,
  word,
} from "../setting/shape.ts";
import { isNull, type Tree } from "../setting/tree.ts";
import { alertIntake } from "./alert-intake.ts";
import { containers } from "./containers.ts";
import { cloud, cluster, host, mesos } from "./context.ts";
import { kubernetes } from "./kubernetes.ts";
import { type Strategy, strategies } from "./merge.ts";
import { responses } from "./responses.ts";
import { sources } from "./sources.ts";
import { webPage } from "./web-page.ts";

const ANY = Number.MAX_SAFE_INTEGER;

/** A file or folder of further configuration. */
export interface ConfigFile {
  readonly path: string;
  readonly strategy: Strategy;
}

/** Switches rules on or off after all files are loaded: those whose name matches `rule` (`*` is any text) and that carry `tag`. */
export interface RuleSelection {
  readonly action: "enable" | "disable";
  readonly rule: string | undefined;
  readonly tag: string | undefined;
}

/** Adds to the output of the rules that match everything that is given. */
export interface AppendOutput {
  readonly rule: string | undefined;
  readonly source: string | undefined;
  /** The rule has all of them. */
  readonly tags: readonly string[];
  /** Text after the rule's own output. */
  readonly extraOutput: string;
  /** Fields beside the rule's own: a field (`format` undefined) or a name with an output text of its own. */
  readonly extraFields: readonly { readonly name: string; readonly format: string | undefined }[];
  /** Adds the fields that the event source suggests. */
  readonly suggestedOutput: boolean;
}

/**
 * Every key of the configuration file: what it takes, what it is when absent, what it is for. The names are Falco's,
 * where Falco has such a thing.
 */
export const keys = {
  config_files: list(
    "paths, each alone or as {path, strategy}",
    "Further configuration files and folders, merged after this one in their order. `strategy` is `append` (lists grow, the rest is replaced; the default), `override` or `add-only`.",
    configFile,
  ),
  watch_config_files: flag(
    true,
    "Load again when a configuration or rule file changes. What is known of the machine stays. SIGHUP does the same.",
  ),
  rules_files: optionalTexts(
    "Rule files and folders, in their order; in a folder all `.yaml` and `.yml` files by name. Absent: the rules that come with Eyas.",
  ),
  rules: list(
    "entries like {disable: {tag: network}}",
    "Switch rules on or off after all files are loaded, by name (`rule`, with `*`) or `tag`, in this order.",
    ruleSelection,
  ),

  engine: section("Where system calls come from.", {
    kind: word(
      ["modern_ebpf", "kmod", "replay", "nodriver"],
      "modern_ebpf",
      "`modern_ebpf`: the running kernel. `replay`: a capture. `nodriver`: nowhere. `kmod` is taken as `modern_ebpf`.",
    ),
    kmod: later(
      "Options of Falco's kernel module.",
      section("", { buf_size_preset: number(4, "", [1, 10]), drop_failed_exit: flag(false, "") }),
    ),
    modern_ebpf: section("The running kernel.", {
      cpus_for_each_buffer: number(2, "CPUs that share a ring; 0: one ring for all of them.", [0, 65_535]),
      buf_size_preset: number(
        4,
        "Size of a ring: 1 is 1 MiB, 2 is 2 MiB, 3 is 4 MiB, 4 is 8 MiB, and so on to 10, which is 512 MiB.",
        [1, 10],
      ),
      drop_failed_exit: flag(false, "Leave out system calls that failed."),
      disable_iterators: later(
        "Read processes from /proc instead of BPF iterators. Eyas always reads /proc.",
        flag(false, ""),
      ),
    }),
    replay: section("A capture.", { capture_file: text("", "The capture to read with `kind: replay`.") }),
  }),
  capture: later(
    "Record the events around an alert to a file.",
    section("", {
      enabled: flag(false, ""),
      path_prefix: text("/tmp/falco", ""),
      mode: word(["rules", "all_rules"], "rules", ""),
      default_duration: number(5000, "", [0, ANY]),
      max_file_size_mb: number(0, "", [0, 1_048_576]),
    }),
  ),

  sources: section("Where other events than system calls come from; each source is on when it has a `from`.", sources),
  load_plugins: optionalTexts(
    "Which of `plugins` count. Absent: all. What `container` and `json` do is built in and needs no plugin.",
  ),
  plugins: list(
    "entries like {name: k8saudit, open_params: …}",
    "Falco's plugins. `k8saudit` is taken as `sources.k8s_audit`; its library is not used. Others can't be loaded.",
    (tree) => textAt(tree, "name"),
  ),
  containers: section("What container runtimes know of containers.", containers),
  kubernetes: section("What an API server knows of this machine's pods, beside what their runtime tells.", kubernetes),
  mesos: section("What Mesos and Marathon know of tasks, beside the tasks' own environment.", mesos),
  host: section("What the machine is called.", host),
  cluster: section("What the machine is part of.", cluster),
  cloud: section("Where the machine stands.", cloud),
  plugins_hostinfo: later("Give plugins access to the host's data.", flag(true, "")),
  container_engines: later("Container runtimes to ask (older Falco).", anything("runtimes with their options", "")),

  time_format_iso_8601: flag(false, "Print times as `2026-07-30T12:34:56.000000000+0000` instead of the time of day."),
  buffer_format_base64: flag(false, "Print bytes (`evt.buffer`) in base64."),
  priority: word(severities, "debug", "Load only rules at least this severe.", severityAliases),
  json_output: flag(false, "Alerts as JSON, one object a line."),
  json_include_output_property: flag(true, "Put the whole text of the alert under `output`."),
  json_include_message_property: flag(false, "Put the text without time and priority under `message`."),
  json_include_output_fields_property: flag(true, "Put the fields under `output_fields`."),
  json_include_tags_property: flag(true, "Put the rule's tags under `tags`."),
  community_id: word(
    ["run", "always", "never"],
    "run",
    "Whether an alert about a network flow has the flow's Community ID among its fields, as `net.community_id`. `run`: those of `eyas run`; `always`: those of `eyas replay` too, which else prints what Falco prints.",
  ),
  buffered_outputs: flag(
    false,
    "Collect alerts before writing them; quicker, and up to a second late. Not where alerts are answered (`responses`).",
  ),
  rule_matching: word(
    ["all", "first"],
    "all",
    "`all`: every rule that matches an event raises an alert. `first`: only the first one, in the order of the files (Falco's default).",
  ),
  outputs_queue: later("How many alerts may wait for the outputs.", section("", { capacity: number(0, "", [0, ANY]) })),
  append_output: list(
    "entries like {match: {tags: [network]}, extra_output: text}",
    "Add text (`extra_output`) or fields (`extra_fields`) to the alerts of all rules, or of those that `match` by `rule`, `source` and `tags`.",
    appendOutput,
  ),
  static_fields: dictionary("Fields of your own, the same for every event: `static.<key>` in rules and outputs."),

  ...falcoSections,
  outputs: outputsSection,

  webserver: section("Health, versions, sources and metrics over HTTP.", {
    enabled: flag(false, "On or off."),
    threadiness: later(
      "Threads that answer. Answers take a moment each, and one thread is enough.",
      number(0, "", [0, ANY]),
    ),
    listen_port: number(8765, "The port; 0 takes one that is free and says which.", [0, 65_535]),
    listen_address: text(
      "127.0.0.1",
      "The address of this machine to listen on. `0.0.0.0` is all of them, which is what probes of Kubernetes need and what Falco does when it is not told.",
    ),
    k8s_healthz_endpoint: text("/healthz", "The path that answers while events are taken."),
    prometheus_metrics_enabled: flag(false, "Whether there is `/metrics`; see docs/metrics.md."),
    ssl_enabled: flag(false, "HTTPS instead of HTTP."),
    ssl_certificate: text("/etc/falco/falco.pem", "A PEM file with the certificate and its key."),
  }),

  alert_intake: alertIntake,
  web_page: webPage,

  responses: section("What is done about alerts; docs/responses.md has it all. Eyas's own.", responses),

  journal: section("Every alert on disk, before anybody is told of it; `eyas alerts` reads it. Eyas's own.", {
    enabled: flag(true, "On or off."),
    path: text(
      "",
      "The file. Absent: `/var/lib/eyas/journal.db` for root, `$XDG_STATE_HOME/eyas/journal.db` (`~/.local/state`) for others.",
    ),
    max_age: duration("30d", "Alerts older than this are taken away. 0: none is too old."),
    max_size: size(
      "1GB",
      "When it is larger than this, the oldest alerts are taken away, also those that an output has not had yet. 0: without limit.",
    ),
    new_outputs: word(
      ["now", "oldest"],
      "now",
      "Where an output begins that the journal has not seen before: with the alerts from now on, or with the oldest in the journal.",
    ),
  }),

  log_stderr: flag(true, "What Eyas says of itself, to standard error."),
  log_syslog: flag(false, "What Eyas says of itself, to the system log."),
  log_level: word(
    ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"],
    "info",
    "The least severe of its own words that it says.",
  ),
  libs_logger: later(
    "The log of Falco's libraries.",
    section("", { enabled: flag(true, ""), severity: text("info", "") }),
  ),
  output_timeout: later("Milliseconds before a slow output is complained of.", number(2000, "", [0, ANY])),
  syscall_event_timeouts: later(
    "Complain after this many waits without an event.",
    section("", { max_consecutives: number(1000, "", [1, ANY]) }),
  ),
  syscall_event_drops: later(
    "What to do about lost events. Eyas always says how many, and why.",
    section("", {
      threshold: number(0.1, "", [0, 1], false),
      actions: texts("", ["log", "alert"]),
      rate: number(0.03333, "", [0, ANY], false),
      max_burst: number(1, "", [0, ANY]),
      simulate_drops: flag(false, ""),
    }),
  ),
  metrics: section("Figures about Eyas itself: as alerts, in a file, and which of Falco's are in `/metrics`.", {
    enabled: flag(false, "Whether to state figures time and again, as below. `/metrics` does not need it."),
    interval: interval(3_600_000, "1h", 100, "How often."),
    output_rule: flag(true, 'As an alert, "Falco internal: metrics snapshot".'),
    output_file: text("", "As a line of JSON at the end of this file."),
    rules_counters_enabled: flag(true, "How often each rule matched."),
    rule_times_enabled: flag(
      false,
      "Measure on a few events what each rule takes, for `eyas_rule_sampled_seconds_total`. Eyas's own.",
    ),
    resource_utilization_enabled: flag(true, "Processor and memory, of Eyas and of the machine."),
    state_counters_enabled: flag(true, "Threads and descriptors that are remembered."),
    kernel_event_counters_enabled: flag(true, "Events that the kernel told, and lost ones."),
    kernel_event_counters_per_cpu_enabled: flag(false, "The same for each processor."),
    libbpf_stats_enabled: later("Run time of the kernel's programs.", flag(true, "")),
    plugins_metrics_enabled: flag(true, "Containers that runtimes have told of, which Falco counts in a plugin."),
    kernel_iter_event_counters_enabled: later("Figures of BPF iterators.", flag(true, "")),
    jemalloc_stats_enabled: later("Figures of an allocator that Eyas does not use.", flag(false, "")),
    convert_memory_to_mb: flag(
      true,
      "Memory in megabytes; otherwise as the system has it. Not in `/metrics`, where it is bytes.",
    ),
    include_empty_values: flag(false, "State figures that are 0 too."),
  }),

  base_syscalls: section("Which system calls to watch beside those that rules need.", {
    custom_set: texts(
      "Instead of the calls that keep the picture of the machine right: these. `!name` leaves one out, whoever needs it.",
    ),
    repair: flag(false, "Add the fewest calls that keep the picture right."),
    all: flag(false, "Watch also the frequent calls (`read`, `write`, …) that rules name."),
  }),
  falco_libs: section("Limits.", {
    thread_table_size: number(262_144, "How many threads are remembered at once.", [1, 4_294_967_295]),
    thread_table_auto_purging_interval_s: number(300, "Seconds between two searches for threads that are gone.", [
      1,
      ANY,
    ]),
    thread_table_auto_purging_thread_timeout_s: number(
      300,
      "Seconds without an event before a thread is checked in such a search.",
      [1, ANY],
    ),
    snaplen: number(80, "Bytes kept of what is read and written.", [0, 65_000]),
  }),
} as const;

/** The configuration, typed, under the names of the file. */
export type Config = Settings<typeof keys>;

function configFile(tree: Tree, complain: Complain): ConfigFile | undefined {
  if (tree.kind === "scalar") return { path: tree.text, strategy: "append" };
  const path = textAt(tree, "path");
  if (path === undefined) return undefined;
  const wanted = textAt(tree, "strategy") ?? "append";
  const strategy = strategies.find((one) => one === wanted);
  if (strategy === undefined) complain(`"${wanted}" is no strategy: one of ${strategies.join(", ")} is`, tree.place);
  return strategy && { path, strategy };
}

function ruleSelection(tree: Tree): RuleSelection | undefined {
  if (tree.kind !== "map" || tree.entries.size !== 1) return undefined;
  for (const [action, { value }] of tree.entries) {
    if (action !== "enable" && action !== "disable") return undefined;
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
      complain("extra_fields takes a list: field names, or {name: output text}", fields.place);
      return undefined;
    }
    for (const field of fields.items) {
      const named = field.kind === "map" && field.entries.size === 1 ? [...field.entries][0] : undefined;
      const name = field.kind === "scalar" ? field.text : named?.[0];
      const format = named === undefined ? undefined : named[1].value;
      if (name === undefined || (format !== undefined && format.kind !== "scalar")) {
        complain("An extra field is a field's name, or {name: output text}", field.place);
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

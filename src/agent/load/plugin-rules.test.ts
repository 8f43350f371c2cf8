import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { missingOf, needs } from "../../../test/parts/needs.ts";
import { falcoConfig, pluginRules, sharedFolder } from "../../../test/parts/shared.ts";
import { home } from "../home.ts";
import { activeRules, load } from "./load.ts";

const newFolder = (): string => mkdtempSync(join(tmpdir(), "eyas-plugin-rules-"));

const isRuleFile = (name: string): boolean => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name);

/** The configuration of Falco's package, with the rule files in a directory. */
function configOf(rules: string): string {
  const file = join(newFolder(), "falco.yaml");
  writeFileSync(
    file,
    `config_files: []
watch_config_files: true
rules_files: [${rules}]
engine:
  kind: modern_ebpf
  modern_ebpf: {cpus_for_each_buffer: 2, buf_size_preset: 4, drop_failed_exit: false, disable_iterators: false}
load_plugins: [container, k8saudit, cloudtrail, json]
plugins:
  - name: container
    library_path: libcontainer.so
    init_config: {label_max_len: 100, with_size: false}
  - {name: k8saudit, library_path: libk8saudit.so, init_config: "", open_params: "http://:9765/k8s-audit"}
  - {name: cloudtrail, library_path: libcloudtrail.so, init_config: "", open_params: ""}
  - {name: json, library_path: libjson.so}
rule_matching: first
append_output: [{suggested_output: true}]
syscall_event_drops: {threshold: 0.1, actions: [log, alert], rate: 0.03333, max_burst: 1, simulate_drops: false}
metrics: {enabled: false, interval: 1h, output_rule: true, libbpf_stats_enabled: true, jemalloc_stats_enabled: false}
base_syscalls: {custom_set: [], repair: false, all: false}
falco_libs: {thread_table_size: 262144, snaplen: 80}
`,
  );
  return file;
}

const rule = (name: string, source: string, condition: string): string =>
  `- rule: ${name}\n  desc: d\n  source: ${source}\n  condition: ${condition}\n  output: o\n  priority: INFO\n`;

/** Plugins of the registry with an event source, and one field of each. */
const withSource = [
  ["cloudtrail", "aws_cloudtrail", "ct.name"],
  ["docker", "docker", "docker.status"],
  ["seccompagent", "seccompagent", "seccomp.name"],
  ["okta", "okta", "okta.evt.type"],
  ["github", "github", "github.action"],
  ["nomad", "nomad", "nomad.event.topic"],
  ["dnscollector", "dnscollector", "dnscollector.operation"],
  ["gcpaudit", "gcp_auditlog", "gcp.methodName"],
  ["syslogsrv", "syslogsrv", "syslog.message"],
  ["salesforce", "salesforce", "salesforce.eventtype"],
  ["box", "box", "box.eventtype"],
  ["journald", "journal", "journal.message"],
  ["kafka", "kafka", "kafka.topic"],
  ["gitlab", "gitlab", "gitlab.event"],
  ["keycloak", "keycloak", "keycloak.type"],
  ["collector", "collector", "collector.body"],
  ["awselb", "awselb", "elb.status"],
  ["edera", "edera_zone", "edera.zone"],
  ["nginx", "nginx", "nginx.status"],
  ["coding_agent", "coding_agent", "agent.tool"],
  ["dummy", "dummy", "dummy.value"],
  ["dummy_c", "dummy_c", "dummy.value"],
] as const;

test("in a directory with rule files for all plugins, other files are loaded, and a message names each skipped file", async () => {
  const folder = newFolder();
  const write = (name: string, text: string): void => writeFileSync(join(folder, `${name}.yaml`), text);
  const requires = (plugin: string): string => `- required_plugin_versions: [{name: ${plugin}, version: 0.1.0}]\n`;
  const shell = rule("Shell", "syscall", "evt.type = execve");
  write("a-syscall", requires("container") + shell);
  write("a-audit", requires("k8saudit") + requires("json") + rule("Exec", "k8s_audit", "ka.verb = create"));
  for (const [plugin, source, field] of withSource) {
    write(plugin, requires(plugin) + rule(`With ${plugin}`, source, `${field} = x`));
    write(`${plugin}-unstated`, rule(`Unstated ${plugin}`, source, `${field} = x`) + rule("Sample", source, "x"));
  }
  write("krsi", rule("Ring", "syscall", "evt.type = krsi_open and krsi.name = x"));
  write("krsi-macro", `- macro: ring\n  condition: (krsi.fd exists)\n${rule("Ring of a macro", "syscall", "ring")}`);
  write("anomaly", rule("Anomaly", "syscall", "evt.type = execve and anomaly.count_min_sketch > 9"));
  write("shell-again", rule("Shell", "docker", "docker.status = x"));
  write("gke", `${requires("k8saudit-gke")}- list: robots\n  items: [a]\n`);

  const loaded = await load({ config: configOf(folder) });
  expect(loaded.rules.loaded.rules.map(({ name }) => name)).toEqual(["Exec", "Shell"]);
  expect(activeRules(loaded)).toBe(2);
  const said = loaded.remarks.filter(({ level }) => level === "warning").map(({ message }) => message);
  for (const [plugin, source] of withSource) {
    expect(said).toContainEqual(
      expect.stringMatching(`/${plugin}\\.yaml is skipped.* plugin ${plugin} 0\\.1\\.0: rule With ${plugin}`),
    );
    expect(said).toContainEqual(
      expect.stringMatching(
        `/${plugin}-unstated\\.yaml: the source ${source} is missing.*: rules .*Unstated ${plugin}`,
      ),
    );
  }
  expect(said).toContainEqual(
    expect.stringMatching(/krsi\.yaml: the plugin krsi is missing.*: rule Ring\. io_uring operations/),
  );
  expect(said).toContainEqual(
    expect.stringMatching(/krsi-macro\.yaml: the plugin krsi is missing.*: rule Ring of a macro/),
  );
  expect(said).toContainEqual(
    expect.stringMatching(/anomaly\.yaml: the plugin anomalydetection is missing.*: rule Anomaly/),
  );
  expect(said).toContainEqual(expect.stringMatching(/shell-again\.yaml: the source docker is missing.*: rule Shell/));
  expect(said).toContainEqual(
    expect.stringMatching(/gke\.yaml is skipped.* k8saudit-gke 0\.1\.0: the file has no rules/),
  );
  expect(said).toContainEqual(expect.stringMatching(/plugin cloudtrail/));
  await expect(load({ config: configOf(folder), strict: true })).rejects.toThrow(/krsi/);
});

test("rules that cannot match cause warnings at startup, unless events come from a capture", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "never.yaml"), rule("Never", "syscall", "evt.type = useradded"));
  writeFileSync(join(folder, "off.yaml"), `${rule("Off", "syscall", "evt.type = useradded")}  enabled: false\n`);
  const warnings = async (...option: string[]): Promise<string[]> =>
    (await load({ config: configOf(folder), option })).remarks
      .map(({ message }) => message)
      .filter((message) => message.includes("cannot match"))
      .map((message) => message.replace(folder, ""));
  expect(await warnings()).toEqual([
    expect.stringMatching(/^\/never\.yaml:4:25: The rule cannot match.*\(rule "Never"\)\.$/),
  ]);
  expect(await warnings("engine.kind=replay", "engine.replay.capture_file=x.scap")).toEqual([]);
});

/** Rule files that are loaded together with plugins' rule files, with the number of their rules for system calls. */
const besides = [
  { beside: "the default rules", folder: join(home, "rules"), parts: [], least: 100 },
  { beside: "Falco's rules", folder: join(sharedFolder, "upstream-rules"), parts: ["upstream rules"], least: 81 },
] as const;

/** Rule files of plugins: files of the test and files in the directory FALCO_PLUGIN_RULES. */
const plugins = [
  { files: "rule files as plugins have them", from: join(home, "test/plugin-rules"), parts: [], audit: 2 },
  { files: "rule files of Falco's plugins", from: pluginRules, parts: ["plugin rules"], audit: 45 },
] as const;

/** Falco's own configuration with the rule files in a directory. */
function falcoConfigOf(rules: string): string {
  const file = join(newFolder(), "falco.yaml");
  const text = readFileSync(falcoConfig, "utf8").replaceAll("/etc/falco/rules.d", rules);
  // The directory also contains the other files.
  writeFileSync(file, text.replaceAll(/^ *- \/etc\/falco\/.*$/gm, ""));
  return file;
}

const configurations = [
  { configuration: "a configuration of Falco", config: configOf, parts: [] },
  { configuration: "Falco's own configuration", config: falcoConfigOf, parts: ["Falco's configuration"] },
] as const;

/** The names of the rules in a file, and the plugins that it requires. */
function contentOf(file: string) {
  const items = parseDocument(readFileSync(file, "utf8")).toJS() as Record<string, unknown>[];
  const required = items.flatMap(({ required_plugin_versions: all }) => (all ?? []) as { name: string }[]);
  return { rules: items.flatMap(({ rule }) => (typeof rule === "string" ? [rule] : [])), required };
}

const combinations = besides.flatMap((one) =>
  plugins.flatMap((two) => configurations.map((three) => [one, two, three] as const)),
);

const missingParts = (combination: (typeof combinations)[number]) =>
  combination.flatMap(({ parts }) => parts).filter((part) => missingOf(part) !== undefined);

/**
 * If parts are missing, a single test that needs all of them is skipped instead of each test that needs one of them.
 */
const cases = [
  ...combinations.filter((combination) => missingParts(combination).length === 0),
  ...combinations.toSorted((a, b) => missingParts(b).length - missingParts(a).length).slice(0, 1),
].filter((combination, i, all) => all.indexOf(combination) === i);

for (const [
  { beside, folder: rules, parts: partsOfRules, least },
  { files, from, parts: partsOfFiles, audit },
  three,
] of cases) {
  const { configuration, config, parts } = three;
  test(`${files} beside ${beside}, with ${configuration}: each rule is loaded, or a warning names it and its file`, {
    ...needs(...partsOfRules, ...partsOfFiles, ...parts),
    timeout: 300_000,
  }, async () => {
    const folder = newFolder();
    for (const place of [rules, from])
      for (const name of readdirSync(place)) if (isRuleFile(name)) cpSync(join(place, name), join(folder, name));
    const loaded = await load({ config: config(folder) });
    const sources = Map.groupBy(loaded.rules.loaded.rules, ({ source }) => source);
    expect(sources.get("syscall")?.length).toBeGreaterThanOrEqual(least);
    expect(sources.get("k8s_audit")?.length).toBeGreaterThanOrEqual(audit);
    const said = loaded.remarks.filter(({ level }) => level === "warning").map(({ message }) => message);
    const active = new Set(loaded.rules.loaded.rules.map(({ name }) => name));
    let leftOut = 0;
    for (const name of readdirSync(from).filter(isRuleFile)) {
      const content = contentOf(join(from, name));
      const about = said.filter((message) => message.includes(`/${name}`)).join("\n");
      const lacking = content.rules.filter((rule) => !active.has(rule));
      expect(lacking.filter((rule) => !about.includes(rule))).toEqual([]);
      const isWhole =
        content.required.length > 0 && about.includes(" is skipped because it requires the missing plugin ");
      if (isWhole) {
        leftOut++;
        expect(content.rules.filter((rule) => !about.includes(rule))).toEqual([]);
      }
    }
    expect(leftOut).toBeGreaterThan(4);
    await expect(load({ config: config(folder), strict: true })).rejects.toThrow(/plugin/);
  });
}

import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Alert } from "../../alert/alert.ts";
import { defaultAlertOptions } from "../../alert/alert.ts";
import { INTERNAL_SOURCE, internalAlert } from "../../alert/internal.ts";
import { loadConfig } from "../../config/load.ts";
import { DocumentEngine } from "../../engine/document-engine.ts";
import { Engine } from "../../engine/engine.ts";
import { EventCode } from "../../event/code.ts";
import { Event } from "../../event/event.ts";
import { writeEvent } from "../../event/write.ts";
import { Machine } from "../../machine/machine.ts";
import { openCapture } from "../../source/capture/source.ts";
import { countAccepted, countRejected, newCounts } from "../../source/feed.ts";
import { openInbox } from "../../source/inbox.ts";
import { absentMetrics, differentMetrics } from "../../telemetry/falco-differences.ts";
import { falcoMetrics } from "../../telemetry/falco-metrics.fixture.ts";
import { Health } from "../../telemetry/health.ts";
import { OTHER } from "../../telemetry/label-counter.ts";
import type { LogLine } from "../../telemetry/log-lines.ts";
import { hostMetrics, processMetrics } from "../../telemetry/process.ts";
import { sample } from "../home.ts";
import { defaultRules, readyRules } from "../load/ready-rules.ts";
import { countAlerts, emptyCounts } from "./count-alerts.ts";
import { type Observer, openObserver } from "./observer.ts";
import { sourceLag } from "./source-lag.ts";
import type { DocumentSource, SessionState } from "./state.ts";

const recording = sample();
const folder = mkdtempSync(join(tmpdir(), "eyas-figures-"));
let observer: Observer | undefined;
afterEach(async () => {
  await observer?.close();
  observer = undefined;
});

/** An observer of the sample capture, replayed to its end with the default rules. */
async function observed(...settings: readonly string[]) {
  const { config } = await loadConfig(undefined, ["webserver.listen_port=0", ...settings]);
  const rules = await readyRules(defaultRules, config, "all", "host");
  const words: LogLine[] = [];
  const reloads = { done: 2, rejected: 1 };
  const health = new Health();
  const around = {
    configFile: undefined,
    hostname: "host",
    reloads,
    health,
    log: (word: LogLine) => words.push(word),
    wake() {},
  };
  const opened = await openObserver({ config, rules }, around);
  observer = opened;
  const machine = new Machine();
  const alerts: Alert[] = [];
  const source = openCapture(recording ?? "");
  const engine = new Engine(source, machine, rules.ruleset, (rule, event) => alerts.push(rules.raise(rule, event)));
  const lost = new Map([["syslog", 3]]);
  const first = BigInt(Date.now() - 5000) * 1_000_000n;
  const counts = {
    ...{ name: "syslog", alerts: 9, delivered: 4, rejected: 1, lost: 3, retries: 1, waiting: 2, first },
    failing: true,
  };
  const nothing = {
    flushed: async () => {},
    reopen() {},
    async deliver() {},
    store: async () => undefined,
    async apply() {},
    async close() {},
  };
  const delivery = { ...nothing, lost, outputs: () => [counts] };
  const begin = (live?: SessionState["live"]): void => {
    engine.drain();
    opened.watch({ engine, machine, delivery, live });
    opened.count(alerts);
  };
  const url = (): string =>
    words.findLast(({ message }) => message.startsWith("Serving"))?.message.match(/http\S+(?=\.$)/)?.[0] ?? "";
  return { config, rules, engine, machine, alerts, words, begin, url, opened, delivery, health };
}

const served = ["webserver.enabled=true", "webserver.prometheus_metrics_enabled=true"];
const seriesOf = (page: string, name: string): string[] => page.split("\n").filter((line) => line.startsWith(name));

test("matches of shadow rules are counted in a separate metric, and raise no alerts", needs("recording"), async () => {
  const { url, begin, engine, alerts } = await observed(...served, "rules[].shadow.rule=*");
  begin();
  expect(alerts).toEqual([]);
  const page = await (await fetch(`${url()}/metrics`)).text();
  const shadow = seriesOf(page, "eyas_shadow_rule_matches_total").map((line) => Number(line.split(" ").at(-1)));
  expect(shadow).toEqual([...engine.matches]);
  expect(shadow.some((count) => count > 0)).toBe(true);
  for (const name of ["eyas_rule_matches_total", "falcosecurity_falco_rules_matches_total"])
    expect(seriesOf(page, name)).toEqual([]);
});

test("health is 503 during startup; metrics equal the counters of the engine", needs("recording"), async () => {
  const { url, begin, engine, alerts } = await observed(...served);
  const health = async (): Promise<unknown> => {
    const response = await fetch(`${url()}/healthz`);
    return [response.status, await response.text()];
  };
  expect(await health()).toEqual([503, '{"status":"starting"}']);
  begin();
  expect(await health()).toEqual([200, '{"status":"ok"}']);

  const page = await (await fetch(`${url()}/metrics`)).text();
  expect(seriesOf(page, "eyas_events_total")).toEqual([`eyas_events_total{source="syscall"} ${engine.events}`]);
  const byType = seriesOf(page, "eyas_events_by_type_total").map((line) => Number(line.split(" ").at(-1)));
  expect(byType.reduce((sum, each) => sum + each, 0)).toBe(engine.events);
  const raised = seriesOf(page, "eyas_alerts_total").map((line) => Number(line.split(" ").at(-1)));
  expect(raised.reduce((sum, each) => sum + each, 0)).toBe(alerts.length);
  expect(alerts.length).toBeGreaterThan(0);
  const matched = [...engine.matches].filter((count) => count > 0);
  expect(seriesOf(page, "falcosecurity_falco_rules_matches_total")).toHaveLength(matched.length);
  expect(seriesOf(page, "eyas_rule_matches_total")).toHaveLength(engine.matches.length);
  expect(seriesOf(page, "eyas_rule_loads_total")).toEqual([
    'eyas_rule_loads_total{outcome="done"} 2',
    'eyas_rule_loads_total{outcome="rejected"} 1',
  ]);
  expect(page).toContain('eyas_output_alerts_total{output="syslog"} 9\n');
  expect(page).toContain('eyas_output_lost_total{output="syslog"} 3\n');
  expect(page).toContain('eyas_output_delivered_total{output="syslog"} 4\n');
  expect(page).toContain('eyas_output_rejected_total{output="syslog"} 1\n');
  expect(page).toContain('eyas_output_backlog_alerts{output="syslog"} 2\n');
  expect(page).toMatch(/^eyas_output_lag_seconds\{output="syslog"\} [5-9]\.?\d*$/m);
  expect(seriesOf(page, "eyas_output_state").filter((line) => !line.endsWith(" 0"))).toEqual([
    'eyas_output_state{output="syslog",state="retrying"} 1',
  ]);
  expect(page).toContain("falcosecurity_falco_outputs_queue_num_drops_total 3\n");
  expect(page).toContain('falcosecurity_scap_engine_name_info{engine_name="savefile",evt_source="syscall"} 1\n');
  // Events of a capture are old, and there are no kernel counters.
  expect(page).not.toContain("eyas_alert_latency_seconds");
  expect(page).not.toContain("falcosecurity_scap_n_evts_total");
});

test(
  "the health response lists the components that are not ok; status 503 means that a critical component has failed",
  needs("recording"),
  async () => {
    const { url, begin, health } = await observed(...served);
    begin();
    const get = async (query = ""): Promise<readonly [number, unknown]> => {
      const response = await fetch(`${url()}/healthz${query}`);
      return [response.status, await response.json()];
    };
    health.set("outputs", "ok");
    health.set("sensor", "ok");
    health.set("disk", "degraded", "/var has less than 256 MiB free");
    expect(await get()).toMatchObject([
      200,
      { status: "degraded", components: { sensor: { status: "ok" }, disk: { status: "degraded" } } },
    ]);
    expect(await get("?exclude=disk")).toEqual([200, { status: "ok" }]);
    expect(await get("?exclude=disk&verbose")).toMatchObject([200, { components: { sensor: { status: "ok" } } }]);
    health.set("sensor", "failed", "a map was changed");
    expect(await get()).toMatchObject([
      503,
      { status: "failed", components: { sensor: { status: "failed", reason: "a map was changed" } } },
    ]);
    const page = await (await fetch(`${url()}/metrics`)).text();
    expect(page).toContain('eyas_component_health{component="sensor",state="failed"} 1\n');
    expect(page).toContain('eyas_component_health{component="sensor",state="ok"} 0\n');
  },
);

test("groups of metrics can be selected and disabled", needs("recording"), async () => {
  const { url, begin } = await observed(
    ...served,
    "metrics.rules_counters_enabled=false",
    "metrics.state_counters_enabled=false",
  );
  begin();
  const names = async (query: string): Promise<Set<string>> => {
    const page = await (await fetch(`${url()}/metrics${query}`)).text();
    return new Set([...page.matchAll(/^# TYPE ([a-z]+)_/gm)].map(([, prefix = ""]) => prefix));
  };
  expect(await names("?names=eyas")).toEqual(new Set(["eyas", "process"]));
  expect(await names("?names=falco")).toEqual(new Set(["falcosecurity"]));
  const nanoseconds = async (query: string) =>
    (await (await fetch(`${url()}/metrics${query}`)).text()).includes("_timestamp_nanoseconds");
  expect(await Promise.all(["", "?names=eyas", "?names=falco", "?names=all"].map(nanoseconds))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  const page = await (await fetch(`${url()}/metrics`)).text();
  expect(page).not.toContain("falcosecurity_falco_rules_matches_total");
  expect(page).not.toContain("falcosecurity_scap_n_threads_total");
  expect(page).toContain("falcosecurity_plugins_container_n_containers_total");
  expect(page).toContain("falcosecurity_falco_memory_rss_bytes");
});

test("each metric of Falco is served or listed as absent in a notice", needs("recording"), async () => {
  expect(falcoMetrics).toHaveLength(49);
  const counts = { events: 9, lost: 4, ringFull: 1, tooLarge: 1, scratchBusy: 1, noRing: 1, overShare: 0 };
  const config = join(folder, "falco.yaml");
  writeFileSync(config, "# a configuration\n");
  const perCpu = "metrics.kernel_event_counters_per_cpu_enabled=true";
  const { url, begin, words } = await observed(...served, perCpu, `config_files=[${config}]`);
  begin({ counts: () => counts, countsByCpu: () => [counts], relieve() {} });
  const page = await (await fetch(`${url()}/metrics?names=falco`)).text();
  const isServed = (name: string): boolean => seriesOf(page, name).length > 0;
  const notice = words.find(({ message }) => message.includes("Falco metrics are not available"));
  const isNamed = (name: string): boolean =>
    notice?.message.includes(`${name},`) || notice?.message.includes(`${name}.`) || false;
  // Container memory exists only in a container; the sample lacks the boot time.
  const onlySome = [
    "falcosecurity_falco_container_memory_used_bytes",
    "falcosecurity_falco_host_boot_timestamp_nanoseconds",
  ];
  expect(falcoMetrics.filter((name) => isServed(name) === isNamed(name) && !onlySome.includes(name))).toEqual([]);
  expect(Object.keys(absentMetrics).filter((name) => !falcoMetrics.includes(name))).toEqual([]);
  expect(Object.keys(differentMetrics).filter((name) => !isServed(name) && !onlySome.includes(name))).toEqual([]);
});

test("frequent scrapes get a cached page", needs("recording"), async () => {
  const { url, begin } = await observed(...served);
  begin();
  const page = async (query: string): Promise<string> => (await fetch(`${url()}/metrics${query}`)).text();
  // On a busy machine, the cached page can be too old at the third request.
  const cached = async (): Promise<string | undefined> => {
    const [first, other, again] = [await page(""), await page("?names=eyas"), await page("?x=1")];
    expect(other).not.toBe(first);
    return again === first ? first : undefined;
  };
  await expect.poll(cached, { interval: 1 }).toBeDefined();
  const before = await page("");
  await expect.poll(() => page("")).not.toBe(before);
});

test("/metrics is 404 if metrics are disabled", needs("recording"), async () => {
  const { url, begin } = await observed("webserver.enabled=true");
  begin();
  expect((await fetch(`${url()}/metrics`)).status).toBe(404);
});

test("the server follows the configuration and logs failures", needs("recording"), async () => {
  const { url, begin, config, rules, opened, words } = await observed(...served);
  begin();
  const first = url();
  const other = { ...config.webserver, k8s_healthz_endpoint: "/alive" };
  await opened.apply({ config: { ...config, webserver: other }, rules });
  await expect(fetch(`${first}/healthz`)).rejects.toThrow();
  expect((await fetch(`${url()}/alive`)).status).toBe(200);
  await opened.apply({ config: { ...config, webserver: { ...other, listen_address: "192.0.2.1" } }, rules });
  expect(words.at(-1)).toMatchObject({ level: "error" });
  expect(words.at(-1)?.message).toMatch(
    /^Cannot serve health and metrics: .* the address is not assigned to this machine\./,
  );
});

test("a snapshot is written to a file and raised as an alert once per interval", needs("recording"), async () => {
  const file = join(folder, "figures");
  const { begin, opened, engine } = await observed(
    "metrics.enabled=true",
    "metrics.interval=100ms",
    `metrics.output_file=${file}`,
    "metrics.include_empty_values=true",
    "metrics.convert_memory_to_mb=false",
  );
  begin();
  expect(opened.due()).toBeUndefined();
  await new Promise((resolve) => setTimeout(resolve, 150));
  const alert = opened.due();
  expect(opened.due()).toBeUndefined();
  expect(alert).toMatchObject({
    rule: "Falco internal: metrics snapshot",
    priority: "Informational",
    source: INTERNAL_SOURCE,
  });
  const { output_fields: fields } = JSON.parse(alert?.json ?? "");
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ output_fields: fields, sample: 1 });
  expect(fields).toMatchObject({
    "falco.num_evts": engine.events,
    "falco.num_evts_prev": 0,
    "scap.engine_name": "savefile",
  });
  expect(fields["falco.memory_rss_kb"]).toBeGreaterThan(10_000);
  expect(fields["falco.rules.matches_total"]).toBe(engine.matches.reduce((sum, each) => sum + each, 0));
  expect(Object.keys(fields)).toEqual(Object.keys(fields).sort());
  expect(Object.keys(fields).filter((name) => name.startsWith("falco.rules."))).toHaveLength(engine.matches.length + 1);
  expect(alert?.text).toContain("Informational Falco metrics snapshot (");
});

test("a snapshot has the groups of metrics that the configuration enables", needs("recording"), async () => {
  const groups = {
    resource_utilization_enabled: "falco.memory_rss_mb",
    state_counters_enabled: "falco.n_threads",
    rules_counters_enabled: "falco.rules.matches_total",
    plugins_metrics_enabled: "plugins.container.n_containers",
  };
  const fieldsWith = async (...options: string[]): Promise<string[]> => {
    const always = ["metrics.enabled=true", "metrics.interval=100ms", "metrics.include_empty_values=true"];
    const { begin, opened } = await observed(...always, ...options);
    begin();
    for (;;) {
      const alert = opened.due();
      if (alert !== undefined) return Object.keys(JSON.parse(alert.json).output_fields);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  expect(await fieldsWith()).toEqual(expect.arrayContaining(Object.values(groups)));
  // Kernel counters are absent in a replay in any case.
  const disabled = [...Object.keys(groups), "kernel_event_counters_enabled", "kernel_event_counters_per_cpu_enabled"];
  const fields = await fieldsWith(...disabled.map((key) => `metrics.${key}=false`));
  for (const name of Object.values(groups)) expect(fields).not.toContain(name);
});

test("metrics.output_rule raises the alert", needs("recording"), async () => {
  const file = join(folder, "only-file");
  const options = ["metrics.interval=100ms", `metrics.output_file=${file}`, "metrics.output_rule=false"];
  const { begin, opened } = await observed("metrics.enabled=true", ...options);
  begin();
  await vi.waitUntil(() => {
    expect(opened.due()).toBeUndefined();
    return existsSync(file);
  });
});

/** An alert of a rule, with fields. */
function alertWith(fields: Readonly<Record<string, string | number | null>>, rule = "r", source = "syscall"): Alert {
  const names = Object.keys(fields);
  return {
    ...internalAlert({ rule, priority: "Error", message: "m", fields: {} }, 1_000_000_000n, defaultAlertOptions),
    source,
    parts: { hostname: "h", output: "", names, values: names.map((name) => JSON.stringify(fields[name])) },
  };
}

test("alerts are counted by namespace, pod and app", () => {
  const counts = emptyCounts();
  const batch = [
    alertWith({ "evt.num": 1, "k8s.ns.name": "shop", "k8s.pod.name": "cart-1", "k8s.deployment.name": "cart" }),
    alertWith({ "k8s.ns.name": "shop", "k8s.pod.name": "cart-1", "k8s.deployment.name": "cart" }),
    alertWith({ "k8s.ns.name": null, "k8s.pod.name": null }),
    alertWith({ "ka.target.namespace": "shop" }, "exec", "k8s_audit"),
    alertWith({ "marathon.app.id": "/shop/cart", "mesos.task.id": "cart.1", "mesos.task.name": "cart" }),
    alertWith({ "cf.app.name": "cart", "cf.space.name": "prod" }),
  ];
  countAlerts(counts, batch, () => false, 0);
  expect([...counts.byWorkload.entries()]).toEqual([
    [["r", "Error", "syscall", "shop", "cart-1", "cart"], 2],
    [["exec", "Error", "k8s_audit", "shop", "", ""], 1],
    [["r", "Error", "syscall", "", "cart.1", "/shop/cart"], 1],
    [["r", "Error", "syscall", "prod", "", "cart"], 1],
  ]);
});

test("the number of workload series is limited; alerts above the limit count by rule", () => {
  const counts = emptyCounts();
  const flood = Array.from({ length: 2000 }, (_, i) =>
    alertWith({ "k8s.ns.name": "bad", "k8s.pod.name": `pod-${i}` }, i % 2 === 0 ? "even" : "odd"),
  );
  countAlerts(counts, flood, () => false, 0);
  const entries = [...counts.byWorkload.entries()];
  expect(entries).toHaveLength(1002);
  expect(entries.slice(-2)).toEqual([
    [["even", "Error", "syscall", OTHER, OTHER, OTHER], 500],
    [["odd", "Error", "syscall", OTHER, OTHER, OTHER], 500],
  ]);
  expect(counts.byWorkload.overflow).toBe(1000);
  expect([...counts.byRule.entries()]).toEqual([
    [["even", "Error", "syscall"], 1000],
    [["odd", "Error", "syscall"], 1000],
  ]);
});

test("alerts are counted by configured labels, under Falcosidekick's metric name", needs("recording"), async () => {
  const { url, begin, opened, config } = await observed(
    ...served,
    "outputs.prometheus.extralabels=proc.name,proc.aname[2],rule,evt.num",
    "outputs.customfields.team\\.name=blue",
    'outputs.templatedfields.place={{ index . "proc.name" }}!',
  );
  expect(config.outputs.prometheus.extralabels).toHaveLength(4);
  begin();
  opened.countReceived([alertWith({ "proc.name": "sh", "evt.num": 1, "k8s.ns.name": "shop" }, "of another")]);
  const page = await (await fetch(`${url()}/metrics`)).text();
  const lines = seriesOf(page, "falcosecurity_falcosidekick_falco_events_total");
  expect(lines.find((line) => line.includes("of another"))).toBe(
    'falcosecurity_falcosidekick_falco_events_total{team_name="blue",place="sh!",proc_name="sh",proc_aname_2_="",evt_num="",rule="of another",priority="5",priority_raw="error",source="syscall",hostname="h",k8s_ns_name="shop",k8s_pod_name=""} 1',
  );
});

test("each source and each origin has metrics", needs("recording"), async () => {
  const { url, begin, opened, engine, machine, delivery, rules } = await observed(
    ...served,
    "metrics.rule_times_enabled=true",
  );
  begin();
  const inbox = openInbox("k8s_audit", { most: 10 });
  const audit = new DocumentEngine(inbox, machine, rules.of("k8s_audit").ruleset, () => {});
  const feed = newCounts("http://127.0.0.1:9765/k8s-audit");
  const stream = {
    source: "k8s_audit",
    engine: audit,
    joined: 1,
    forgotten: 5,
    feeds: [feed, { ...newCounts("/var/log/audit.log"), behind: 12, trouble: "there is no such file" }],
    get waiting() {
      return inbox.waiting;
    },
  };
  const sources: DocumentSource[] = [];
  opened.watch({ engine, machine, delivery, live: undefined, documents: sources });
  sources.push(stream); // sources change with the configuration
  opened.count([]);
  const now = BigInt(Date.now()) * 1_000_000n;
  const documents = [1, 2, 3].map((i) => ({ time: now - 2_000_000_000n, value: { i } }));
  void inbox.offer(documents);
  countAccepted(feed, documents);
  countRejected(feed, "too_large", 4);
  audit.drain(2);
  opened.count([{ ...alertWith({}, "exec", "k8s_audit"), time: now - 2_000_000_000n }]);
  const page = await (await fetch(`${url()}/metrics?names=all`)).text();
  const of = (name: string): string[] => seriesOf(page, name).filter((line) => line.includes('source="k8s_audit"'));
  expect(of("eyas_events_total")).toEqual(['eyas_events_total{source="k8s_audit"} 2']);
  expect(of("eyas_source_waiting_events")).toEqual(['eyas_source_waiting_events{source="k8s_audit"} 1']);
  expect(of("eyas_source_evicted_identities_total")).toEqual([
    'eyas_source_evicted_identities_total{source="k8s_audit"} 5',
  ]);
  expect(of("eyas_source_joined_events_total")).toEqual(['eyas_source_joined_events_total{source="k8s_audit"} 1']);
  expect(of("eyas_feed_").map((line) => line.replace("eyas_feed_", ""))).toEqual([
    'up{source="k8s_audit",from="http://127.0.0.1:9765/k8s-audit"} 1',
    'up{source="k8s_audit",from="/var/log/audit.log"} 0',
    'events_total{source="k8s_audit",from="http://127.0.0.1:9765/k8s-audit"} 3',
    'events_total{source="k8s_audit",from="/var/log/audit.log"} 0',
    'bytes_total{source="k8s_audit",from="http://127.0.0.1:9765/k8s-audit"} 0',
    'bytes_total{source="k8s_audit",from="/var/log/audit.log"} 0',
    'rejected_total{source="k8s_audit",from="http://127.0.0.1:9765/k8s-audit",reason="too_large"} 4',
    'lag_bytes{source="k8s_audit",from="http://127.0.0.1:9765/k8s-audit"} 0',
    'lag_bytes{source="k8s_audit",from="/var/log/audit.log"} 12',
  ]);
  expect(of("eyas_alert_latency_seconds_count")).toEqual(['eyas_alert_latency_seconds_count{source="k8s_audit"} 1']);
  expect(of("eyas_alert_latency_seconds_bucket").find((line) => line.includes('le="1.0"'))).toMatch(/ 0$/);
  expect(page).toContain('falcosecurity_scap_engine_name_info{engine_name="source_plugin",evt_source="k8s_audit"} 1\n');
  expect(seriesOf(page, "eyas_events_total")).toHaveLength(2);
});

test("the lag of a source is the last observed lag, and 0 if the observation is old", () => {
  let clock = 100_000;
  const lag = sourceLag(() => clock);
  const event = new Event();
  expect([lag.lag(), lag.last()]).toEqual([undefined, undefined]);
  const block = writeEvent(EventCode.PLUGINEVENT_E, -1, 98_500_000_000n, []);
  event.place(block, new DataView(block.buffer, block.byteOffset), 0, 0, 4);
  lag.look(event);
  expect([lag.lag(), lag.last()]).toEqual([1.5, 98.5]);
  clock += 20_000;
  expect([lag.lag(), lag.last()]).toEqual([0, 98.5]);
});

test("rule times are measured on a sample of events, if enabled", needs("recording"), async () => {
  const { url, begin, engine, opened, config, rules, delivery } = await observed(
    ...served,
    "metrics.rule_times_enabled=true",
  );
  begin();
  const again = new Engine(openCapture(recording ?? ""), new Machine(), rules.ruleset, () => {});
  opened.watch({ engine: again, machine: new Machine(), delivery, live: undefined });
  while (again.drain(20) > 0);
  const page = await (await fetch(`${url()}/metrics`)).text();
  const numbers = (name: string): number[] => seriesOf(page, name).map((line) => Number(line.split(" ").at(-1)));
  const samples = numbers("eyas_rule_sampled_evaluations_total").reduce((sum, each) => sum + each, 0);
  expect(samples).toBeGreaterThan(20);
  expect(samples).toBeLessThanOrEqual(Math.ceil(again.events / 20));
  const seconds = numbers("eyas_rule_sampled_seconds_total").reduce((sum, each) => sum + each, 0);
  expect(seconds).toBeGreaterThan(0);
  expect([...again.matches]).toEqual([...engine.matches]);
  await opened.apply({ config: { ...config, metrics: { ...config.metrics, rule_times_enabled: false } }, rules });
  expect(again.sample).toBeUndefined();
});

test("latency is the time from event to alert; internal alerts have none", () => {
  const counts = emptyCounts();
  const alert = internalAlert(
    { rule: "r", priority: "Error", message: "m", fields: {} },
    1_000_000_000n,
    defaultAlertOptions,
  );
  countAlerts(counts, [{ ...alert, source: "syscall" }, alert], () => true, 1020);
  expect([...counts.latency].map(([source, { sum, counts }]) => [source, sum, counts.reduce((a, b) => a + b)])).toEqual(
    [["syscall", 0.02, 1]],
  );
});

test("host metrics are read below the root of the machine", () => {
  const root = mkdtempSync(join(folder, "root-"));
  mkdirSync(join(root, "proc/sys/fs"), { recursive: true });
  writeFileSync(join(root, "proc/stat"), "cpu  10 0 20 60 10 0 0 5 0 0\ncpu0 1 1 1 1\nprocs_running 7\n");
  writeFileSync(join(root, "proc/meminfo"), "MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 100 kB\nCached: 200 kB\n");
  writeFileSync(join(root, "proc/sys/fs/file-nr"), "96\t0\t1000\n");
  expect(hostMetrics(root)).toEqual({ cpuUsage: 0.4, memoryUsed: 400 * 1024, running: 7, openFds: 96 });
  expect(hostMetrics(join(root, "none"))).toEqual({});
  expect(processMetrics().rss).toBeGreaterThan(1e7);
});

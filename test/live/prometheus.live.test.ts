// A running Eyas, a Prometheus that scrapes it and has the alerting rules in deploy/, and an Alertmanager.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { home } from "../../src/agent/home.ts";
import { needs } from "../parts/needs.ts";

const launcher = join(home, "bin/eyas");
const folder = mkdtempSync(join(tmpdir(), "eyas-prometheus-"));
const [rules, bait] = [join(folder, "rules.yaml"), join(folder, "bait")];
writeFileSync(bait, "");
writeFileSync(
  rules,
  `
- rule: Bait
  desc: The bait was read
  condition: evt.type in (open, openat, openat2) and proc.name = cat and fd.name = ${bait}
  output: read %fd.name k8s_ns=%k8s.ns.name
  priority: CRITICAL
  tags: [bait, "T1003.008"]
`,
);

const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a program and collects its output. */
function start(program: string, words: readonly string[]): { said(): string } {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes) => {
      text += bytes;
    });
  return { said: () => text };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound !== null ? bound.port : 0));
    });
  });
}

/** Polls until there is a result. */
async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const answer = await Promise.resolve(ask()).catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  throw new Error("timed out");
}

const readBait = () => spawnSync("cat", [bait]);

test(
  "Prometheus scrapes and raises alerts, and Alertmanager shows them",
  needs("sensor", "prometheus", "alertmanager", "promtool"),
  async () => {
    const figures = join(folder, "figures");
    const settings = [
      "webserver={enabled: true, listen_port: 0, prometheus_metrics_enabled: true}",
      `metrics={enabled: true, interval: 500ms, output_file: ${figures}, kernel_event_counters_per_cpu_enabled: true}`,
      "journal.enabled=false",
      "json_output=true",
    ];
    const eyas = start(launcher, ["run", "-r", rules, ...settings.flatMap((each) => ["-o", each])]);
    const url = await until(() => /Serving health and metrics on (http:\S+)\.\n/.exec(eyas.said())?.[1]);
    await until(() => (eyas.said().includes("Watching") ? true : undefined));
    const target = new URL(url).host;

    const [port, alertPort] = [await freePort(), await freePort()];
    const deploy = join(home, "deploy");
    const config = readFileSync(join(deploy, "prometheus/prometheus.yaml"), "utf8")
      .replaceAll(/(scrape|evaluation)_interval: 15s/g, "$1_interval: 1s")
      .replace("eyas-rules.yaml", join(deploy, "prometheus/eyas-rules.yaml"))
      .replace("127.0.0.1:9093", `127.0.0.1:${alertPort}`)
      .replace("127.0.0.1:8765", target);
    writeFileSync(join(folder, "prometheus.yaml"), config);
    start("prometheus-alertmanager", [
      `--config.file=${join(deploy, "alertmanager/alertmanager.yaml")}`,
      `--storage.path=${join(folder, "alertmanager")}`,
      `--web.listen-address=127.0.0.1:${alertPort}`,
      "--cluster.listen-address=",
    ]);
    start("prometheus", [
      `--config.file=${join(folder, "prometheus.yaml")}`,
      `--storage.tsdb.path=${join(folder, "prometheus")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const query = async (text: string): Promise<readonly unknown[] | undefined> => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`);
      const { data } = (await response.json()) as { data: { result: { metric: unknown; value: [number, string] }[] } };
      return data.result.length === 0 ? undefined : data.result.map(({ metric, value }) => [metric, Number(value[1])]);
    };

    const labels = { instance: target, job: "eyas" };
    await until(() => query('eyas_rule_matches_total{rule="Bait"} == 0'));
    await sleep(2500);
    readBait();
    expect(await until(() => query('eyas_rule_matches_total{rule="Bait"} > 0'))).toEqual([
      [{ ...labels, __name__: "eyas_rule_matches_total", rule: "Bait", priority: "Critical", source: "syscall" }, 1],
    ]);
    expect(await query("falcosecurity_falco_rules_matches_total")).toEqual([
      [
        {
          ...labels,
          __name__: "falcosecurity_falco_rules_matches_total",
          rule_name: "Bait",
          priority: "2",
          source: "syscall",
          tag_bait: "true",
          tag_T1003_008: "true",
        },
        1,
      ],
    ]);
    expect(await until(() => query("eyas_alert_latency_seconds_count"))).toMatchObject([
      [{ ...labels, source: "syscall" }, 1],
    ]);
    expect(await query('eyas_source_lag_seconds{source="syscall"} < 10')).toBeDefined();
    expect(await query('time() - eyas_source_last_event_timestamp_seconds{source="syscall"} < 60')).toBeDefined();
    expect(await query('eyas_output_delivered_total{output="stdout"} > 0')).toBeDefined();
    expect(await query('eyas_alert_latency_seconds_bucket{le="1.0"}')).toMatchObject([[labels, 1]]);
    expect(await query("falcosecurity_scap_n_evts_total > 0")).toBeDefined();
    expect(await query("sum(falcosecurity_scap_n_evts_cpu_total) > 0")).toBeDefined();
    expect(await query('eyas_events_by_type_total{type="openat"} > 0')).toBeDefined();

    const raised = await until(async () => {
      const response = await fetch(`http://127.0.0.1:${alertPort}/api/v2/alerts`);
      const alerts = (await response.json()) as { labels: Record<string, string>; receivers: { name: string }[] }[];
      return alerts.find((each) => each.labels.alertname === "EyasSevereFinding");
    });
    expect(raised.labels).toMatchObject({ rule: "Bait", priority: "Critical", instance: target });
    expect(raised.receivers).toEqual([{ name: "on-call" }]);

    const page = await (await fetch(`${url}/metrics`)).text();
    const clean = spawnSync("promtool", ["check", "metrics"], { input: page, encoding: "utf8" });
    expect(clean).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok" });
    const versions: unknown = await (await fetch(`${url}/versions`)).json();
    expect(versions).toMatchObject({ engine_version_semver: expect.stringMatching(/^\d+\.\d+\.\d+$/) });

    const samples = readFileSync(figures, "utf8")
      .trimEnd()
      .split("\n")
      .map((line): { sample: number; output_fields: Record<string, unknown> } => JSON.parse(line));
    expect(samples.map(({ sample }) => sample)).toEqual(samples.map((_, i) => i + 1));
    const last = samples.at(-1)?.output_fields ?? {};
    expect(last).toMatchObject({
      "evt.source": "syscall",
      "falco.rules.Bait": 1,
      "falco.rules.matches_total": 1,
      "scap.engine_name": "modern_bpf",
      "scap.n_drops": 0,
      "falco.memory_rss_mb": expect.any(Number),
    });
    const told = eyas
      .said()
      .split("\n")
      .filter((line) => line.includes("Falco internal: metrics snapshot"));
    expect(Math.abs(told.length - samples.length)).toBeLessThan(3);
    expect(JSON.parse(told[0]!)).toMatchObject({ source: "internal", priority: "Informational" });
  },
);

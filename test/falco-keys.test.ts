import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { logFor } from "../src/agent/log.ts";
import { PendingAlerts } from "../src/agent/pending-alerts.ts";
import { threadLimits } from "../src/agent/sensor/live.ts";
import { loadConfig } from "../src/config/load.ts";
import { kernelSettings } from "../src/source/syscall/describe.ts";
import { seeded } from "./damaged/random.ts";
import { presentCapture } from "./damaged/samples.ts";

// Effects of keys of Falco that no other test names.

const folder = mkdtempSync(join(tmpdir(), "eyas-keys-"));
const capture = join(folder, "generated.scap");
const rules = join(folder, "every.yaml");
writeFileSync(capture, presentCapture(seeded(1), 50));
writeFileSync(
  rules,
  "- rule: Every\n  desc: d\n  condition: evt.num > 0\n  output: seen %evt.num\n  priority: NOTICE\n  tags: [a]\n",
);

async function configWith(...options: string[]) {
  const { config, diagnostics } = await loadConfig(undefined, options, {});
  expect(diagnostics).toEqual([]);
  return config;
}

function replay(...options: string[]): string {
  const words = ["replay", capture, "-r", rules, ...options.flatMap((option) => ["-o", option])];
  return spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8" }).stdout.split("\n")[0] ?? "";
}

test("time_format_iso_8601 and the json_include keys select the form of alerts", () => {
  expect(replay("time_format_iso_8601=true")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4}: Notice seen/);
  const keys = (...options: string[]) => Object.keys(JSON.parse(replay("json_output=true", ...options)));
  const all = keys("json_include_message_property=true");
  expect(all).toEqual(expect.arrayContaining(["message", "output", "output_fields", "tags"]));
  const off = ["json_include_output_property", "json_include_output_fields_property", "json_include_tags_property"];
  expect(keys(...off.map((key) => `${key}=false`))).toEqual(["hostname", "priority", "rule", "source", "time"]);
});

test("buffered_outputs collects alerts; a batch without it is passed on at once", async () => {
  expect((await configWith("buffered_outputs=true")).buffered_outputs).toBe(true);
  const alerts = new PendingAlerts();
  alerts.add({
    rule: "r",
    priority: "Notice",
    source: "syscall",
    tags: [],
    time: 1n,
    message: "",
    text: "",
    json: "{}",
  });
  expect(alerts.take(60_000)).toBeUndefined();
  expect(alerts.take(0)).toHaveLength(1);
});

test("log_stderr and log_syslog select where the log goes", async () => {
  const written: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  try {
    for (const log_stderr of [true, false])
      logFor(await configWith(`log_stderr=${log_stderr}`, "log_syslog=false"))({ level: "error", message: "Seen." });
  } finally {
    process.stderr.write = write;
  }
  expect(written).toEqual([expect.stringContaining("Seen.")]);
});

test("falco_libs limits the threads in memory", async () => {
  const limits = threadLimits(
    await configWith(
      "falco_libs.thread_table_size=1000",
      "falco_libs.thread_table_auto_purging_interval_s=10",
      "falco_libs.thread_table_auto_purging_thread_timeout_s=20",
    ),
  );
  expect(limits).toEqual({ maxThreads: 1000, purgeInterval: 10e9, quietTime: 20e9 });
});

test("engine.kmod applies to kmod, engine.modern_ebpf to modern_ebpf", async () => {
  const options = [
    "engine.kmod.buf_size_preset=6",
    "engine.kmod.drop_failed_exit=true",
    "engine.modern_ebpf.cpus_for_each_buffer=3",
    "engine.modern_ebpf.buf_size_preset=2",
    "engine.modern_ebpf.drop_failed_exit=false",
  ];
  const { engine } = await configWith(...options);
  expect(kernelSettings(engine)).toMatchObject({
    cpus_for_each_buffer: 3,
    buf_size_preset: 2,
    drop_failed_exit: false,
  });
  const module = { cpus_for_each_buffer: 1, buf_size_preset: 6, drop_failed_exit: true };
  expect(kernelSettings((await configWith("engine.kind=kmod", ...options)).engine)).toEqual(module);
});

test("syscall_event_timeouts.max_consecutives is absent by default", async () => {
  expect((await configWith()).syscall_event_timeouts.max_consecutives).toBeUndefined();
  const config = await configWith("syscall_event_timeouts.max_consecutives=10");
  expect(config.syscall_event_timeouts.max_consecutives).toBe(10);
});

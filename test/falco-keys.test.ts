import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { readyRules } from "../src/agent/load/ready-rules.ts";
import { logFor } from "../src/agent/log.ts";
import { PendingAlerts } from "../src/agent/pending-alerts.ts";
import { callsFor, sensorOptions, threadLimits } from "../src/agent/sensor/live.ts";
import { loadConfig } from "../src/config/load.ts";
import { syscallId } from "../src/event/syscalls.ts";
import { enabledOutputs } from "../src/output/enabled.ts";
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

const onOpen = join(folder, "open.yaml");
writeFileSync(onOpen, "- {rule: Open, desc: d, condition: evt.type = openat, output: o, priority: INFO}\n");

async function configWith(...options: string[]) {
  const { config, diagnostics } = await loadConfig(undefined, options, {});
  expect(diagnostics).toEqual([]);
  return config;
}

function replayWith(file: string, ...options: string[]): string {
  const words = ["replay", capture, "-r", file, ...options.flatMap((option) => ["-o", option])];
  return spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8" }).stdout.split("\n")[0] ?? "";
}

const replay = (...options: string[]): string => replayWith(rules, ...options);

test("time_format_iso_8601 and the json_include keys select the form of alerts", () => {
  expect(replay("time_format_iso_8601=true")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4}: Notice seen/);
  const keys = (...options: string[]) => Object.keys(JSON.parse(replay("json_output=true", ...options)));
  const all = keys("json_include_message_property=true");
  expect(all).toEqual(expect.arrayContaining(["message", "output", "output_fields", "tags"]));
  const off = ["json_include_output_property", "json_include_output_fields_property", "json_include_tags_property"];
  expect(keys(...off.map((key) => `${key}=false`))).toEqual(["hostname", "priority", "rule", "source", "time"]);
});

test("buffer_format_base64 prints data in base64", () => {
  const file = join(folder, "data.yaml");
  writeFileSync(file, '- {rule: Data, desc: d, condition: evt.buffer = bash, output: "%evt.buffer", priority: INFO}\n');
  const printed = (...options: string[]): string => replayWith(file, ...options).replace(/^.* /, "");
  expect(printed()).toBe("bash");
  expect(printed("buffer_format_base64=true")).toBe("YmFzaA==");
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

test("each section of an output of Falco is enabled by its key alone", async () => {
  const destinations = [
    ...["file_output.filename=/tmp/alerts", "program_output.program=cat"],
    ...["http_output.url=http://127.0.0.1:1", "stdout_output.enabled=false"],
  ];
  const enabled = async (...options: string[]) =>
    enabledOutputs(await configWith(...destinations, ...options)).map(({ section }) => section);
  const none = await enabled();
  for (const section of ["stdout_output", "syslog_output", "file_output", "program_output", "http_output"])
    expect(await enabled(`${section}.enabled=true`)).toEqual(expect.arrayContaining([...none, section]));
  expect(none).toEqual([]);
});

test("base_syscalls selects what is watched beside the calls of rules", async () => {
  const loaded = await readyRules([onOpen], await configWith(), "all", "");
  const calls = async (...options: string[]) => callsFor(loaded, await configWith(...options), () => {});
  const has = (watched: ReadonlySet<number>, ...names: string[]) =>
    names.map((name) => watched.has(syscallId.get(name) ?? -1));
  expect(has(await calls(), "openat", "connect", "read")).toEqual([true, true, false]);
  expect(has(await calls("base_syscalls.repair=true"), "openat", "connect", "close")).toEqual([true, false, true]);
  expect(has(await calls("base_syscalls.custom_set=[mkdir]"), "mkdir", "connect")).toEqual([true, false]);
  expect(has(await calls("base_syscalls.custom_set=['!openat']"), "openat")).toEqual([false]);
  expect(has(await calls("base_syscalls.all=true"), "connect")).toEqual([true]);
});

test("falco_libs.snaplen and the keys of the engine are options of the sensor", async () => {
  const options = sensorOptions(await configWith("falco_libs.snaplen=512", "engine.modern_ebpf.drop_failed_exit=true"));
  expect(options).toMatchObject({ snaplen: 512, dropFailed: true, ringSize: 8 << 20, cpusPerRing: 2 });
  expect(sensorOptions(await configWith()).snaplen).toBe(80);
});

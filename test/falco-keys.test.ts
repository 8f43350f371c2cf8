import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { home } from "../src/agent/home.ts";
import { readyRules } from "../src/agent/load/ready-rules.ts";
import { PendingAlerts } from "../src/agent/pending-alerts.ts";
import { callsFor, sensorOptions, threadLimits } from "../src/agent/sensor/live.ts";
import { loadConfig } from "../src/config/load.ts";
import { syscallId } from "../src/event/syscalls.ts";
import { enabledOutputs } from "../src/output/enabled.ts";
import { kernelSettings } from "../src/source/syscall/describe.ts";
import { seeded } from "./damaged/random.ts";
import { presentCapture } from "./damaged/samples.ts";
import { needs } from "./parts/needs.ts";

// Tests the effects of Falco's keys that have no other test.

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

test("buffered_outputs delays alerts; without it, a batch is delivered immediately", async () => {
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

test("log_stderr selects whether the log goes to standard error", () => {
  const logOf = (wanted: boolean): string => {
    const options = [`log_stderr=${wanted}`, "log_syslog=false"].flatMap((option) => ["-o", option]);
    const words = ["record", capture, "-w", join(folder, "log.scap"), ...options];
    return spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8" }).stderr;
  };
  expect([logOf(true), logOf(false)]).toEqual([expect.stringMatching(/ notice: .*events written/), ""]);
});

/** A Python program that receives messages on a socket of the system log and prints them. */
const RECEIVER = `
import socket, sys
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(log.recv(8192).decode(), flush=True)
`;

/** A shell script that runs the command in its arguments, in a mount namespace in which /dev/log is a link to $0. */
const WITH_LOG = `
mkdir "$0.dev"; mount -t tmpfs none "$0.dev"
for each in null zero full random urandom tty; do touch "$0.dev/$each"; mount --bind "/dev/$each" "$0.dev/$each"; done
ln -s "$0" "$0.dev/log"; mount --move "$0.dev" /dev
exec "$@"
`;

test("log_syslog sends the log to the system log", needs("root", "mount namespaces", "python3"), async () => {
  const socket = join(folder, "syslog");
  const receiver = spawn("python3", ["-c", RECEIVER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void receiver.kill());
  let received = "";
  receiver.stdout.on("data", (bytes: Buffer) => {
    received += bytes.toString();
  });
  await vi.waitFor(() => expect(received).toContain("listening"), { timeout: 60_000 });
  const options = ["log_stderr=false", "log_syslog=true"].flatMap((option) => ["-o", option]);
  const run = [join(home, "bin/eyas"), "record", capture, "-w", join(folder, "copy.scap"), ...options];
  const { status, stderr } = spawnSync("unshare", ["-m", "sh", "-ec", WITH_LOG, socket, ...run], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const message = /<\d+>\w{3} [ \d]\d [\d:]{8} eyas: .*events written/;
  await vi.waitFor(() => expect(received).toMatch(message), { timeout: 60_000 });
});

test("priority excludes rules that are less severe", () => {
  expect(replay("priority=notice")).toContain("seen 1");
  expect(replay("priority=warning")).not.toContain("seen");
});

test("rule_matching decides whether an event raises an alert of each rule that matches", () => {
  const two = join(folder, "two.yaml");
  const one = (name: string) =>
    `- {rule: ${name}, desc: d, condition: evt.num = 1, output: of ${name}, priority: INFO}\n`;
  writeFileSync(two, one("A") + one("B"));
  const raised = (matching: string): string[] => {
    const words = ["replay", capture, "-r", two, "-o", `rule_matching=${matching}`];
    const { stdout } = spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8" });
    return [...stdout.matchAll(/Informational of (\w)$/gm)].map(([, name = ""]) => name);
  };
  expect(raised("all")).toEqual(["A", "B"]);
  expect(raised("first")).toEqual(["A"]);
});

test("append_output adds text and fields to the alerts of the rules that it selects, and static_fields can be used in them", () => {
  const selected = ["{rule: Every}", "{source: syscall}", "{tags: [a]}", "{rule: Every, tags: [a]}", "{}"];
  const others = ["{rule: Other}", "{source: k8s_audit}", "{tags: [b]}", "{rule: Every, tags: [b]}"];
  const entries = [...selected, ...others].map(
    (match, i) =>
      `{match: ${match}, extra_output: "${i} at %static.place", extra_fields: [evt.type, {f${i}: "%evt.cpu"}]}`,
  );
  const printed = replay("json_output=true", "static_fields={place: rack}", `append_output=[${entries.join(", ")}]`);
  const { output, output_fields }: { output: string; output_fields: Record<string, unknown> } = JSON.parse(printed);
  expect(output).toMatch(/seen 1 0 at rack 1 at rack 2 at rack 3 at rack 4 at rack$/);
  expect(Object.keys(output_fields).filter((name) => /^f\d$/.test(name))).toEqual(["f0", "f1", "f2", "f3", "f4"]);
  expect(output_fields["evt.type"]).toEqual(expect.any(String));
});

test("append_output with suggested_output adds the fields that are suggested for a source", () => {
  const fields = (...options: string[]) =>
    Object.keys(JSON.parse(replay("json_output=true", ...options)).output_fields);
  expect(fields()).not.toContain("container.id");
  expect(fields("append_output=[{suggested_output: true}]")).toEqual(
    expect.arrayContaining(["container.id", "container.name"]),
  );
});

test("falco_libs limits the number of threads in memory", async () => {
  const limits = threadLimits(
    await configWith(
      "falco_libs.thread_table_size=1000",
      "falco_libs.thread_table_auto_purging_interval_s=10",
      "falco_libs.thread_table_auto_purging_thread_timeout_s=20",
    ),
  );
  expect(limits).toEqual({ maxThreads: 1000, purgeInterval: 10e9, quietTime: 20e9 });
  expect(threadLimits(await configWith("falco_libs.thread_table_size=0")).maxThreads).toBe(262_144);
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
  const module = { cpus_for_each_buffer: 1, buf_size_preset: 6, drop_failed_exit: true, btf_file: "" };
  expect(kernelSettings((await configWith("engine.kind=kmod", ...options)).engine)).toEqual(module);
});

test("syscall_event_timeouts.max_consecutives is absent by default", async () => {
  expect((await configWith()).syscall_event_timeouts.max_consecutives).toBeUndefined();
  const config = await configWith("syscall_event_timeouts.max_consecutives=10");
  expect(config.syscall_event_timeouts.max_consecutives).toBe(10);
});

test("each output section of Falco is enabled only by its own key", async () => {
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

test("base_syscalls selects the system calls that are monitored in addition to those that rules need", async () => {
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
  expect(sensorOptions(await configWith("falco_libs.snaplen=0")).snaplen).toBe(80);
});

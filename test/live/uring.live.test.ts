import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { buildRing } from "../uring/ring.ts";
import { home, type LiveSensor, READY_RULE, startSensorWith } from "./sensor.ts";

const SHADOW = "Credential file read by unexpected program";
const CRON = "Scheduled job created or modified";
const KEYS = "SSH authorized_keys file modified";
const CREATED = "Use of io_uring by program in temporary directory";
const OUTBOUND = "Outbound connection by the test";

/** A rule of the test that looks at the call only, as rules for networks do. */
const RULES = `${READY_RULE}
- rule: ${OUTBOUND}
  desc: Fires on a connection of the program of this test.
  condition: evt.type = connect and proc.name = ring and fd.sip = 127.0.0.1 and fd.sport = 49999
  output: "%proc.name %proc.cmdline %evt.is_io_uring"
  priority: NOTICE
`;

const folder = mkdtempSync(join(tmpdir(), "eyas-uring-rules-"));
const at = (name: string) => join(folder, name);
const job = (name: string) => `/etc/cron.d/eyas-test-${process.pid}-${name}`;
const JOBS = ["renamed", "linked", "symbolic", "written"].map(job);

/** Each behavior: the rule, the operations, and options of the ring. */
const BEHAVIORS: readonly (readonly [rule: string, words: readonly string[], options: readonly string[]])[] = [
  [SHADOW, ["openat", "/etc/shadow", "0"], []],
  [SHADOW, ["openat2", "/etc/shadow", "0"], []],
  [SHADOW, ["openat", "/etc/shadow", "0"], ["--sqpoll"]],
  [SHADOW, ["openat", "/etc/shadow", "0"], ["--async"]],
  [SHADOW, ["openat", "/etc/shadow", "0"], ["--defer", "--async"]],
  [SHADOW, ["openat", "innocent", "0"], []],
  [SHADOW, ["openat", "innocent", "0", ",", "read", ",", "close", "0"], ["--direct"]],
  [SHADOW, ["openat", "innocent", "0", ",", "read", ",", "close", "0"], ["--direct", "--skip"]],
  [SHADOW, ["openat", `${"/".repeat(2000)}proc/self/root/etc/shadow`, "0"], []],
  [CRON, ["openat", job("written"), "0101"], []],
  [CRON, ["renameat2", "moved", job("renamed")], []],
  [CRON, ["linkat", "file", job("linked")], []],
  [CRON, ["symlinkat", "/bin/true", job("symbolic")], []],
  [CRON, ["symlinkat", "/bin/true", job("symbolic")], ["--skip"]],
  [KEYS, ["renameat2", "moved", ".ssh/authorized_keys"], []],
  [CREATED, ["close", "99"], []],
  [OUTBOUND, ["connect", "127.0.0.1", "49999"], []],
  [OUTBOUND, ["connect", "127.0.0.1", "49999"], ["--skip"]],
];

function title([rule, words, options]: (typeof BEHAVIORS)[number]): string {
  return `${rule}: ${[...options, ...words].join(" ").replace(/\/{9,}/, "/…/")}`;
}

describe("rules on system calls", needs("sensor", "gcc", "liburing"), () => {
  let sensor: LiveSensor;
  let program = "";
  let server: Server | undefined;

  beforeAll(async () => {
    program = buildRing(folder);
    symlinkSync("/etc/shadow", at("innocent"));
    mkdirSync(at(".ssh"));
    const files = ["syscall.yaml", "syscall_incubating.yaml"].map((name) => join(home, "rules", name));
    server = createServer().listen(49_999, "127.0.0.1");
    sensor = await startSensorWith(files, RULES);
  }, 180_000);

  afterAll(async () => {
    await sensor?.stop();
    server?.close();
    for (const path of JOBS) rmSync(path, { force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(BEHAVIORS.map((one) => [title(one), ...one] as const))(
    "%s",
    async (_title, rule, words, options) => {
      for (const path of JOBS) rmSync(path, { force: true });
      for (const name of ["file", "moved"]) writeFileSync(at(name), "");
      const before = sensor.alerts().length;
      const { status, stderr } = spawnSync(program, [...options, ...words], {
        cwd: folder,
        encoding: "utf8",
        timeout: 5000,
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      await sensor.settled();
      const alerts = sensor.alerts().slice(before);
      expect(alerts.filter((alert) => alert.rule === rule && alert.fields["proc.name"] === "ring")).not.toEqual([]);
    },
    60_000,
  );

  test("run with the programs for io_uring", async () => {
    await sensor.settled();
    expect(sensor.log()).not.toContain("are not watched");
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { alertWith } from "../../alert.fixture.ts";
import { asText } from "../../output.ts";
import { syslogMessage, syslogOutput } from "./output.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-syslog-"));
const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) await stop(child);
});

/** Starts rsyslogd, which listens at `socket` and writes priority, tag and text of each message to `log`. */
async function startRsyslog(socket: string, log: string): Promise<ChildProcess> {
  const config = join(folder, "rsyslog.conf");
  writeFileSync(
    config,
    `module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}")
template(name="whole" type="string" string="%pri% %syslogtag%%msg%\\n")
action(type="omfile" file="${log}" template="whole")\n`,
  );
  rmSync(socket, { force: true });
  const child = spawn("rsyslogd", ["-n", "-f", config, "-i", join(folder, "pid")], { stdio: "inherit" });
  running.push(child);
  await until(() => existsSync(socket));
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await sleep(25);
  expect(holds()).toBe(true);
}

test("a message has the priority, time and name of RFC 3164", () => {
  expect(syslogMessage(2, "text", new Date(2026, 10, 5, 1, 2, 3))).toBe("<10>Nov  5 01:02:03 eyas: text");
});

test("without a syslog daemon, an alert is retried", async () => {
  const output = syslogOutput(asText, join(folder, "nothing"));
  expect(await output.deliver([alertWith("one")])).toEqual({
    outcome: "retry",
    reason: expect.stringContaining("ENOENT"),
    unreachable: true,
  });
});

test("rsyslog receives each alert with its severity, even after a restart", needs("rsyslogd"), async () => {
  const socket = join(folder, "log");
  const log = join(folder, "received");
  const output = syslogOutput(asText, socket);
  const received = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
  const first = await startRsyslog(socket, log);
  expect(await output.deliver([alertWith("one", "Emergency"), alertWith("zwölf", "Debug")])).toEqual({
    outcome: "delivered",
  });
  await until(() => received().includes("zwölf"));
  await stop(first);
  expect(await output.deliver([alertWith("lost")])).toMatchObject({ outcome: "retry" });
  await startRsyslog(socket, log);
  expect(await output.deliver([alertWith("three")])).toEqual({ outcome: "delivered" });
  await until(() => received().includes("three"));
  expect(received()).toBe("8 eyas: one\n15 eyas: zwölf\n12 eyas: three\n");
  expect(await output.deliver([alertWith("x".repeat(2 ** 20))])).toMatchObject({ outcome: "rejected" });
  await output.close();
});

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, succeeds } from "../../../test/response/scene.ts";
import { ownAncestors, readProcess } from "./own-process.ts";
import { openProtection } from "./protected.ts";

const kill = actionOf(succeeds, { name: "host:kill", ofProcess: true });
const NOBODY = 65_534;

const folder = mkdtempSync(join(tmpdir(), "eyas-never-"));
chmodSync(folder, 0o755); // other users start programs in it
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
});

/** Starts a process whose program is named `sshd`. */
function sshdOf(uid: number, mode: number, ...before: readonly string[]): Promise<number> {
  return programOf("sshd", uid, mode, ...before);
}

async function programOf(name: string, uid: number, mode: number, ...before: readonly string[]): Promise<number> {
  rmSync(join(folder, name), { force: true });
  const file = copyOfSleep(name);
  chmodSync(file, mode);
  chownSync(file, uid, uid);
  const [command, ...args] = [...before, file, "30"];
  child = spawn(command, args, { stdio: "ignore" });
  let pid = child.pid ?? 0;
  for (let i = 0; i < 200; i++) {
    const children = execFileSync("sh", ["-c", `cat /proc/${child.pid}/task/*/children`], { encoding: "utf8" }).trim();
    if (children !== "") pid = Number(children.split(" ")[0]);
    if (execFileSync("readlink", [`/proc/${pid}/exe`], { encoding: "utf8" }).trim() === file) return pid;
    await sleep(10);
  }
  throw new Error("the program did not start");
}

function copyOfSleep(name: string): string {
  const file = join(folder, name);
  copyFileSync("/bin/sleep", file);
  return file;
}

const settings = { targets: [], namespaces: [], processes: ["sshd"], users: [] };

describe("protected programs", needs("root"), () => {
  const verdict = (pid: number): string | undefined =>
    openProtection(settings, "/")(kill, alertWith({ "proc.pid": pid, "proc.name": "x" }), "x");

  it("are recognized by their executable", async () => {
    expect(verdict(await sshdOf(0, 0o755))).toBe("responses.never.processes contains sshd");
  });

  it.each([
    ["removed", () => rmSync(join(folder, "sshd"))],
    ["replaced", () => renameSync(copyOfSleep("new"), join(folder, "sshd"))],
  ])("are recognized after their executable was %s", async (_, change) => {
    const pid = await sshdOf(0, 0o755);
    change();
    expect(verdict(pid)).toBe("responses.never.processes contains sshd");
  });

  it.each([
    ["was owned by another user", NOBODY, 0o755],
    ["was writable by other users", 0, 0o777],
  ])("are not recognized after their executable was removed if it %s", async (_, uid, mode) => {
    const pid = await sshdOf(uid, mode);
    rmSync(join(folder, "sshd"));
    expect(verdict(pid)).toBeUndefined();
  });

  it.each([
    ["is owned by another user", NOBODY, 0o755],
    ["is writable by other users", 0, 0o777],
  ])("are not recognized if the executable %s", async (_, uid, mode) => {
    expect(verdict(await sshdOf(uid, mode))).toBeUndefined();
  });

  it("are not recognized if another user runs them", async () => {
    for (const change of [["--reuid=65534", "--clear-groups"], ["--ruid=65534"], ["--euid=65534"]]) {
      expect(verdict(await sshdOf(0, 0o755, "setpriv", ...change)), String(change)).toBeUndefined();
      child?.kill("SIGKILL");
    }
  });

  it("include the message bus, which runs as a system user", async () => {
    const root = join(folder, "root");
    mkdirSync(join(root, "etc"), { recursive: true });
    symlinkSync("/proc", join(root, "proc"));
    const pid = await programOf("dbus-daemon", 0, 0o755, "setpriv", "--reuid=65534", "--clear-groups");
    const never = openProtection({ ...settings, processes: ["dbus-daemon"] }, root);
    const reasons = ["messagebus", "alice"].map((user) => {
      writeFileSync(join(root, "etc/passwd"), `root:x:0:0::/:/bin/sh\n${user}:x:65534:65534::/:/bin/sh\n`);
      return never(kill, alertWith({ "proc.pid": pid }), "x");
    });
    expect(reasons).toEqual(["responses.never.processes contains dbus-daemon", undefined]);
  });

  it("are not recognized in a container, which can choose its paths", needs("root", "PID namespaces"), async () => {
    const pid = await sshdOf(0, 0o755, "unshare", "--pid", "--fork");
    expect(readProcess(pid, "/")).toMatchObject({ isOfHost: false, uid: "0" });
    expect(verdict(pid)).toBeUndefined();
  });

  it("are not recognized in user namespaces, where users can mount", needs("root", "PID namespaces"), async () => {
    const pid = await sshdOf(0, 0o755, "unshare", "--user", "--map-root-user", "--fork");
    expect(verdict(pid)).toBeUndefined();
  });

  it("processes of a protected user are protected, regardless of the user in the alert", async () => {
    const pid = await sshdOf(NOBODY, 0o755);
    const never = openProtection({ ...settings, users: ["0"] }, "/");
    expect(never(kill, alertWith({ "proc.pid": pid }), "x")).toBe("responses.never.users contains 0");
  });
});

it("own ancestors are this process and its parents up to process 1", () => {
  const line = ownAncestors("/");
  expect([...line]).toEqual(expect.arrayContaining([1, process.pid, process.ppid]));
  expect(readProcess(999_999_999, "/")).toBeUndefined();
});

it("the node of a protected pod is protected as well", () => {
  const never = openProtection({ ...settings, targets: ["pod shop/web-*"] }, undefined);
  const reason = "responses.never.targets contains pod shop/web-*";
  const cordon = actionOf(succeeds, { name: "kubernetes:cordon" });
  const verdicts = ["pod shop/web-1", "node of pod shop/web-1", "node of pod shop/db-1"].map((target) =>
    never(cordon, alertWith({}), target),
  );
  expect(verdicts).toEqual([reason, reason, undefined]);
});

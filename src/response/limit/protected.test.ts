import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { alertWith } from "../../../test/response/alert.ts";
import { actionOf, does } from "../../../test/response/scene.ts";
import { lookAtProcess, ownLine } from "./own-process.ts";
import { openNever } from "./protected.ts";

const kill = actionOf(does, { name: "host:kill", ofProcess: true });
const NOBODY = 65_534;

const folder = mkdtempSync(join(tmpdir(), "eyas-never-"));
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
});

/** A process whose program is called `sshd`. */
async function sshdOf(uid: number, mode: number, ...before: readonly string[]): Promise<number> {
  const file = join(folder, "sshd");
  rmSync(file, { force: true });
  copyFileSync("/bin/sleep", file);
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
  throw new Error("it did not begin");
}

const settings = { targets: [], namespaces: [], processes: ["sshd"], users: [] };

describe("programs that are never touched", needs("root"), () => {
  const verdict = (pid: number): string | undefined =>
    openNever(settings, "/")(kill, alertWith({ "proc.pid": pid, "proc.name": "x" }), "x");

  it("are told by their file", async () => {
    expect(verdict(await sshdOf(0, 0o755))).toBe("responses.never.processes has sshd");
  });

  it.each([
    ["belongs to another", NOBODY, 0o755],
    ["can be written by others", 0, 0o777],
  ])("don't count where the file %s than root", async (_, uid, mode) => {
    expect(verdict(await sshdOf(uid, mode))).toBeUndefined();
  });

  it("don't count in a container, where anything may be called anything", needs("root", "pid namespaces"), async () => {
    const pid = await sshdOf(0, 0o755, "unshare", "--pid", "--fork");
    expect(lookAtProcess(pid, "/")).toMatchObject({ isOfHost: false, uid: "0" });
    expect(verdict(pid)).toBeUndefined();
  });

  it("a user's processes are left alone, whatever the alert says of users", async () => {
    const pid = await sshdOf(NOBODY, 0o755);
    const never = openNever({ ...settings, users: ["0"] }, "/");
    expect(never(kill, alertWith({ "proc.pid": pid }), "x")).toBe("responses.never.users has 0");
  });
});

it("this program, and all that it descends from, is its own line", () => {
  const line = ownLine("/");
  expect([...line]).toEqual(expect.arrayContaining([1, process.pid, process.ppid]));
  expect(lookAtProcess(999_999_999, "/")).toBeUndefined();
});

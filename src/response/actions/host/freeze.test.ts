import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { hostileFileNames } from "../../../../test/response/hostile.ts";
import { alertOf, requestOf, type Sleeper, startSleeper } from "../../../../test/response/process.ts";
import { withFallbacks } from "../../parameters.ts";
import { cgroupsOf, isWithin } from "./cgroup.ts";
import { action } from "./freeze.ts";

const hierarchies = cgroupsOf("self").map(({ version, folder, path }) => ({
  version,
  root: path === "/" ? folder : folder.slice(0, -path.length),
}));
const unified = hierarchies.find(({ version }) => version === 2);

const made: string[] = [];
const started: Sleeper[] = [];

/** Starts a process in a separate cgroup. */
function startIn(folder: string): Sleeper {
  let at = folder;
  while (!existsSync(at)) at = at.slice(0, at.lastIndexOf("/"));
  for (const name of folder
    .slice(at.length + 1)
    .split("/")
    .filter(Boolean)) {
    at = `${at}/${name}`;
    mkdirSync(at);
    made.push(at);
  }
  const sleeper = startSleeper();
  started.push(sleeper);
  writeFileSync(`${folder}/cgroup.procs`, String(sleeper.pid));
  return sleeper;
}

const freeze = (pid: number, given: Record<string, unknown> = {}) =>
  action.run(requestOf(alertOf({ "proc.pid": pid }), withFallbacks(action.parameters, given)));

afterEach(async () => {
  for (const folder of made) {
    if (existsSync(`${folder}/cgroup.freeze`)) writeFileSync(`${folder}/cgroup.freeze`, "0");
    if (existsSync(`${folder}/freezer.state`)) writeFileSync(`${folder}/freezer.state`, "THAWED");
  }
  for (const each of started.splice(0)) await each.end();
  for (const folder of made.splice(0).reverse()) {
    for (let i = 0; i < 50; i++) {
      try {
        rmdirSync(folder);
        break;
      } catch {
        await sleep(10); // the process is still exiting
      }
    }
  }
});

describe("host:freeze with cgroups of version 2", needs("all processes", "cgroups, version 2"), () => {
  const root = unified?.root ?? "";
  const frozen = (path: string): boolean => readFileSync(`${root}/${path}/cgroup.events`, "utf8").includes("frozen 1");

  test("freezes the cgroup of the process and no other", async () => {
    const { pid } = startIn(`${root}/eyas-test/web.service`);
    startIn(`${root}/eyas-test/db.service`);
    expect(await freeze(pid)).toMatchObject({
      outcome: "done",
      answer: expect.stringMatching(
        /^Froze the cgroup \/eyas-test\/web\.service; to thaw it, write 0 to .*\/cgroup\.freeze\.$/,
      ),
    });
    expect(frozen("eyas-test/web.service")).toBe(true);
    expect(frozen("eyas-test/db.service")).toBe(false);
    expect(await freeze(pid)).toMatchObject({ outcome: "skipped", reason: expect.stringContaining("already") });
  });

  test("never freezes a slice or an excepted cgroup", async () => {
    const slice = startIn(`${root}/eyas-test.slice`);
    expect(await freeze(slice.pid)).toMatchObject({
      reason: "The cgroup /eyas-test.slice is a slice, which contains many services.",
    });
    const ssh = startIn(`${root}/eyas-test/ssh.service`);
    expect(await freeze(ssh.pid)).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("*/ssh.service"),
    });
    expect(await freeze(ssh.pid, { except: [] })).toMatchObject({ outcome: "done" });
  });

  test("freezes a cgroup below the service manager of a user, whatever its name", async () => {
    const manager = "user.slice/user-65533.slice/user@65533.service";
    for (const name of ["x.slice", "ssh.service"]) {
      const { pid } = startIn(`${root}/${manager}/${name}`);
      expect(await freeze(pid), name).toMatchObject({ outcome: "done" });
      expect(frozen(`${manager}/${name}`), name).toBe(true);
    }
    const { pid } = startIn(`${root}/${manager}/mine.service`);
    expect(await freeze(pid, { except: ["*/mine.service"] })).toMatchObject({ outcome: "skipped" });
  });

  test("never freezes its own cgroup", async () => {
    const { pid } = startIn(`${root}/eyas-test/self`);
    const back = cgroupsOf("self").find(({ version }) => version === 2)?.folder;
    try {
      writeFileSync(`${root}/eyas-test/self/cgroup.procs`, String(process.pid));
      expect(await freeze(pid)).toEqual({
        outcome: "skipped",
        reason: "The cgroup /eyas-test/self contains Eyas itself.",
      });
    } finally {
      writeFileSync(`${back}/cgroup.procs`, String(process.pid));
    }
  });

  test("treats the name of a cgroup as data", async () => {
    for (const [why, name] of Object.entries(hostileFileNames)) {
      if (name.includes("\n") || name.endsWith(".slice") || /^[-\w]*$/.test(name)) continue;
      const { pid } = startIn(`${root}/eyas-test/${name}`);
      expect(await freeze(pid), why).toMatchObject({ outcome: "done" });
      expect(frozen(`eyas-test/${name}`), why).toBe(true);
    }
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
  });
});

const freezer = hierarchies.find(({ version }) => version === 1);
describe("host:freeze with the freezer of version 1", needs("all processes", "cgroups, version 1"), () => {
  test("freezes a process without a cgroup of version 2", async () => {
    const { pid } = startIn(`${freezer?.root}/eyas-test/web`);
    if (unified !== undefined) writeFileSync(`${unified.root}/cgroup.procs`, String(pid));
    expect(await freeze(pid)).toMatchObject({ outcome: "done", answer: expect.stringContaining("/eyas-test/web;") });
    expect(readFileSync(`${freezer?.root}/eyas-test/web/freezer.state`, "utf8")).toBe("FROZEN\n");
  });
});

describe("without a cgroup to freeze", needs("all processes"), () => {
  test("the root is never frozen", needs("all processes", "root cgroup"), async () => {
    const sleeper = startSleeper();
    started.push(sleeper);
    expect(await freeze(sleeper.pid)).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("the root"),
    });
  });
});

test("a cgroup is within its parents, not within cgroups with the same prefix", () => {
  expect(isWithin("/a/b", "/a")).toBe(true);
  expect(isWithin("/a", "/a")).toBe(true);
  expect(isWithin("/a", "/")).toBe(true);
  expect(isWithin("/ab", "/a")).toBe(false);
});

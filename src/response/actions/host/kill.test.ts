import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { hostileFileNames } from "../../../../test/response/hostile.ts";
import { alertOf, requestOf, type Sleeper, startSleeper, stateOf } from "../../../../test/response/process.ts";
import { withFallbacks } from "../../parameters.ts";
import { action } from "./kill.ts";
import { Clock, clock } from "./libc.ts";
import { ancestorsOf, readFacts, TICK } from "./proc.ts";

const LAST_PID = "/proc/sys/kernel/ns_last_pid";
const bootTime = clock(Clock.REALTIME) - clock(Clock.BOOTTIME);
const started: Sleeper[] = [];

function start(...how: Parameters<typeof startSleeper>): Sleeper {
  const made = startSleeper(...how);
  started.push(made);
  return made;
}

afterEach(async () => {
  for (const each of started.splice(0)) await each.end();
});

function kill(pid: number, given: Record<string, unknown> = {}, alert = alertOf({ "proc.pid": pid })) {
  return action.run(requestOf(alert, withFallbacks(action.parameters, given)));
}

describe("host:kill", needs("all processes"), () => {
  test("kills the alert's process and waits for its end", async () => {
    const { pid, ended } = start();
    expect(await kill(pid)).toEqual({ outcome: "done", answer: expect.stringMatching(`^Killed process ${pid} \\(`) });
    expect(await ended).toBe("SIGKILL");
    expect(await kill(pid)).toEqual({ outcome: "skipped", reason: `Process ${pid} has exited.` });
  });

  test("sends another signal on request", async () => {
    const { pid, ended } = start();
    expect(await kill(pid, { signal: "TERM" })).toMatchObject({ outcome: "done" });
    expect(await ended).toBe("SIGTERM");
  });

  test("kills a process tree and no other process", async () => {
    const other = start();
    const root = start("sh", ["-c", "(sleep 601 & (sleep 602 & sleep 603) & wait) & sleep 604 & wait"]);
    let line: number[] = [];
    for (let i = 0; i < 100 && line.length < 6; i++) {
      await sleep(20);
      line = descendants(root.pid);
    }
    expect(line.length).toBe(6);
    const answer = await kill(root.pid, { tree: true });
    expect(answer).toMatchObject({ answer: expect.stringContaining(`and ${line.length - 1} descendants`) });
    expect(await root.ended).toBe("SIGKILL");
    expect(line.map(stateOf).filter((state) => state !== "gone" && state !== "Z")).toEqual([]);
    expect(stateOf(other.pid)).toBe("S");
  });

  test("sends another signal to a tree, whose processes handle the signal", async () => {
    const alone = start();
    expect(await kill(alone.pid, { signal: "TERM", tree: true })).toMatchObject({ outcome: "done" });
    expect(await alone.ended).toBe("SIGTERM");
    const root = start("sh", ["-c", "sleep 606 & wait"]);
    await expect.poll(() => descendants(root.pid).length).toBe(2);
    const [child = 0] = descendants(root.pid).filter((pid) => pid !== root.pid);
    expect(await kill(root.pid, { signal: "TERM", tree: true })).toMatchObject({ outcome: "done" });
    expect(await root.ended).toBe("SIGTERM");
    await expect.poll(() => ["gone", "Z"].includes(stateOf(child))).toBe(true);
  });

  test("kills a fast-growing process tree completely", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-tree-"));
    const mark = join(folder, "grows");
    const root = start("sh", ["-c", `while :; do (sleep 605; : ${mark}) & sleep 0.001; done`]);
    await sleep(150);
    expect(await kill(root.pid, { tree: true })).toMatchObject({ outcome: "done" });
    await root.ended;
    await sleep(20);
    expect(running(mark)).toEqual([]);
  });

  test(
    "never kills a process with a reused ID, even if it started in the same tick",
    needs("all processes", "choosing pids"),
    async () => {
      let reused = 0;
      for (let round = 0; round < 60 && reused < 5; round++) {
        const first = startSleeper();
        await first.end();
        const ended = alertOf({ "proc.pid": first.pid, "proc.name": "sleep" });
        writeFileSync(LAST_PID, String(first.pid - 1));
        const second = start();
        const facts = readFacts(second.pid);
        if (second.pid !== first.pid || facts === undefined) continue; // another process got the ID
        reused++;
        const tick = bootTime + facts.startTicks * TICK; // the process started later within this tick
        const alert = { ...ended, time: ended.time > tick ? ended.time : tick + 2_000n };
        const reason = `Process ${second.pid} is not the alert's process, which has exited.`;
        expect(await kill(second.pid, {}, alert)).toEqual({ outcome: "skipped", reason });
        expect(await kill(second.pid, { tree: true }, alert)).toEqual({ outcome: "skipped", reason });
        expect(["S", "R", "D"]).toContain(stateOf(second.pid));
      }
      expect(reused).toBe(5);
    },
  );

  test("recognizes a process that started within the tick of its event", async () => {
    for (let i = 0; i < 5; i++) {
      const { pid, ended } = start();
      expect(await kill(pid)).toMatchObject({ outcome: "done" });
      await ended;
    }
  });

  test(
    "compares name, executable and parent if start times are only known in ticks",
    needs("all processes", "capabilities"),
    () => {
      const script = `
      import { setTimeout as sleep } from "node:timers/promises";
      import { action } from "${join(import.meta.dirname, "kill.ts")}";
      import { Clock, clock } from "${join(import.meta.dirname, "libc.ts")}";
      import { readFacts, TICK } from "${join(import.meta.dirname, "proc.ts")}";
      import { alertOf, requestOf, startSleeper } from "${join(import.meta.dirname, "../../../../test/response/process.ts")}";
      const { pid, end } = startSleeper();
      while (readFacts(pid).name !== "sleep") await sleep(2);
      const born = clock(Clock.REALTIME) - clock(Clock.BOOTTIME) + readFacts(pid).startTicks * TICK;
      const said = [];
      for (const fields of [{}, { "proc.name": "cat" }, { "proc.name": "sleep", "proc.ppid": 1 }, { "proc.name": "sleep" }]) {
        const alert = alertOf({ "proc.pid": pid, ...fields }, { time: born + TICK / 2n });
        said.push((await action.run(requestOf(alert))).outcome);
      }
      console.log(said.join());
      await end();
    `;
      const found = spawnSync("setpriv", [...weak, process.execPath, "--input-type=module", "-e", script], {
        encoding: "utf8",
      });
      expect(`${found.stdout}${found.stderr}`).toBe("skipped,skipped,skipped,done\n");
    },
  );

  test("kills a process whose first thread has ended", needs("all processes", "python3"), async () => {
    const threads =
      "import threading,time,ctypes;threading.Thread(target=time.sleep,args=(600,)).start();ctypes.CDLL(None).pthread_exit(None)";
    const { pid, ended } = start("python3", ["-c", threads]);
    for (let i = 0; i < 200 && stateOf(pid) !== "Z"; i++) await sleep(10);
    expect(stateOf(pid)).toBe("Z");
    expect(await kill(pid)).toMatchObject({ outcome: "done" });
    expect(await ended).toBe("SIGKILL");
  });

  test("kills a process with any name", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eyas-names-"));
    for (const [why, name] of Object.entries({ ...hostileFileNames, "what stat has after a name": "a) Z 1 (b) 0 0" })) {
      copyFileSync("/bin/sleep", join(folder, name));
      const { pid, ended } = start(join(folder, name));
      await sleep(5);
      const alert = alertOf({ "proc.pid": pid, "proc.name": name, "proc.cmdline": name });
      expect(action.target(alert, {}), why).toEqual({ target: `process ${pid} ${name}` });
      expect(await kill(pid, { tree: true }, alert), why).toMatchObject({ outcome: "done" });
      expect(await ended, why).toBe("SIGKILL");
    }
    rmSync(folder, { recursive: true });
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
  });

  test("kills processes in alerts of other sources only if the alert has their start time", async () => {
    const { pid } = start();
    const document = { source: "suricata" } as const;
    expect(await kill(pid, {}, alertOf({ "proc.pid": pid }, document))).toMatchObject({ outcome: "skipped" });
    const early = { "proc.pid": pid, "proc.pid.ts": String(clock(Clock.REALTIME) - 1_000_000_000n) };
    expect(await kill(pid, {}, alertOf(early, document))).toMatchObject({ outcome: "skipped" });
    const right = { "proc.pid": pid, "proc.pid.ts": String(clock(Clock.REALTIME)) };
    expect(await kill(pid, {}, alertOf(right, document))).toMatchObject({ outcome: "done" });
  });

  test("skips an alert of another machine", async () => {
    const { pid } = start();
    const alert = alertOf({ "proc.pid": pid }, { hostname: "there" });
    const reason = "The alert is from host there, not from this machine.";
    expect(await kill(pid, {}, alert)).toEqual({ outcome: "skipped", reason });
  });

  test("never kills process 1, itself, its ancestors or kernel threads", async () => {
    for (const pid of ancestorsOf(process.pid))
      expect(await kill(pid), String(pid)).toMatchObject({ outcome: "skipped" });
    expect(await kill(2)).toEqual({ outcome: "skipped", reason: "Process 2 is a kernel thread." });
    expect(await kill(1)).toEqual({ outcome: "skipped", reason: "Process 1 is protected." });
  });

  test("reports a missing proc.pid, and rejects invalid ids", () => {
    expect(action.target(alertOf({}), {})).toHaveProperty("missing");
    for (const pid of [0, -1, 1.5, "12", 1e10, null, [12]]) {
      expect(action.target(alertOf({ "proc.pid": pid }), {})).toHaveProperty("missing");
    }
    const fields = { "proc.pid": 12, "proc.name": "cat", "proc.pid.ts": "1700000000000000000" };
    expect(action.target(alertOf(fields), {})).toEqual({ target: "process 12 cat started at 1700000000000000000" });
  });
});

test("does nothing in its own PID namespace", needs("all processes"), async () => {
  const script = `
    import { action } from "${join(import.meta.dirname, "kill.ts")}";
    import { alertOf, requestOf } from "${join(import.meta.dirname, "../../../../test/response/process.ts")}";
    console.log(JSON.stringify(await action.run(requestOf(alertOf({ "proc.pid": 2 })))));
  `;
  const words = ["--fork", "--pid", "--mount-proc", process.execPath, "--input-type=module", "-e", script];
  const child = spawn("unshare", words, { stdio: ["ignore", "pipe", "pipe"] });
  let [said, complaint] = ["", ""];
  child.stdout.on("data", (bytes) => {
    said += bytes;
  });
  child.stderr.on("data", (bytes) => {
    complaint += bytes;
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (complaint.includes("Operation not permitted")) return;
  expect(said).toContain("its own PID namespace");
});

/** Arguments of setpriv(1) that remove only the capability to read the start times of processes. */
const weak = ["--bounding-set=-net_admin", "--inh-caps=-net_admin"];

function descendants(root: number): number[] {
  const found = [root];
  for (const pid of found) {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    found.push(...text.split(" ").filter(Boolean).map(Number));
  }
  return found;
}

/** PIDs of processes whose command line contains a word. */
function running(word: string): number[] {
  const ids = Array.from({ length: 32_768 }, (_, i) => i);
  return ids.filter((pid) => {
    try {
      return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word);
    } catch {
      return false;
    }
  });
}

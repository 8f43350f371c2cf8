import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { home } from "../../src/agent/home.ts";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { Event } from "../../src/event/event.ts";
import { openCapture } from "../../src/source/capture/source.ts";
import { keepDescendants } from "./filter.ts";
import type { Workload } from "./workloads.ts";

const eyas = join(home, "bin/eyas");

/** Maximum output of a replay, in bytes. */
const LARGEST_OUTPUT = 1 << 30;

/**
 * Runs its arguments in the root of each cgroup hierarchy, so that they are processes outside containers even if this
 * program is in a container.
 */
const ON_HOST =
  'for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do echo $$ >"$procs"; done 2>/dev/null; exec "$@"';

/**
 * Adopts orphaned descendants such as daemons (PR_SET_CHILD_SUBREAPER, include/uapi/linux/prctl.h), then runs its
 * arguments.
 */
const ADOPT = "require 'syscall.ph'; syscall(&SYS_prctl, 36, 1, 0, 0, 0); exec @ARGV";

/** Minutes after which a workload is terminated if its last round does not end. */
const OVERDUE = 5;

/** First processes of the running workloads, which outlive this program unless it terminates them. */
const running = new Set<number>();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const root of running) endTree(root);
    process.kill(process.pid, signal);
  });
}

/** Result of a workload. */
export interface Measured {
  readonly minutes: number;
  /** Number of recorded events of the processes of the workload; undefined if no events were recorded. */
  readonly events: number | undefined;
  readonly alerts: readonly DrilledAlert[];
}

/**
 * Runs a workload while events are recorded, and keeps the events of its processes.
 * @param target capture to write
 * @throws if the recorder cannot start
 */
export async function recordWorkload(workload: Workload, target: string, minutes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "benign-"));
  const all = join(folder, "all.scap");
  const stage = await prepare(workload, `${target}.log`);
  try {
    const recorder = spawn(eyas, ["record", "-w", all, "--max-size", "20000"], { stdio: ["ignore", "ignore", "pipe"] });
    await begun(recorder);
    const root = await stage.run(minutes);
    recorder.kill("SIGINT");
    await ended(recorder);
    keepDescendants(all, target, root);
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A workload that is prepared to run. */
export interface Stage {
  /**
   * Runs the workload until it ends or is overdue.
   * @param started called with the host PID of the first process of the workload, the ancestor of all others
   * @returns that PID
   */
  run(minutes: number, started?: (root: number) => void): Promise<number>;
  close(): Promise<void>;
}

export async function prepare({ script, name }: Workload, logPath: string): Promise<Stage> {
  const work = `/var/lib/benign-${name}`;
  const log = openSync(logPath, "w");
  // Does not pass on the environment of this process, which may contain secrets.
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LANG: "C.UTF-8",
    USER: "root",
    WORK: work,
  };
  const start = (more: object, ...words: readonly string[]): ChildProcess =>
    spawn(
      "sh",
      ["-c", ON_HOST, "sh", "perl", "-e", ADOPT, "nice", "-n", "10", ...interpreterOf(script), script, ...words],
      { cwd: "/", stdio: ["ignore", log, log], env: { ...env, ...more } },
    );
  unmountBelow(work);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const text = readFileSync(script, "utf8");
  if (text.includes("prepare")) await ended(start({}, "prepare"));
  return {
    async run(minutes, started) {
      const workload = start({ UNTIL: String(Math.ceil(Date.now() / 1000 + minutes * 60)) });
      const root = Number(workload.pid);
      started?.(root);
      running.add(root);
      const timer = setTimeout(() => endTree(root), (minutes + OVERDUE) * 60e3);
      await ended(workload);
      clearTimeout(timer);
      running.delete(root);
      return root;
    },
    async close() {
      if (text.includes("finish")) await ended(start({}, "finish"));
      closeSync(log);
      unmountBelow(work);
      rmSync(work, { recursive: true, force: true });
    },
  };
}

/** Unmounts the file systems that an overdue, killed workload has left mounted. */
function unmountBelow(folder: string): void {
  const points = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((point) => point.startsWith(`${folder}/`));
  if (points.length > 0) spawnSync("umount", ["-l", ...points.reverse()], { stdio: "inherit" });
}

function interpreterOf(script: string): string[] {
  return script.endsWith(".ts") ? [process.execPath, "--disable-warning=ExperimentalWarning"] : ["sh"];
}

/** Evaluates a capture with the default rules, or with the given ones. */
export function measure(capture: string, rules: readonly string[]): Measured {
  const { events, nanoseconds } = extentOf(capture);
  const options = rules.flatMap((path) => ["-r", path]);
  const ran = spawnSync(eyas, ["replay", capture, "--json", "--match", "all", ...options], {
    encoding: "utf8",
    maxBuffer: LARGEST_OUTPUT,
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return { minutes: nanoseconds / 60e9, events, alerts: readAlerts(ran.stdout) };
}

/** Returns the number of events in a capture, and the time between the first and the last. */
function extentOf(capture: string): { events: number; nanoseconds: number } {
  const source = openCapture(capture);
  const event = new Event();
  let first = 0;
  let last = 0;
  while (source.next(event)) {
    last = event.timeNumber;
    if (first === 0) first = last;
  }
  source.close();
  return { events: source.count, nanoseconds: last - first };
}

/** Resolves when the recorder receives events. */
function begun(recorder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    recorder.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Recording ")) resolve();
    });
    recorder.once("exit", (code) => reject(new Error(`eyas record ended with ${code}: ${said.trim()}`)));
  });
}

/** Terminates a process and its descendants. */
function endTree(root: number): void {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = pid > 0 ? parentOf(pid) : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  const descends = (pid: number): boolean => pid === root || (pid > 1 && descends(parents.get(pid) ?? 0));
  for (const pid of [...parents.keys()].filter(descends)) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // the process has exited
    }
  }
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined; // the process has exited
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { home } from "../../src/agent/home.ts";
import { type DrilledAlert, readAlerts } from "../../src/drill/check.ts";
import { Event } from "../../src/event/event.ts";
import { openCapture } from "../../src/source/capture/source.ts";
import { keepDescendants } from "./filter.ts";
import type { Workload } from "./workloads.ts";

const eyas = join(home, "bin/eyas");

/** Largest output of a replay, in bytes. */
const LARGEST_OUTPUT = 1 << 30;

/** Runs the arguments in the root of each cgroup hierarchy: on the host even where this program is in a container. */
const ON_HOST =
  'for procs in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do echo $$ >"$procs"; done 2>/dev/null; exec "$@"';

/** What a workload raised. */
export interface Measured {
  readonly minutes: number;
  readonly events: number;
  readonly alerts: readonly DrilledAlert[];
}

/**
 * Runs a workload while events are recorded, and keeps those of its processes.
 * @param target capture to write
 * @throws if the recorder or the workload cannot start
 */
export async function recordWorkload({ script, name }: Workload, target: string, minutes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "benign-"));
  const all = join(folder, "all.scap");
  const work = `/var/lib/benign-${name}`;
  const log = openSync(`${target}.log`, "w");
  // Without the environment of this process, which may contain secrets.
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LANG: "C.UTF-8",
    USER: "root",
    WORK: work,
  };
  const run = (more: object, ...words: readonly string[]): ChildProcess =>
    spawn("sh", ["-c", ON_HOST, "sh", "nice", "-n", "10", ...interpreterOf(script), script, ...words], {
      cwd: "/",
      stdio: ["ignore", log, log],
      env: { ...env, ...more },
    });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    if (readFileSync(script, "utf8").includes("prepare")) await ended(run({}, "prepare"));
    const recorder = spawn(eyas, ["record", "-w", all, "--max-size", "20000"], { stdio: ["ignore", "ignore", "pipe"] });
    await begun(recorder);
    const workload = run({ UNTIL: String(Math.ceil(Date.now() / 1000 + minutes * 60)) });
    await ended(workload);
    recorder.kill("SIGINT");
    await ended(recorder);
    keepDescendants(all, target, Number(workload.pid));
  } finally {
    closeSync(log);
    rmSync(folder, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

function interpreterOf(script: string): string[] {
  return script.endsWith(".ts") ? [process.execPath, "--disable-warning=ExperimentalWarning"] : ["sh"];
}

/** Evaluates a capture against the default rules, or those of `rules`. */
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

/** Number of events of a capture, and the time between the first and the last. */
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

/** Resolves once the recorder sees events. */
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

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

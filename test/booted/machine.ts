// A Debian machine with a running systemd, in namespaces of this machine.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cgroupsOf } from "../../src/response/actions/host/cgroup.ts";
import { debianRootPath } from "../parts/debian-root.ts";
import type { PartName } from "../parts/parts.ts";

/** Parts of the test environment that a booted machine needs. */
export const machineParts: readonly PartName[] = [
  "root",
  "Debian root",
  "mount namespaces",
  "PID namespaces",
  "network namespaces",
  "cgroups, version 2",
  "nsenter",
  "setpriv",
];

/** Result of a command. */
export interface Ran {
  readonly status: number | null;
  /** Standard output and standard error. */
  readonly text: string;
}

/** A running machine. */
export interface Machine {
  /** Returns the path of one of its files on this machine. */
  path(file: string): string;
  /** Runs a command as root and waits until it ends. */
  run(...words: readonly string[]): Ran;
  /** Runs a command that must succeed. @returns its output */
  ok(...words: readonly string[]): string;
  /** Starts a command as root. */
  start(...words: readonly string[]): ChildProcess;
  /** Ends the machine and deletes its files. */
  remove(): Promise<void>;
}

const ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];

let booted = 0;

/** Boots a machine, and waits until its services are started. */
export async function bootMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-booted-"));
  const cgroup = `${cgroupRoot()}/eyas-booted-${process.pid}-${++booted}`;
  mkdirSync(cgroup);
  const script = [join(import.meta.dirname, "boot.sh"), debianRootPath, folder, cgroup];
  const outside = spawn("setpriv", ["--pdeathsig", "KILL", "sh", ...script], { stdio: ["ignore", "pipe", "pipe"] });
  let console = "";
  for (const stream of [outside.stdout, outside.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      console = `${console}${text}`.slice(-4000);
    });
  const ended = new Promise<void>((resolve) => outside.once("close", () => resolve()));

  async function remove(): Promise<void> {
    outside.kill("SIGKILL");
    await ended;
    await removeCgroup(cgroup);
    rmSync(folder, { recursive: true, force: true });
  }
  /** Process ID of the booted machine's first process, as seen by the machine that runs the test. */
  let first = "";
  const command = (words: readonly string[]): string[] => [
    ...["--target", first, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"],
    ...["env", "-i", ...ENVIRONMENT, ...words],
  ];
  function run(...words: readonly string[]): Ran {
    const { status, stdout, stderr } = spawnSync("nsenter", command(words), { encoding: "utf8", maxBuffer: 1 << 28 });
    return { status, text: `${stdout}${stderr}` };
  }
  const machine: Machine = {
    path: (file) => `/proc/${first}/root${file}`,
    run,
    ok(...words) {
      const { status, text } = run(...words);
      if (status !== 0) throw new Error(`${words.join(" ")} failed (${status}): ${text}`);
      return text;
    },
    start: (...words) => spawn("nsenter", command(words)),
    remove,
  };
  try {
    for (;;) {
      if (outside.exitCode !== null) throw new Error(`The machine did not boot: ${console}`);
      first = childOf(outside.pid);
      if (first !== "" && isSystemd(first)) break;
      await pause(50);
    }
    let state = "";
    while (!/^(running|degraded)$/m.test(state)) {
      if (outside.exitCode !== null) throw new Error(`The machine did not boot: ${console}`);
      state = run("systemctl", "is-system-running", "--wait").text;
      await pause(100);
    }
    return machine;
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Returns the root of the cgroups of version 2. */
function cgroupRoot(): string {
  const own = cgroupsOf("self").find(({ version }) => version === 2);
  if (own === undefined) throw new Error("There are no cgroups of version 2.");
  return own.path === "/" ? own.folder : own.folder.slice(0, -own.path.length);
}

function childOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0] ?? "";
  } catch {
    return "";
  }
}

function isSystemd(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8") === "systemd\n";
  } catch {
    return false;
  }
}

/** Removes a cgroup and its descendants, once their processes have ended. */
async function removeCgroup(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await removeCgroup(join(folder, entry.name));
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (tries === 500) throw error;
      await pause(10);
    }
  }
}

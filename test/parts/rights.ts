// Permissions that a user, a kernel or a file system may deny, and that no package provides.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeContainerCgroup } from "../../src/drill/cgroup.ts";
import { cgroupsOf } from "../../src/response/actions/host/cgroup.ts";
import { seesAllProcesses } from "../../src/response/actions/host/proc.ts";
import { makeMemoryCgroup } from "../attack/memory-cgroup.ts";
import type { Part } from "./part.ts";

const isRoot = (): boolean => process.getuid?.() === 0;
const succeeds = (program: string, words: readonly string[]): boolean => spawnSync(program, words).status === 0;
const home = join(import.meta.dirname, "../..");

const UNPRIVILEGED = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/** Permissions on this machine, in the order of the table. */
export const rights = [
  { name: "root", missing: () => (isRoot() ? undefined : "these tests do not run as root") },
  {
    name: "all processes",
    missing: () => (seesAllProcesses() ? undefined : "this is not the machine's first PID namespace"),
  },
  {
    name: "mount namespaces",
    missing: () =>
      isRoot() && succeeds("unshare", ["-m", "true"])
        ? undefined
        : "mount namespaces cannot be created here (unshare -m)",
  },
  {
    name: "PID namespaces",
    missing: () =>
      isRoot() && succeeds("unshare", ["--pid", "--fork", "true"])
        ? undefined
        : "PID namespaces cannot be created here (unshare --pid)",
  },
  {
    name: "user namespaces",
    missing: () =>
      isRoot() && succeeds("setpriv", [...UNPRIVILEGED, "unshare", "-Urm", "true"])
        ? undefined
        : "users cannot create user namespaces here (unshare -Urm)",
  },
  { name: "FUSE", missing: () => (existsSync("/dev/fuse") ? undefined : "there is no /dev/fuse") },
  { name: "network namespaces", missing: whyNoNetworkNamespace },
  {
    name: "choosing pids",
    missing: () => (canRewrite("/proc/sys/kernel/ns_last_pid") ? undefined : "the kernel's ns_last_pid cannot be set"),
  },
  {
    name: "capabilities",
    missing: () =>
      succeeds("setpriv", ["--bounding-set=-net_admin", "true"])
        ? undefined
        : "capabilities cannot be dropped here (setpriv --bounding-set)",
  },
  { name: "cgroups", missing: whyNoCgroup },
  { name: "memory cgroups", missing: whyNoMemoryCgroup },
  { name: "cgroups, version 2", missing: () => whyNotBelow(2) },
  { name: "cgroups, version 1", missing: () => whyNotBelow(1) },
  {
    name: "root cgroup",
    missing: () =>
      cgroupsOf("self").every(({ path }) => path === "/") ? undefined : "this process is not in the root cgroup",
  },
  { name: "immutable files", missing: whyNothingImmutable },
  { name: "sensor", missing: onceARun("sensor", whyNoSensor), version: () => /^\S+/.exec(kernel())?.[0] },
] as const satisfies readonly Part[];

function whyNoNetworkNamespace(): string | undefined {
  const name = `eyas-parts-${process.pid}`;
  const made = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  spawnSync("ip", ["netns", "del", name]);
  if (made.status === 0) return undefined;
  return `network namespaces cannot be created here (ip netns add: ${lastLine(made.stderr) || "ip is not installed"})`;
}

function canRewrite(file: string): boolean {
  try {
    writeFileSync(file, readFileSync(file));
    return true;
  } catch {
    return false;
  }
}

function whyNoCgroup(): string | undefined {
  try {
    makeContainerCgroup("docker").remove();
    return undefined;
  } catch (error) {
    return `cgroups cannot be created here (${error instanceof Error ? error.message : error})`;
  }
}

function whyNoMemoryCgroup(): string | undefined {
  try {
    void makeMemoryCgroup(2 ** 30).remove();
    return undefined;
  } catch (error) {
    return `memory of cgroups cannot be limited here (${error instanceof Error ? error.message : error})`;
  }
}

/**
 * Returns the reason why no cgroup can be created below the root of the freezer hierarchy, or undefined if one can be
 * created.
 */
function whyNotBelow(version: 1 | 2): string | undefined {
  const own = cgroupsOf("self").find((each) => each.version === version);
  if (own === undefined)
    return version === 2 ? "cgroups of version 2 are not mounted here" : "the freezer of version 1 is not mounted here";
  const root = own.path === "/" ? own.folder : own.folder.slice(0, -own.path.length);
  try {
    mkdirSync(`${root}/eyas-parts-${process.pid}`);
    rmdirSync(`${root}/eyas-parts-${process.pid}`);
    return undefined;
  } catch (error) {
    return `cannot create a cgroup below ${root} (${(error as NodeJS.ErrnoException).code})`;
  }
}

function whyNothingImmutable(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "eyas-parts-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  const set = spawnSync("chattr", ["+i", file], { encoding: "utf8" });
  spawnSync("chattr", ["-i", file]);
  rmSync(folder, { recursive: true });
  if (set.status === 0) return undefined;
  return `files of ${tmpdir()} cannot be made immutable (chattr +i: ${lastLine(set.stderr) || "chattr is not installed"})`;
}

/** Matches errors of the sensor that are due to the machine: src/source/syscall/sensor-error.ts. */
const REFUSED =
  /^eyas: (Watching system calls requires|The kernel provides no BTF|The kernel has no bpf|The kernel rejected|This kernel \([^)]*\) cannot run)/m;

/**
 * Returns the reason why the sensor cannot run on this machine, or undefined if the sensor can run. Other failures of
 * the sensor are left to its tests.
 */
function whyNoSensor(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "eyas-parts-"));
  const words = ["record", "-w", join(folder, "parts.scap"), "-M", "0.2"];
  const { stderr } = spawnSync(join(home, "bin/eyas"), words, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return REFUSED.test(stderr) ? lastLine(stderr).replace(/^eyas: /, "") : undefined;
}

function kernel(): string {
  return existsSync("/proc/sys/kernel/osrelease") ? readFileSync("/proc/sys/kernel/osrelease", "utf8") : "";
}

function lastLine(text: string | null): string {
  return (text ?? "").trim().split("\n").at(-1) ?? "";
}

/** Caches the result of a slow check for the run, in the directory of the run (test/temporary.ts). */
function onceARun(name: string, find: () => string | undefined): () => string | undefined {
  return () => {
    const run = tmpdir();
    if (!basename(run).startsWith("eyas-tests-")) return find();
    const file = join(run, `part-${name}`);
    if (existsSync(file)) return readFileSync(file, "utf8") || undefined;
    const why = find();
    writeFileSync(file, why ?? "");
    return why;
  };
}

import { readdirSync, readFileSync } from "node:fs";

/** Metrics of this process and its container: bytes, seconds and counts. Unavailable values are undefined. */
export interface ProcessMetrics {
  readonly cpuSeconds: number;
  readonly rss: number;
  readonly vsz: number | undefined;
  readonly pss: number | undefined;
  readonly openFds: number | undefined;
  readonly maxFds: number | undefined;
  readonly containerMemory: number | undefined;
}

/** Metrics of the machine: bytes, ratios and counts. Unavailable values are undefined. */
export interface HostMetrics {
  readonly cpuUsage: number | undefined;
  readonly memoryUsed: number | undefined;
  readonly running: number | undefined;
  readonly openFds: number | undefined;
}

export function processMetrics(): ProcessMetrics {
  const { user, system } = process.cpuUsage();
  const status = read("/proc/self/status");
  return {
    cpuSeconds: (user + system) / 1e6,
    rss: process.memoryUsage.rss(),
    vsz: kilobytes(status, "VmSize"),
    pss: kilobytes(read("/proc/self/smaps_rollup"), "Pss"),
    openFds: countOf("/proc/self/fd"),
    maxFds: numberIn(read("/proc/self/limits"), /^Max open files\s+(\d+)/m),
    containerMemory: containerMemory(),
  };
}

/** Reads the metrics of the machine. @param root mount point of the machine's root file system */
export function hostMetrics(root: string): HostMetrics {
  const proc = root.endsWith("/") ? `${root}proc` : `${root}/proc`;
  const stat = read(`${proc}/stat`);
  const times = (/^cpu +([\d ]+)$/m.exec(stat)?.[1] ?? "").split(" ").slice(0, 7).map(Number);
  const all = times.reduce((sum, each) => sum + each, 0);
  const idle = times[3] ?? 0;
  const memory = read(`${proc}/meminfo`);
  const [total, free, buffers, cached] = ["MemTotal", "MemFree", "Buffers", "Cached"].map((key) =>
    kilobytes(memory, key),
  );
  return {
    cpuUsage: all > 0 ? 1 - idle / all : undefined,
    memoryUsed: total === undefined ? undefined : total - (free ?? 0) - (buffers ?? 0) - (cached ?? 0),
    running: numberIn(stat, /^procs_running (\d+)/m),
    openFds: numberIn(read(`${proc}/sys/fs/file-nr`), /^(\d+)/),
  };
}

/** Memory usage of the container, from the file in FALCO_CGROUP_MEM_PATH, or from cgroup v1 or v2. */
function containerMemory(): number | undefined {
  const named = process.env.FALCO_CGROUP_MEM_PATH;
  const files = ["/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory.current"];
  for (const file of named ? [named, ...files] : files) {
    const used = numberIn(read(file), /^(\d+)\s*$/);
    if (used !== undefined) return used;
  }
  return undefined;
}

function kilobytes(text: string, key: string): number | undefined {
  const found = numberIn(text, new RegExp(`^${key}:\\s+(\\d+) kB`, "m"));
  return found === undefined ? undefined : found * 1024;
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text);
  return found === null ? undefined : Number(found[1]);
}

function countOf(folder: string): number | undefined {
  try {
    return readdirSync(folder).length;
  } catch {
    return undefined;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

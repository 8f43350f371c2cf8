import { readFileSync } from "node:fs";

/** Returns the numbers of the online CPUs. */
export function onlineCpus(): number[] {
  return cpuList("online");
}

/** Returns the highest possible CPU number plus one. */
export function possibleCpus(): number {
  return Math.max(...cpuList("possible")) + 1;
}

/** Parses a CPU list in the format of `/sys`, such as `0-3,8`. */
function cpuList(kind: "online" | "possible"): number[] {
  const text = readFileSync(`/sys/devices/system/cpu/${kind}`, "utf8").trim();
  return text.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

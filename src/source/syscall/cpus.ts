import { readFileSync } from "node:fs";

/** Numbers of the online CPUs. */
export function onlineCpus(): number[] {
  return cpuList("online");
}

/** The highest possible CPU number plus one. */
export function possibleCpus(): number {
  return Math.max(...cpuList("possible")) + 1;
}

/** A list as `/sys` writes it: `0-3,8`. */
function cpuList(kind: "online" | "possible"): number[] {
  const text = readFileSync(`/sys/devices/system/cpu/${kind}`, "utf8").trim();
  return text.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

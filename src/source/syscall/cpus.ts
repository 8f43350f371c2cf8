import { readFileSync } from "node:fs";

/** Numbers of the CPUs that run. */
export function onlineCpus(): number[] {
  return cpuList("online");
}

/** One more than the highest number a CPU of this machine may ever have. */
export function possibleCpus(): number {
  return Math.max(...cpuList("possible")) + 1;
}

/** A list as `/sys` writes it: `0-3,8`. */
function cpuList(kind: "online" | "possible"): number[] {
  const text = readFileSync(`/sys/devices/system/cpu/${kind}`, "utf8").trim();
  return text.split(",").flatMap((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

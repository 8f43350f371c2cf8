// Wrapper that the script of runc.fixture.ts runs with the arguments of runc. It removes capabilities and limits from
// the container specification that root does not have on this machine.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capabilityName } from "../../event/capability.ts";

const words = process.argv.slice(2);
const optionOf = (...names: readonly string[]): string | undefined => {
  const at = words.findIndex((word) => names.includes(word));
  return at < 0 ? undefined : words[at + 1];
};

const bounding = BigInt(`0x${/^CapBnd:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]}`);
const lacked = new Set(capabilityName.filter((_, bit) => (bounding & (1n << BigInt(bit))) === 0n));

const own = readFileSync("/proc/self/limits", "utf8");
/** Hard limits of this process. Raising a hard limit requires CAP_SYS_RESOURCE. */
const hardest: Readonly<Record<string, number>> = {
  RLIMIT_NOFILE: Number(/^Max open files +\S+ +(\d+)/m.exec(own)?.[1] ?? Number.POSITIVE_INFINITY),
  RLIMIT_NPROC: Number(/^Max processes +\S+ +(\d+)/m.exec(own)?.[1] ?? Number.POSITIVE_INFINITY),
};

interface Process {
  capabilities?: Record<string, string[]>;
  rlimits?: { type: string; hard: number; soft: number }[];
}

function curb(process: Process): void {
  for (const names of Object.values(process.capabilities ?? {}))
    names.splice(0, names.length, ...names.filter((name) => !lacked.has(name)));
  for (const limit of process.rlimits ?? []) {
    const most = hardest[limit.type] ?? Number.POSITIVE_INFINITY;
    limit.hard = Math.min(limit.hard, most);
    limit.soft = Math.min(limit.soft, most);
  }
}

const ofExec = optionOf("--process", "-p");
if (words.includes("exec") && ofExec !== undefined) {
  const process: Process = JSON.parse(readFileSync(ofExec, "utf8"));
  curb(process);
  writeFileSync(ofExec, JSON.stringify(process));
} else if (words.includes("create") || words.includes("run")) {
  const path = join(optionOf("--bundle", "-b") ?? ".", "config.json");
  const config: { process: Process } = JSON.parse(readFileSync(path, "utf8"));
  curb(config.process);
  writeFileSync(path, JSON.stringify(config));
}

// A running `eyas run` that receives audit events, without the sensor.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { home } from "../../src/agent/home.ts";
import { openReader } from "../../src/journal/read.ts";
import { parseQuery } from "../../src/query/parse.ts";

export interface Running {
  /** URL to post events to. */
  readonly url: string;
  readonly pid: number;
  /** Returns the output since the start. */
  said(): string;
  /** Returns the value of a metric, summed over all series with these labels. */
  figure(name: string, labels?: string): Promise<number>;
  /** @returns the exit code; null if a signal ended it */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** @throws Error with the output if it does not start */
export async function startRun(journal: string, port: number, ...more: readonly string[]): Promise<Running> {
  const settings = [
    "engine.kind=nodriver",
    `sources.k8s_audit.from=http://127.0.0.1:${port}/k8s-audit`,
    "sources.k8s_audit.require_token=never",
    `journal.path=${journal}`,
    "alert_folding.enabled=false", // so that every alert is counted
    "stdout_output.enabled=false",
    "webserver.enabled=true",
    "webserver.listen_port=0",
    "webserver.prometheus_metrics_enabled=true",
    ...more,
  ];
  const words = ["run", ...settings.flatMap((one) => ["-o", one])];
  const child = spawn(join(home, "bin/eyas"), words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes) => {
    said += bytes;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  for (let i = 0; !/Watching .* rules?\./.test(said); i++) {
    if (child.exitCode !== null || i > 1500) throw new Error(`eyas run does not start: ${said}`);
    await sleep(20);
  }
  const web = /Serving health and metrics on (\S+[0-9])/.exec(said)?.[1] ?? "";
  return {
    url: `http://127.0.0.1:${port}/k8s-audit`,
    pid: child.pid ?? 0,
    said: () => said,
    async figure(name, labels = "") {
      const page = await (await fetch(`${web}/metrics`)).text();
      const lines = page.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    },
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Returns the memory of a process in MiB, and its CPU time in seconds. */
export function usageOf(pid: number): { readonly memory: number; readonly cpu: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  const memory = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  return { memory, cpu: (Number(user) + Number(system)) / 100 };
}

/** Returns the number of alerts of a rule in the journal, by pod. */
export function podsIn(journal: string, rule: string): ReadonlyMap<string, number> {
  const reader = openReader(journal);
  const pods = new Map<string, number>();
  for (const { names, values } of reader?.find(parseQuery([`rule=${rule}`]), "oldest") ?? []) {
    const pod: unknown = JSON.parse(values[names.indexOf("ka.target.name")] ?? "null");
    if (typeof pod === "string") pods.set(pod, (pods.get(pod) ?? 0) + 1);
  }
  reader?.close();
  return pods;
}

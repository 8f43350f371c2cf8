import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Between, startProxy } from "../../chaos/proxy.ts";
import { startRedisList, startRsyslog, type TestReceiver } from "../../chaos/receivers.ts";
import { numbersIn } from "./truth.ts";

/**
 * Number of rules for actions. Each rule matches only one in {@link RULES} actions, so that repeats are too rare to be
 * folded.
 */
export const RULES = 40;
/** Size of each of the two small disks: one for the journal, one for the file of alerts. */
const DISK = "128m";

/** A receiver of alerts behind a proxy that causes outages. */
export interface ChaosOutput {
  readonly name: string;
  readonly proxy: Between | undefined;
  /** Returns the numbers of the actions in the received alerts, including repetitions. */
  numbers(): Promise<number[]>;
}

/** Directories, disks, servers and files of a chaos run. */
export interface ChaosStage {
  readonly config: string;
  readonly journal: string;
  /** Directory of the actor, with a subdirectory for each rule and the record `truth`. */
  readonly marks: string;
  readonly outputs: readonly ChaosOutput[];
  /** IDs that the webhook received, by the number of the action. */
  readonly ids: ReadonlyMap<number, ReadonlySet<string>>;
  /** Status of the webhook's responses. */
  status: number;
  /** Replaces the rules atomically. */
  writeRules(more: string): void;
  /** Fills the disk of the journal or of the alert file, until the returned function is called. */
  fill(disk: "journal" | "file"): () => void;
  startActor(): ChildProcess;
  startFlood(): ChildProcess;
  close(): Promise<void>;
}

/** Creates links to a sensitive file as fast as possible, as an unprivileged user. */
const FLOOD = `
const { symlinkSync, unlinkSync } = require("node:fs");
process.setgid(65534); process.setuid(65534);
process.chdir(process.argv[1]);
const name = "link-" + process.pid;
for (;;) { symlinkSync("/etc/shadow", name); unlinkSync(name); }`;

export async function buildStage(): Promise<ChaosStage> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-attack-chaos-"));
  chmodSync(folder, 0o755);
  const at = (name: string): string => join(folder, name);
  for (const name of ["marks", "flood", "journal", "file"]) mkdirSync(at(name));
  chmodSync(at("flood"), 0o777);
  for (let rule = 0; rule < RULES; rule++) mkdirSync(join(at("marks"), String(rule)));
  for (const disk of ["journal", "file"]) must("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", at(disk)]);

  const ids = new Map<number, Set<string>>();
  const hooked: number[] = [];
  let status = 200;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    } catch {
      return; // the sensor was killed during the request
    }
    const text = Buffer.concat(chunks).toString();
    if (status === 200)
      for (const number of new Set(numbersIn(text))) {
        hooked.push(number);
        const id = /"uuid":"([^"]+)"/.exec(text)?.[1] ?? "none";
        ids.set(number, (ids.get(number) ?? new Set()).add(id));
      }
    response.writeHead(status, { "retry-after": "1" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const redis = await startRedisList(numbersIn);
  const syslog = await startRsyslog(numbersIn);
  const hookProxy = await startProxy((server.address() as AddressInfo).port);
  const redisProxy = await startProxy(redis.port);
  const syslogProxy = await startProxy(syslog.port, true);
  const alerts = join(at("file"), "alerts.json");
  const kept =
    (receiver: TestReceiver): (() => Promise<number[]>) =>
    () =>
      receiver.numbers();

  const rules = (more: string): void => {
    writeFileSync(at("rules.next"), ruleText(at("marks"), at("flood")) + more);
    renameSync(at("rules.next"), at("rules.yaml"));
  };
  rules("");
  writeFileSync(
    at("eyas.yaml"),
    `rules_files: [${at("rules.yaml")}]
json_output: true
stdout_output: {enabled: true}
file_output: {enabled: true, filename: ${alerts}}
journal: {path: ${join(at("journal"), "journal.db")}, max_size: 64MB}
outputs:
  webhook: {address: "http://127.0.0.1:${hookProxy.port}/", timeout: 5000}
  redis: {address: "127.0.0.1:${redisProxy.port}", timeout: 5000}
  syslog: {host: 127.0.0.1, port: ${syslogProxy.port}}
`,
  );

  return {
    ...{ config: at("eyas.yaml"), journal: join(at("journal"), "journal.db"), marks: at("marks"), ids },
    outputs: [
      { name: "webhook", proxy: hookProxy, numbers: async () => hooked },
      { name: "redis", proxy: redisProxy, numbers: kept(redis) },
      { name: "syslog", proxy: syslogProxy, numbers: kept(syslog) },
      { name: "file", proxy: undefined, numbers: async () => numbersIn(readFileSync(alerts, "utf8")) },
    ],
    get status() {
      return status;
    },
    set status(next) {
      status = next;
    },
    writeRules: rules,
    fill(disk) {
      const ballast = join(at(disk), "ballast");
      spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=64k"], { stdio: "ignore" }); // fails with ENOSPC
      return () => rmSync(ballast, { force: true });
    },
    startActor: () =>
      spawn(
        process.execPath,
        [
          "--disable-warning=ExperimentalWarning",
          join(import.meta.dirname, "actor.ts"),
          at("marks"),
          String(RULES),
          "500",
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      ),
    startFlood: () => spawn(process.execPath, ["-e", FLOOD, at("flood")], { stdio: "ignore" }),
    async close() {
      for (const proxy of [hookProxy, redisProxy, syslogProxy]) await proxy.close();
      await redis.stop();
      await syslog.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      for (const disk of ["journal", "file"]) spawnSync("umount", ["-l", at(disk)]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Returns a rule for each of the actor's directories, and a rule for floods. The rules do not match other activity on
 * the machine.
 */
function ruleText(marks: string, flood: string): string {
  const rules = Array.from(
    { length: RULES },
    (_, rule) => `
- rule: Chaos ${rule}
  desc: An action of the actor.
  condition: evt.type in (open, openat, openat2, creat) and fd.name startswith ${marks}/${rule}/n-
  output: "chaos %fd.name"
  priority: WARNING
`,
  );
  return `${rules.join("")}
- rule: Chaos flood
  desc: A link over a sensitive file.
  condition: evt.type in (symlink, symlinkat) and evt.arg.target = /etc/shadow and proc.cwd startswith ${flood}
  output: "link %evt.arg.linkpath"
  priority: WARNING
`;
}

function must(program: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${stderr.trim()}`);
}

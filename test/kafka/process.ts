import { type ChildProcess, execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startChild } from "../parts/child.ts";
import { THRIFTY } from "../parts/java.ts";
import { kafkaJars } from "../parts/kafka.ts";
import { findProgram } from "../parts/part.ts";

/** A Kafka broker that runs as a process. Its data survives a restart. */
export interface KafkaProcess {
  /** Kills the broker. */
  kill(): Promise<void>;
  /** Restarts the broker on the same ports. */
  start(): Promise<void>;
  /** Sends a signal to the broker: `SIGSTOP` freezes it, `SIGCONT` resumes it. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
}

export interface KafkaProcessOptions {
  /** Directory for the configuration and the data. */
  readonly folder: string;
  readonly properties: Readonly<Record<string, string | number>>;
  /** Port for clients. The broker has started once it accepts connections. */
  readonly port: number;
  /** Additional arguments for the tool that prepares the directory. */
  readonly format?: readonly string[];
}

/** Java ignores TMPDIR, and a broker that is killed leaves its native libraries behind. */
const JAVA = [
  ...THRIFTY,
  ...["-XX:+ExitOnOutOfMemoryError", `-Djava.io.tmpdir=${tmpdir()}`],
  ...["-cp", `${kafkaJars}/*`],
];
const CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ";
const PATIENCE = 180_000;

/**
 * Prepares a directory and starts a broker in it. The broker ends when the calling process ends, even if the process is
 * killed.
 */
export async function startKafkaProcess(options: KafkaProcessOptions): Promise<KafkaProcess> {
  const { folder, properties, port, format = [] } = options;
  const settings = join(folder, "server.properties");
  mkdirSync(folder, { recursive: true });
  const lines = Object.entries({ ...properties, "log.dirs": join(folder, "data") });
  writeFileSync(settings, lines.map(([key, value]) => `${key}=${value}\n`).join(""));
  await runKafkaTool("kafka.tools.StorageTool", ["format", "-t", CLUSTER, "-c", settings, ...format]);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const words = [...JAVA, "-Xmx192m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "kafka.Kafka", settings];
    const started = startChild(java(), words, {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // the runner handles interrupts from the terminal
    });
    let said = "";
    for (const stream of [started.stdout, started.stderr])
      stream?.on("data", (bytes) => {
        said = (said + String(bytes)).slice(-4000);
      });
    child = started;
    const end = Date.now() + PATIENCE;
    while (!(await listens(port))) {
      if (started.exitCode !== null || started.signalCode !== null) throw new Error(`Kafka ended: ${said}`);
      if (Date.now() > end) throw new Error(`Kafka does not listen on port ${port}: ${said}`);
      await sleep(100);
    }
  }

  await start();
  return {
    start,
    signal: (signal) => void child?.kill(signal),
    async kill() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs a command-line tool of Kafka, given by its class, until it ends. */
export async function runKafkaTool(tool: string, words: readonly string[]): Promise<void> {
  await promisify(execFile)(java(), [...JAVA, tool, ...words]);
}

const java = (): string => findProgram("java") ?? "java";

/** Returns free ports. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  const ports: number[] = [];
  for (let i = 0; i < count; i++) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address === "object" && address !== null) ports.push(address.port);
    servers.push(server);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

import { type ChildProcess, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "../../test/parts/child.ts";

/** A real server on its own port, for tests. Its data directory is kept across restarts. */
export interface Broker {
  readonly port: number;
  readonly folder: string;
  /** Stops the server; `SIGKILL` skips the clean shutdown. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Restarts the server on the same port. */
  start(): Promise<void>;
  /** `SIGSTOP` suspends the server, `SIGCONT` resumes it. Resolves once it is suspended. */
  signal(signal: "SIGSTOP" | "SIGCONT"): Promise<void>;
  /** Stops the server and removes its data. */
  remove(): Promise<void>;
}

/** Maximum time until a server listens, in milliseconds. While other tests run, RabbitMQ can take a minute. */
const PATIENCE = 240_000;

export function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts a server program. Resolves once it listens. */
export async function startProgram(
  name: string,
  program: string,
  args: (port: number, folder: string) => readonly string[],
  environment: (port: number, folder: string) => Readonly<Record<string, string>> = () => ({}),
): Promise<Broker> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), `eyas-${name}-`));
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const env = { ...process.env, ...environment(port, folder), [OWNER]: folder };
    const started = startChild(program, args(port, folder), {
      stdio: ["ignore", "pipe", "pipe"],
      env,
      cwd: folder,
      detached: true,
    });
    let said = "";
    for (const stream of [started.stdout, started.stderr])
      stream?.on("data", (bytes) => {
        said = (said + String(bytes)).slice(-4000);
      });
    child = started;
    for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
      if (started.exitCode !== null) throw new Error(`${program} ended: ${said}`);
      if (await listens(port)) return;
      await sleep(50);
    }
    throw new Error(`${program} does not listen: ${said}`);
  }

  async function stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    toAll(running, signal);
    await ended;
    for (let i = 0; i < 100 && (await listens(port)); i++) await sleep(20);
  }

  const endNow = (): void => {
    if (child?.exitCode === null && child.signalCode === null) toAll(child, "SIGKILL");
    endDetached(folder);
  };
  atExit.add(endNow);
  await start();
  return {
    port,
    folder,
    start,
    stop,
    async signal(signal) {
      if (child?.pid === undefined) return;
      toAll(child, signal);
      while (signal === "SIGSTOP" && runsStill(child.pid)) await sleep(5);
    },
    async remove() {
      await stop("SIGKILL");
      endDetached(folder);
      atExit.delete(endNow);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Stops the servers that interrupted tests leave running. */
const atExit = new Set<() => void>();
process.once("exit", () => {
  for (const end of atExit) end();
});

/** Signals the whole process group, because a server may be a script that starts another program. */
function toAll({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}

/**
 * Environment variable that marks a server and all its child processes. Its value is the path of the data directory.
 */
const OWNER = "EYAS_TEST_SERVER";

/** Ends programs that a server left running outside its process group, such as Erlang's epmd. */
function endDetached(folder: string): void {
  for (const pid of processes()) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`${OWNER}=${folder}`))
        process.kill(Number(pid), "SIGKILL");
    } catch {
      // the process has exited or belongs to another user
    }
  }
}

function processes(): readonly string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

/** Whether any thread of a process group still runs. Signals reach threads with a delay. */
function runsStill(group: number): boolean {
  return processes().some((pid) => {
    try {
      if (statOf(`/proc/${pid}/stat`).group !== group) return false;
      return readdirSync(`/proc/${pid}/task`).some(
        (thread) => !"TtZX".includes(statOf(`/proc/${pid}/task/${thread}/stat`).state),
      );
    } catch {
      return false; // the process has exited
    }
  });
}

/** Process state and process group, which follow the name in proc_pid_stat(5). */
function statOf(file: string): { readonly state: string; readonly group: number } {
  const text = readFileSync(file, "utf8");
  const [state = "", , group = ""] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state, group: Number(group) };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/**
 * NATS with JetStream.
 * @param config lines of the configuration file
 * @param program a program of test/parts/nats.ts
 */
export function startNats(config = "", program = "nats-server"): Promise<Broker> {
  return startProgram("nats", program, (port, folder) => {
    const file = join(folder, "nats.conf");
    writeFileSync(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}/data" }\n${config}\n`);
    return ["-c", file];
  });
}

/** Redis that writes each command to disk before it responds. */
export function startRedis(...more: readonly string[]): Promise<Broker> {
  return startProgram("redis", "redis-server", (port, folder) => [
    ...["--bind", "127.0.0.1", "--port", `${port}`, "--save", "", "--dir", folder],
    ...["--appendonly", "yes", "--appendfsync", "always", ...more],
  ]);
}

/** RabbitMQ with its own epmd. The guest user may connect from this machine. */
export async function startRabbitmq(): Promise<Broker> {
  const epmd = await freePort();
  return startProgram(
    "rabbitmq",
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    () => [],
    (port, folder) => ({
      RABBITMQ_NODENAME: `eyas${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: `${port}`,
      RABBITMQ_DIST_PORT: `${port < 40_000 ? port + 20_000 : port - 20_000}`,
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_PID_FILE: join(folder, "pid"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: `${epmd}`,
      HOME: folder,
    }),
  );
}

/**
 * Mosquitto.
 * @param config lines of the configuration file; by default, anonymous clients have full access
 */
export function startMosquitto(config = "allow_anonymous true"): Promise<Broker> {
  return startProgram("mosquitto", "mosquitto", (port, folder) => {
    const file = join(folder, "mosquitto.conf");
    const data = `persistence true\npersistence_location ${folder}/\nuser root`;
    writeFileSync(file, `listener ${port} 127.0.0.1\n${data}\n${config}\n`);
    return ["-c", file];
  });
}

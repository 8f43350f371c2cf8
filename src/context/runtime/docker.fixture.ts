import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IMAGE, rootArchive } from "./busybox.fixture.ts";
import { removeMounted } from "./mounted.fixture.ts";
import { runcFor } from "./runc.fixture.ts";

/** A Docker daemon for one test, with one image. */
export interface Dockerd {
  /** Path of the daemon's socket, in a directory without other files. */
  readonly socket: string;
  /** The command `docker` for this daemon, with its options. */
  readonly command: readonly string[];
  /** Runs `docker …` against this daemon. @returns its output */
  docker(...args: readonly string[]): string;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds to wait until a daemon is ready. */
const PATIENCE = 120_000;

/**
 * Starts a daemon.
 * @param hasBridge whether containers get addresses on a bridge, in a network namespace of the daemon
 */
export async function startDockerd(hasBridge = false): Promise<Dockerd> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-docker-"));
  const sockets = join(folder, "sockets");
  mkdirSync(sockets);
  const socket = join(sockets, "docker.sock");
  const runc = runcFor(folder);
  let daemon: ChildProcess | undefined;
  const command = ["docker", "-H", `unix://${socket}`] as const;
  const docker = (...args: readonly string[]): string => {
    const [program, ...options] = command;
    return execFileSync(program, [...options, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  };

  async function start(): Promise<void> {
    const log = openSync(join(folder, "log"), "a");
    const folders = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")];
    const bridge = hasBridge ? ["--ip-forward=false", "--userland-proxy=false"] : ["--bridge=none"];
    const network = ["--iptables=false", "--ip6tables=false", ...bridge];
    const rest = ["--pidfile", join(folder, "pid"), "-H", `unix://${socket}`];
    const runtime = ["--add-runtime", `tests=${runc}`, "--default-runtime", "tests"];
    const [program = "", ...words] = [...(hasBridge ? ["unshare", "--net"] : []), "dockerd"];
    daemon = spawn(program, [...words, ...folders, ...network, ...runtime, ...rest], { stdio: ["ignore", log, log] });
    for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(100)) {
      if (!existsSync(socket)) continue;
      try {
        docker("version");
        return;
      } catch {
        // The daemon is not ready yet.
      }
    }
    throw new Error(`dockerd did not start; see ${join(folder, "log")}`);
  }

  /** Stops the daemon. Containers are removed first, because the daemon would wait until they stop. */
  async function stop(): Promise<void> {
    const ended = daemon;
    daemon = undefined;
    if (ended === undefined || ended.exitCode !== null) return;
    const running = docker("ps", "-q").split("\n").filter(Boolean);
    if (running.length > 0) docker("kill", ...running);
    const gone = new Promise((resolve) => ended.once("exit", resolve));
    ended.kill("SIGTERM");
    await gone;
  }

  await start();
  docker("import", "-c", 'CMD ["/bin/sh"]', rootArchive(folder), IMAGE);
  return {
    socket,
    command,
    docker,
    start,
    stop,
    async close() {
      await stop();
      await removeMounted(folder);
    },
  };
}

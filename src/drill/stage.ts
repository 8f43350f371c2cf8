import { accessSync, constants, existsSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Need, type Stage, WATCHED_FOLDER } from "./action.ts";
import { openFiles, SHARED_MEMORY } from "./files.ts";
import { Listeners } from "./listeners.ts";
import { findBash, findServiceUser, findShell, mayRunFrom } from "./machine.ts";
import { Processes } from "./processes.ts";

/** The stage of a drill, with additional methods that only the drill itself calls. */
export interface OwnedStage extends Stage {
  /** Returns the reason why this machine does not meet a requirement; null if it does. */
  unmet(need: Need): string | null;
  /** Begins an action. Processes that are started afterwards have the mark in `EYAS_DRILL`, which alerts contain. */
  beginAction(mark: string): void;
  /** Kills processes that an action left running. */
  endAction(): void;
  /**
   * Kills all processes and removes all files before it returns. Can be called repeatedly, also from signal and exit
   * handlers.
   */
  end(): void;
}

/** Sends events to the event source that the drill tests. */
export interface EventEndpoint {
  /** Sends an event. Rejects if the source does not accept it. */
  send(event: object): Promise<void>;
  /** Whether `send` resolves only after the source has evaluated the event. */
  readonly isAcknowledged: boolean;
}

/**
 * How long a process keeps its connection open if the source does not acknowledge events, in milliseconds. The agent
 * needs this time to find the process.
 */
const LOOK_UP = 1000;

const UNWATCHED = `needs the directory ${WATCHED_FOLDER} in sources.file_integrity.paths`;

/** @param endpoint absent if the drill does not send events */
export function openStage(endpoint?: EventEndpoint): OwnedStage {
  const files = openFiles();
  const processes = new Processes();
  const listeners = new Listeners();
  const shell = findShell();
  const bash = findBash();

  function endAction(): void {
    listeners.close();
    processes.kill();
  }

  const stage: OwnedStage = {
    ...files,
    shell: shell ?? "/bin/sh",
    bash: bash ?? "/bin/bash",
    serviceUser: findServiceUser() ?? { name: "nobody", uid: 65534 },
    run: (argv, options = {}) => processes.run(argv, options),
    start(argv) {
      const { pid } = processes.launch(argv, {});
      if (pid === undefined) throw new Error(`cannot start ${argv[0]}`);
      return pid;
    },
    hold: (name, args, { as, ...options } = {}) => processes.firstLine(callOf(stage, as, [name, ...args]), options),
    async send(event) {
      if (endpoint === undefined) throw new Error("no address to send events to");
      await endpoint.send(event);
      if (!endpoint.isAcknowledged && processes.isRunning) await delay(LOOK_UP);
    },
    async call(name, args, { as, ...options } = {}) {
      const ran = await stage.run(callOf(stage, as, [name, ...args]), options);
      if (ran.code !== 0) throw new Error(ran.output.trim() || `exited with code ${ran.code}`);
      return ran;
    },
    listen: () => listeners.listen(),
    unmet(need) {
      if (need === "root") return process.getuid?.() === 0 ? null : "needs root";
      if (need === "shell") return shell === undefined ? "needs bash or dash" : null;
      if (need === "bash") return bash === undefined ? "needs bash" : null;
      if (need === "init") return unmetInit();
      if (need === "watched") return existsSync(WATCHED_FOLDER) ? null : UNWATCHED;
      if (need.startsWith("/")) return existsSync(need) ? null : `needs the directory ${need}`;
      if (need === "endpoint") return endpoint === undefined ? "needs an address to send events to (--to)" : null;
      if (need === "host") return unmetHost();
      if (need === "login") return unmetLogin();
      return need === "exec" ? unmetExec() : unmetCgroup(processes);
    },
    beginAction: (name) => processes.mark(name),
    endAction,
    end() {
      endAction();
      processes.end();
      files.remove();
    },
  };
  return stage;
}

const CALL = fileURLToPath(new URL("./call.ts", import.meta.url));

/** The command line that runs a call of `call.ts`. */
function callOf(stage: Stage, as = "node", words: readonly string[]): string[] {
  const node = as === "node" ? process.execPath : stage.alias(as, process.execPath);
  return [node, "--disable-warning=ExperimentalWarning", CALL, ...words];
}

function unmetExec(): string | null {
  const mountinfo = readFileSync("/proc/self/mountinfo", "utf8");
  const noexec = [tmpdir(), SHARED_MEMORY].find((folder) => !mayRunFrom(folder, mountinfo));
  return noexec === undefined ? null : `needs permission to run programs from ${noexec}`;
}

function unmetCgroup(processes: Processes): string | null {
  try {
    accessSync("/bin/sh", constants.X_OK);
    processes.cgroupOf("docker");
    return null;
  } catch (error) {
    return `needs a writable cgroup hierarchy (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Inode of the initial cgroup namespace (PROC_CGROUP_INIT_INO, include/linux/proc_ns.h). */
const INITIAL_CGROUPS = "cgroup:[4026531835]";

/**
 * Returns the reason why a sensor on the host would attribute the drill's processes to a container; null if there is
 * none.
 */
function unmetHost(): string | null {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const isPart = mounts.some((line) => / - cgroup2? /.test(line) && line.split(" ")[3] !== "/");
  const isHost = !isPart && readlinkSync("/proc/self/ns/cgroup") === INITIAL_CGROUPS;
  return isHost ? null : "needs to run outside containers";
}

/** Returns the reason why an orphaned process would become a child process of Node.js; null if there is none. */
function unmetInit(): string | null {
  const [program = ""] = readFileSync("/proc/1/cmdline", "utf8").split("\0");
  return basename(program) === "node" ? "needs a process 1 that is not Node.js" : null;
}

function unmetLogin(): string | null {
  try {
    return readFileSync("/proc/self/loginuid", "utf8").trim() === "0"
      ? "needs a session that is not a login session of root"
      : null;
  } catch {
    // The kernel has no audit support, so no process has a login user.
    return null;
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { basename } from "node:path";
import type { Ran, RunOptions } from "./action.ts";
import { type ContainerCgroup, type ContainerKind, makeContainerCgroup } from "./cgroup.ts";

const MAX_OUTPUT = 1024;

/** Shell script that moves itself to the cgroups listed before `--` and executes the program after it. */
const ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"';
/** Exit code of {@link ENTER} if it cannot enter a cgroup. */
const NOT_ENTERED = 125;

/** Starts and terminates the processes of a drill, and creates their cgroups. */
export class Processes {
  #mark = "";
  #hasEnded = false;
  readonly #running = new Set<ChildProcess>();
  readonly #cgroups = new Map<string, ContainerCgroup>();

  /** Whether a process is running. */
  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  /** Sets the value of `EYAS_DRILL` in the environment of processes that are started afterwards. */
  mark(text: string): void {
    this.#mark = text;
  }

  /**
   * Returns the cgroups for a kind of container. The container itself does not exist.
   * @throws Error if no hierarchy is writable
   */
  cgroupOf(kind: ContainerKind): ContainerCgroup {
    let cgroup = this.#cgroups.get(kind);
    if (cgroup === undefined) {
      cgroup = makeContainerCgroup(kind);
      this.#cgroups.set(kind, cgroup);
    }
    return cgroup;
  }

  launch(argv: readonly string[], options: RunOptions): ChildProcess {
    if (this.#hasEnded) throw new Error("the drill has ended");
    const inside = options.container === undefined ? argv : enter(this.cgroupOf(options.container).folders, argv);
    const [program = "", ...args] = inside;
    const shown = { EYAS_DRILL: this.#mark, ...options.env };
    const child = spawn(program, args, {
      // A separate session has no terminal, and its process group can be killed in one step.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      // The values that alerts show come first, since sensors record only the first kilobytes of an environment.
      env: { ...shown, ...process.env, LC_ALL: "C", ...shown },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
    });
    this.#running.add(child);
    child.once("close", () => this.#running.delete(child));
    child.once("error", () => this.#running.delete(child));
    return child;
  }

  run(argv: readonly string[], options: RunOptions): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = this.launch(argv, options);
      let output = "";
      const collect = (chunk: Buffer) => {
        if (output.length < MAX_OUTPUT) output += chunk.toString().slice(0, MAX_OUTPUT - output.length);
      };
      child.stdout?.on("data", collect);
      child.stderr?.on("data", collect);
      child.once("error", (error) => reject(new Error(`cannot start ${basename(argv[0] ?? "")}: ${error.message}`)));
      child.once("close", (code) => {
        if (code === NOT_ENTERED) reject(new Error(`cannot enter the cgroup: ${output.trim()}`));
        else resolve({ pid: child.pid ?? 0, code, output });
      });
    });
  }

  /** Starts a program and returns the first line that it prints. The program runs until {@link kill}. */
  firstLine(argv: readonly string[], options: RunOptions): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = this.launch(argv, options);
      let [output, complaint] = ["", ""];
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes("\n")) resolve(output.slice(0, output.indexOf("\n")));
      });
      child.stderr?.on("data", (chunk: Buffer) => {
        if (complaint.length < MAX_OUTPUT) complaint += chunk.toString();
      });
      child.once("error", (error) => reject(new Error(`cannot start ${basename(argv[0] ?? "")}: ${error.message}`)));
      child.once("close", (code) => reject(new Error(complaint.trim() || `exited with code ${code}`)));
    });
  }

  /** Kills all running processes with their process groups. */
  kill(): void {
    for (const { pid } of this.#running) if (pid !== undefined) killGroup(pid);
  }

  /** Kills all processes and removes the cgroups. No more processes can be started. */
  end(): void {
    this.#hasEnded = true;
    this.kill();
    // In reverse order, because the first cgroup may have enabled controllers for the others.
    for (const cgroup of [...this.#cgroups.values()].reverse()) cgroup.remove();
    this.#cgroups.clear();
  }
}

function enter(folders: readonly string[], argv: readonly string[]): string[] {
  return ["/bin/sh", "-c", ENTER, "sh", ...folders, "--", ...argv];
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All processes of the group have already exited.
  }
}

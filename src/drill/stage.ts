import { type ChildProcess, spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Need, Ran, RunOptions, Stage } from "./action.ts";
import { type ContainerCgroup, makeContainerCgroup } from "./cgroup.ts";

const SHARED_MEMORY = "/dev/shm";
const SAID_AT_MOST = 1024;
const SHELLS = ["/bin/dash", "/usr/bin/dash", "/bin/bash", "/usr/bin/bash"];
const SERVICE_USERS = ["daemon", "nobody", "bin", "www-data", "games"];

/** Moves itself into the cgroups named before `--` and becomes the program named after it. */
const ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"';

/** A stage, and what only the drill itself does with it. */
export interface OwnedStage extends Stage {
  /** Why a need can't be met here, or null when it can. */
  unmet(need: Need): string | null;
  /** Marks the processes started from here on: their environment holds `EYAS_DRILL`, so that an alert can be traced to its action. */
  beginAction(mark: string): void;
  /** Ends what an action left running. */
  endAction(): void;
  /** Ends everything and removes everything; blocks until it is gone. May be called again, and from a signal or exit. */
  end(): void;
}

export function openStage(): OwnedStage {
  const folder = mkdtempSync(join(tmpdir(), "eyas-drill-"));
  // Programs that run as another user start from here.
  chmodSync(folder, 0o755);
  let sharedFolder: string | null = null;
  let ended = false;
  let mark = "";
  const running = new Set<ChildProcess>();
  const listening = new Set<Server>();
  const cgroups = new Map<string, ContainerCgroup>();
  const shell = SHELLS.find((path) => existsSync(path) && ["dash", "bash"].includes(basename(realpathSync(path))));
  const serviceUser = findServiceUser();

  function place(name: string): string {
    if (!name.startsWith(`${SHARED_MEMORY}/`)) return join(folder, name);
    sharedFolder ??= mkdtempSync(join(SHARED_MEMORY, "eyas-drill-"));
    return join(sharedFolder, basename(name));
  }

  function cgroupOf(kind: NonNullable<RunOptions["container"]>): ContainerCgroup {
    let cgroup = cgroups.get(kind);
    if (cgroup === undefined) {
      cgroup = makeContainerCgroup(kind);
      cgroups.set(kind, cgroup);
    }
    return cgroup;
  }

  function launch(argv: readonly string[], options: RunOptions): ChildProcess {
    if (ended) throw new Error("the drill has ended");
    const inside = options.container === undefined ? argv : enter(cgroupOf(options.container).folders, argv);
    const [program = "", ...args] = inside;
    const shown = { EYAS_DRILL: mark, ...options.env };
    const child = spawn(program, args, {
      // A session of its own: no terminal, and one group to end.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      // What alerts show comes first: sensors keep only the first kilobytes of an environment.
      env: { ...shown, ...process.env, LC_ALL: "C", ...shown },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
    });
    running.add(child);
    child.once("close", () => running.delete(child));
    child.once("error", () => running.delete(child));
    return child;
  }

  function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = launch(argv, options);
      let said = "";
      const listen = (chunk: Buffer) => {
        if (said.length < SAID_AT_MOST) said += chunk.toString().slice(0, SAID_AT_MOST - said.length);
      };
      child.stdout?.on("data", listen);
      child.stderr?.on("data", listen);
      child.once("error", (error) =>
        reject(new Error(`${basename(argv[0] ?? "")} can't be started: ${error.message}`)),
      );
      child.once("close", (code) => {
        if (code === 125) reject(new Error(`the cgroup can't be entered: ${said.trim()}`));
        else resolve({ pid: child.pid ?? 0, code, said });
      });
    });
  }

  function endAction(): void {
    for (const server of listening) server.close();
    listening.clear();
    for (const child of running) if (child.pid !== undefined) endGroup(child.pid);
  }

  const stage: OwnedStage = {
    folder,
    shell: shell ?? "/bin/sh",
    serviceUser: serviceUser ?? { name: "nobody", uid: 65534 },
    file(name, content) {
      const path = place(name);
      writeFileSync(path, content);
      return path;
    },
    copy(name, program) {
      const path = place(name);
      copyFileSync(program, path);
      chmodSync(path, 0o755);
      return path;
    },
    alias(name, program) {
      const path = place(name);
      rmSync(path, { force: true });
      symlinkSync(program, path);
      return path;
    },
    run,
    start(argv) {
      const { pid } = launch(argv, {});
      if (pid === undefined) throw new Error(`${argv[0]} can't be started`);
      return pid;
    },
    async call(name, args, { as = "node", ...options } = {}) {
      const node = as === "node" ? process.execPath : stage.alias(as, process.execPath);
      const script = join(import.meta.dirname, "call.ts");
      const ran = await run([node, "--disable-warning=ExperimentalWarning", script, name, ...args], options);
      if (ran.code !== 0) throw new Error(ran.said.trim() || `ended with ${ran.code}`);
      return ran;
    },
    listen() {
      return new Promise((resolve, reject) => {
        const server = createServer((peer) => {
          peer.on("error", () => peer.destroy());
          peer.resume();
        });
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => {
          listening.add(server);
          const address = server.address();
          if (address === null || typeof address === "string") reject(new Error("the port isn't known"));
          else resolve(address.port);
        });
        server.unref();
      });
    },
    unmet(need) {
      if (need === "root") return process.getuid?.() === 0 ? null : "needs root";
      if (need === "shell") return shell === undefined ? "needs bash or dash" : null;
      if (need === "exec") {
        const mountinfo = readFileSync("/proc/self/mountinfo", "utf8");
        const refused = [tmpdir(), SHARED_MEMORY].find((place) => !mayRunFrom(place, mountinfo));
        return refused === undefined ? null : `needs to run programs from ${refused}`;
      }
      try {
        accessSync("/bin/sh", constants.X_OK);
        cgroupOf("docker");
        return null;
      } catch (error) {
        return `needs a cgroup hierarchy it may write to (${error instanceof Error ? error.message : String(error)})`;
      }
    },
    beginAction(name) {
      mark = name;
    },
    endAction,
    end() {
      ended = true;
      endAction();
      // The first may have handed controllers down to the others.
      for (const cgroup of [...cgroups.values()].reverse()) cgroup.remove();
      cgroups.clear();
      rmSync(folder, { recursive: true, force: true });
      if (sharedFolder !== null) rmSync(sharedFolder, { recursive: true, force: true });
    },
  };
  return stage;
}

function enter(folders: readonly string[], argv: readonly string[]): string[] {
  return ["/bin/sh", "-c", ENTER, "sh", ...folders, "--", ...argv];
}

/** Whether programs may run from a folder: it exists and its file system is mounted without noexec. */
export function mayRunFrom(folder: string, mountinfo: string): boolean {
  if (!existsSync(folder)) return false;
  let nearest = "";
  let allowed = true;
  for (const line of mountinfo.split("\n")) {
    const [, , , , where = "", options = ""] = line.split(" ");
    const holds = where !== "" && (`${folder}/`.startsWith(`${where}/`) || where === "/");
    // Of two mounts in the same place the later one is seen.
    if (!holds || where.length < nearest.length) continue;
    nearest = where;
    allowed = !options.split(",").includes("noexec");
  }
  return allowed;
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

function findServiceUser(): { name: string; uid: number } | null {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  for (const name of SERVICE_USERS) {
    const uid = Number(users.find((fields) => fields[0] === name)?.[2] ?? 0);
    if (uid > 0) return { name, uid };
  }
  return null;
}

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IMAGE, rootArchive } from "./busybox.fixture.ts";
import { removeMounted } from "./mounted.fixture.ts";

/** A containerd instance for one test, with CRI and one image in the namespaces `default` and `k8s.io`. */
export interface Containerd {
  readonly socket: string;
  readonly folder: string;
  /** Runs `ctr …` against this daemon. @returns its output */
  ctr(...args: readonly string[]): string;
  close(): Promise<void>;
}

/** The sandbox image of pods. Its program runs until it is stopped. */
export const PAUSE = "registry.local:5000/acme/pause:1";

/** Milliseconds to wait until a daemon is ready. */
const PATIENCE = 120_000;

export async function startContainerd(): Promise<Containerd> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-containerd-"));
  const socket = join(folder, "containerd.sock");
  writeFileSync(
    join(folder, "config.toml"),
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
conf_dir = "${folder}/cni"
bin_dir = "${folder}/cni"
`,
  );
  mkdirSync(join(folder, "cni"));
  const log = openSync(join(folder, "log"), "a");
  const daemon: ChildProcess = spawn("containerd", ["-c", join(folder, "config.toml")], {
    stdio: ["ignore", log, log],
  });
  const ctr = (...args: readonly string[]): string =>
    execFileSync("ctr", ["-a", socket, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  await until(() => ctr("version") !== "", join(folder, "log"));

  const archive = rootArchive(folder);
  for (const [name, command] of [
    [IMAGE, '["/bin/sh"]'],
    [PAUSE, '["/bin/sleep","1000000"]'],
  ] as const) {
    const saved = imageArchive(folder, archive, name, command);
    for (const namespace of ["default", "k8s.io"]) ctr("-n", namespace, "images", "import", saved);
  }

  return {
    socket,
    folder,
    ctr,
    async close() {
      for (const namespace of ["default", "k8s.io"]) {
        for (const id of lines(ctr("-n", namespace, "tasks", "ls", "-q"))) {
          spawnSync("ctr", ["-a", socket, "-n", namespace, "tasks", "kill", "-s", "KILL", id]);
        }
        for (const id of lines(ctr("-n", namespace, "tasks", "ls", "-q"))) {
          spawnSync("ctr", ["-a", socket, "-n", namespace, "tasks", "rm", "-f", id]);
        }
      }
      const gone = new Promise((resolve) => daemon.once("exit", resolve));
      daemon.kill("SIGTERM");
      await gone;
      await removeMounted(folder);
    },
  };
}

/** Returns a Docker archive with one layer, for `ctr images import`. */
function imageArchive(folder: string, layer: string, name: string, command: string): string {
  const made = mkdtempSync(join(folder, "image-"));
  const diff = execFileSync("sha256sum", [layer], { encoding: "utf8" }).slice(0, 64);
  const config = `{"architecture":"${arch()}","os":"linux","config":{"Cmd":${command}},"rootfs":{"type":"layers","diff_ids":["sha256:${diff}"]}}`;
  writeFileSync(join(made, "config.json"), config);
  execFileSync("cp", [layer, join(made, "layer.tar")]);
  writeFileSync(
    join(made, "manifest.json"),
    JSON.stringify([{ Config: "config.json", RepoTags: [name], Layers: ["layer.tar"] }]),
  );
  const archive = `${made}.tar`;
  execFileSync("tar", ["-C", made, "-cf", archive, "."]);
  return archive;
}

function arch(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}

async function until(holds: () => boolean, log: string): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await sleep(50)) {
    try {
      if (holds()) return;
    } catch {
      // The daemon is not ready yet.
    }
  }
  throw new Error(`containerd did not start; see ${log}`);
}

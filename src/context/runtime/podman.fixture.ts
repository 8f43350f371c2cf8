import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IMAGE, rootArchive } from "./busybox.fixture.ts";
import { removeMounted } from "./mounted.fixture.ts";
import { runcFor } from "./runc.fixture.ts";

/** A Podman service for one test, with one image. */
export interface PodmanService {
  /** Path of the service's socket: `podman/podman.sock` in a directory without other files. */
  readonly socket: string;
  /** The command `podman` with the directories of this service. */
  readonly command: readonly string[];
  /** Runs `podman …` with the directories of this service. @returns its output */
  podman(...args: readonly string[]): string;
  close(): Promise<void>;
}

/** Milliseconds to wait until the service is ready. */
const PATIENCE = 60_000;

export async function startPodman(): Promise<PodmanService> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-podman-"));
  const socket = join(folder, "sockets/podman/podman.sock");
  mkdirSync(dirname(socket), { recursive: true });
  const env = { ...process.env, PODMAN_IGNORE_CGROUPSV1_WARNING: "1" };
  const own = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp")];
  const how = [...own, "--cgroup-manager", "cgroupfs", "--runtime", runcFor(folder)];
  const podman = (...args: readonly string[]): string =>
    execFileSync("podman", [...how, ...args], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  podman("import", rootArchive(folder), IMAGE);
  const service: ChildProcess = spawn("podman", [...how, "system", "service", "-t", "0", `unix://${socket}`], {
    env,
    stdio: "ignore",
  });
  for (const end = Date.now() + PATIENCE; !existsSync(socket) && Date.now() < end; ) await sleep(50);
  return {
    socket,
    command: ["podman", ...how],
    podman,
    async close() {
      spawnSync("podman", [...how, "rm", "-af", "-t", "0"], { env });
      const gone = new Promise((resolve) => service.once("exit", resolve));
      service.kill("SIGTERM");
      await gone;
      await removeMounted(folder);
    },
  };
}

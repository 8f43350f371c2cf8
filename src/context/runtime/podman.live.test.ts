import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Container } from "../../machine/container-info.ts";
import { canRun, IMAGE, rootArchive } from "./busybox.fixture.ts";
import { openDocker } from "./docker.ts";
import { watchRuntimes } from "./watch.ts";

const options = { longestLabel: 100, timeout: 10_000 };

describe.skipIf(!canRun("podman", "conmon", "runc"))("a real Podman service", () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-podman-"));
  const socket = join(folder, "podman.sock");
  const env = { ...process.env, PODMAN_IGNORE_CGROUPSV1_WARNING: "1" };
  const own = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--tmpdir", join(folder, "tmp")];
  const how = [...own, "--cgroup-manager", "cgroupfs", "--runtime", "runc"];
  let service: ChildProcess | undefined;
  const podman = (...args: readonly string[]): string =>
    execFileSync("podman", [...how, ...args], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  beforeAll(async () => {
    podman("import", rootArchive(folder), IMAGE);
    service = spawn("podman", [...how, "system", "service", "-t", "0", `unix://${socket}`], { env, stdio: "ignore" });
    for (const end = Date.now() + 20_000; !existsSync(socket) && Date.now() < end; ) await sleep(50);
  }, 60_000);

  afterAll(async () => {
    spawnSync("podman", [...how, "rm", "-af", "-t", "0"], { env });
    if (service !== undefined) {
      const gone = new Promise((resolve) => service?.once("exit", resolve));
      service.kill("SIGTERM");
      await gone;
    }
    spawnSync("sh", ["-c", `findmnt -rno TARGET | grep '^${folder}/' | sort -r | xargs -r umount -l`]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test("tells of its containers as they are made, and when asked", async () => {
    const told = new Map<string, Container>();
    const ended: string[] = [];
    const runtimes = await watchRuntimes(
      [{ socket, open: (path, how) => openDocker("podman", path, how) }],
      "/",
      options,
      { put: (container) => told.set(container.fullId, container), end: (id) => ended.push(id) },
      { found: () => {}, lost: () => {} },
    );
    try {
      expect(runtimes.connected).toEqual(["podman"]);
      const mount = "-v=/etc:/host/etc:ro";
      const id = podman(
        "create",
        "--network=host",
        "--privileged",
        "--name=shop",
        "--label=tier=front",
        mount,
        IMAGE,
        "sleep",
        "600",
      ).trim();
      podman("start", id);
      const found = await new Promise<Container | undefined>((resolve) => {
        expect(runtimes.ask(id.slice(0, 12), resolve)).toBe(true);
      });
      expect(found).toMatchObject({
        fullId: id,
        type: "podman",
        name: "shop",
        image: IMAGE,
        repository: "registry.local:5000/acme/busybox",
        tag: "1.37",
        privileged: true,
        hostNetwork: true,
        hostPid: false,
      });
      expect(found?.digest).toMatch(/^sha256:/);
      expect(found?.labels.get("tier")).toBe("front");
      expect(found?.mounts.map(({ source, destination, writable }) => [source, destination, writable])).toEqual([
        ["/etc", "/host/etc", false],
      ]);
      for (const end = Date.now() + 20_000; !told.has(id) && Date.now() < end; ) await sleep(20);
      expect(told.get(id)?.name).toBe("shop");
      podman("rm", "-f", "-t", "0", id);
      for (const end = Date.now() + 20_000; ended.length === 0 && Date.now() < end; ) await sleep(20);
      expect(ended).toContain(id.slice(0, 12));
    } finally {
      await runtimes.close();
    }
  }, 60_000);
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Container } from "../../machine/container-info.ts";
import { IMAGE } from "./busybox.fixture.ts";
import { openDocker } from "./docker.ts";
import { type PodmanService, startPodman } from "./podman.fixture.ts";
import { watchRuntimes } from "./watch.ts";

const options = { longestLabel: 100, timeout: 10_000 };

describe("a real Podman service", needs("root", "static busybox", "podman", "conmon", "runc"), () => {
  let service: PodmanService;
  beforeAll(async () => {
    service = await startPodman();
  }, 300_000);
  afterAll(() => service?.close(), 300_000);

  test("reports containers when created and on request", async () => {
    const { podman, socket } = service;
    const reported = new Map<string, Container>();
    const ended: string[] = [];
    const runtimes = await watchRuntimes(
      [{ socket, open: (path, how) => openDocker("podman", path, how) }],
      "/",
      options,
      { put: (container) => reported.set(container.fullId, container), end: (id) => ended.push(id) },
      { found: () => {}, disconnected: () => {} },
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
      for (const end = Date.now() + 60_000; !reported.has(id) && Date.now() < end; ) await sleep(20);
      expect(reported.get(id)?.name).toBe("shop");
      podman("rm", "-f", "-t", "0", id);
      for (const end = Date.now() + 60_000; ended.length === 0 && Date.now() < end; ) await sleep(20);
      expect(ended).toContain(id.slice(0, 12));
    } finally {
      await runtimes.close();
    }
  }, 300_000);
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Container } from "../../machine/container-info.ts";
import { IMAGE } from "./busybox.fixture.ts";
import { type Dockerd, startDockerd } from "./docker.fixture.ts";
import { openDocker } from "./docker.ts";
import { watchRuntimes } from "./watch.ts";

const options = { longestLabel: 100, timeout: 5000 };

describe("a real Docker daemon", needs("root", "static busybox", "dockerd", "docker", "containerd", "runc"), () => {
  let dockerd: Dockerd;
  beforeAll(async () => {
    dockerd = await startDockerd();
  }, 300_000);
  afterAll(async () => {
    await dockerd?.close();
  }, 300_000);

  async function run(...args: readonly string[]): Promise<Container | undefined> {
    const id = dockerd.docker("run", "-d", "--network=host", ...args).trim();
    const runtime = await openDocker("docker", dockerd.socket, options);
    try {
      return await runtime.lookUp(id.slice(0, 12));
    } finally {
      runtime.close();
    }
  }

  test("has all metadata of a labelled, privileged container with mounts and a health check", async () => {
    const found = await run(
      "--name=shop",
      "--privileged",
      "--pid=host",
      "--label=tier=front",
      `--label=long=${"x".repeat(101)}`,
      "-v",
      "/etc:/host/etc:ro",
      "--health-cmd=true && true",
      "--health-interval=1h",
      IMAGE,
      "sleep",
      "600",
    );
    expect(found).toMatchObject({
      type: "docker",
      name: "shop",
      image: IMAGE,
      repository: "registry.local:5000/acme/busybox",
      tag: "1.37",
      privileged: true,
      hostPid: true,
      hostNetwork: true,
      hostIpc: false,
      probes: [{ kind: "healthcheck", exe: "/bin/sh", args: ["-c", "true && true"] }],
    });
    expect(found?.fullId).toMatch(/^[0-9a-f]{64}$/);
    expect(found?.imageId).toMatch(/^[0-9a-f]{64}$/);
    expect(found?.mounts).toEqual([
      { source: "/etc", destination: "/host/etc", mode: "ro", writable: false, propagation: "rprivate" },
    ]);
    expect([...(found?.labels ?? [])]).toEqual([["tier", "front"]]);
  });

  test("an ordinary container is not privileged, and has the name of the image if started by image ID", async () => {
    const id = dockerd.docker("image", "inspect", "-f", "{{.Id}}", IMAGE).trim();
    const found = await run(id, "sleep", "600");
    expect(found).toMatchObject({ privileged: false, hostPid: false, probes: [], mounts: [] });
    expect([found?.repository, found?.tag]).toEqual(["registry.local:5000/acme/busybox", "1.37"]);
  });

  test("a missing container is undefined", async () => {
    const runtime = await openDocker("docker", dockerd.socket, options);
    expect(await runtime.lookUp("0123456789ab")).toBeUndefined();
    runtime.close();
  });

  test("containers are reported when created, before they run, and after a restart of the daemon", async () => {
    const before = dockerd.docker("create", "--name=before", IMAGE, "true").trim();
    const reported = new Map<string, Container>();
    const ended: string[] = [];
    const reports: string[] = [];
    const runtimes = await watchRuntimes(
      [{ socket: dockerd.socket, open: (socket, how) => openDocker("docker", socket, how) }],
      "/",
      options,
      { put: (container) => reported.set(container.fullId, container), end: (id) => ended.push(id) },
      {
        found: (name) => reports.push(`found ${name}`),
        disconnected: (name) => reports.push(`lost ${name}`),
      },
    );
    try {
      expect(runtimes.connected).toEqual(["docker"]);
      expect(reported.get(before)?.name).toBe("before");
      const made = dockerd.docker("create", "--network=host", "--name=made", IMAGE, "true").trim();
      await until(() => reported.has(made));
      expect(reported.get(made)?.repository).toBe("registry.local:5000/acme/busybox");
      dockerd.docker("start", "-a", made);
      await until(() => ended.includes(made.slice(0, 12)));
      await dockerd.stop();
      await until(() => runtimes.connected.length === 0);
      expect(runtimes.ask("0123456789ab", () => {})).toBe(false);
      await dockerd.start();
      await until(() => runtimes.connected.length === 1);
      expect(reports).toEqual(["found docker", "lost docker", "found docker"]);
      const again = dockerd.docker("create", "--name=again", IMAGE, "true").trim();
      await until(() => reported.has(again));
      const answer = await new Promise<Container | undefined>((resolve) => {
        expect(runtimes.ask(again.slice(0, 12), resolve)).toBe(true);
      });
      expect(answer?.name).toBe("again");
    } finally {
      await runtimes.close();
    }
  }, 300_000);
});

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); await sleep(20)) {
    if (Date.now() > end) throw new Error("it did not come to pass in 20 s");
  }
}

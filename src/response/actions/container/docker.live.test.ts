import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { alertOf, requestOf } from "../../../../test/response/process.ts";
import { IMAGE } from "../../../context/runtime/busybox.fixture.ts";
import { type Dockerd, startDockerd } from "../../../context/runtime/docker.fixture.ts";
import type { Action } from "../../action.ts";
import { withFallbacks } from "../../parameters.ts";
import { action as kill } from "./kill.ts";
import { action as pause } from "./pause.ts";
import { action as resume } from "./resume.ts";
import { action as stop } from "./stop.ts";

describe("containers of a real Docker", needs("root", "static busybox", "dockerd", "docker", "runc"), () => {
  let dockerd: Dockerd;
  beforeAll(async () => {
    dockerd = await startDockerd();
  }, 300_000);
  afterAll(async () => {
    await dockerd?.close();
  }, 300_000);

  // A second try of a test starts a container with the same name.
  afterEach(() => {
    const ids = dockerd.docker("ps", "--all", "--quiet").split("\n").filter(Boolean);
    if (ids.length > 0) dockerd.docker("rm", "--force", ...ids);
  });

  const start = (name: string, ...command: readonly string[]): string =>
    dockerd.docker("run", "-d", "--network=host", `--name=${name}`, IMAGE, ...command).trim();
  const stateOf = (id: string): string => dockerd.docker("inspect", "-f", "{{.State.Status}}", id).trim();

  function act(action: Action, id: string, given: Record<string, unknown> = {}) {
    const alert = alertOf({ "container.id": id, "container.name": "shop" });
    const runtimes = { docker: ["/nowhere.sock", dockerd.socket], podman: [], containerd: [], cri: [] };
    const parameters = withFallbacks(action.parameters, given);
    return action.run({ ...requestOf(alert, parameters), host: testHost({ runtimes }) });
  }

  test("are paused, resumed and stopped once", async () => {
    const id = start("shop", "sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done");
    const short = id.slice(0, 12);
    expect(pause.target(alertOf({ "container.id": short, "container.name": "shop" }), {})).toEqual({
      target: `container ${short} shop`,
    });
    expect(await act(pause, short)).toEqual({ outcome: "done", answer: `Paused container ${short} (shop) by Docker.` });
    expect(stateOf(id)).toBe("paused");
    expect(await act(pause, short)).toMatchObject({
      outcome: "skipped",
      reason: expect.stringContaining("already paused"),
    });
    expect(await act(resume, short)).toMatchObject({ outcome: "done" });
    expect(stateOf(id)).toBe("running");
    expect(await act(resume, short)).toMatchObject({ outcome: "skipped" });
    expect(await act(stop, id)).toEqual({ outcome: "done", answer: `Stopped container ${short} (shop) by Docker.` });
    expect(dockerd.docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", id).trim()).toBe("exited 7");
    expect(await act(stop, id)).toEqual({ outcome: "skipped", reason: `Container ${short} has exited.` });
  });

  test("kills a container that ignores its stop signal after the grace period, and a paused container immediately", async () => {
    const deaf = start("deaf", "sleep", "600");
    expect(await act(stop, deaf, { grace: 1 })).toMatchObject({ outcome: "done" });
    expect(stateOf(deaf)).toBe("exited");
    const still = start("still", "sleep", "600");
    await act(pause, still);
    expect(await act(kill, still)).toMatchObject({ outcome: "done" });
    expect(dockerd.docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", still).trim()).toBe("exited 137");
  });

  test("skips other containers: unknown ids, names, invalid ids", async () => {
    const id = start("abcdefabcdef", "sleep", "600");
    expect(await act(kill, "abcdefabcdef")).toEqual({
      outcome: "skipped",
      reason: "Container abcdefabcdef was not found in any container runtime on this machine.",
    });
    expect(await act(kill, "0123456789ab")).toMatchObject({ outcome: "skipped" });
    for (const [why, text] of Object.entries(hostile)) {
      expect((await act(kill, text)).outcome, why).not.toBe("done");
      expect((await act(kill, `${id}/../${text}`)).outcome, why).not.toBe("done");
    }
    expect(await act(kill, "host")).toEqual({
      outcome: "failed",
      reason: "The alert's process is not in a container.",
    });
    expect(stateOf(id)).toBe("running");
    await act(kill, id);
  });

  test("treats names, labels and command lines as data", async () => {
    const texts = Object.values(hostile).filter(
      (text) => !text.includes("\n") && text.isWellFormed() && text.length < 1000,
    );
    const labels = texts.map((text, i) => `--label=label${i}=${text}`);
    const how = ["-d", "--network=host", "--name=labelled", ...labels, IMAGE];
    const id = dockerd.docker("run", ...how, "sh", "-c", "sleep 600", ...texts).trim();
    for (const [why, text] of Object.entries(hostile)) {
      const alert = alertOf({ "container.id": id.slice(0, 12), "container.name": text, "proc.cmdline": text });
      const runtimes = { docker: [dockerd.socket], podman: [], containerd: [], cri: [] };
      const request = { ...requestOf(alert, withFallbacks(pause.parameters, {})), host: testHost({ runtimes }) };
      expect(pause.target(alert, {}), why).toEqual({ target: `container ${id.slice(0, 12)} ${text}` });
      expect(await pause.run(request), why).toMatchObject({ outcome: "done" });
      expect(await resume.run(request), why).toMatchObject({ outcome: "done" });
    }
    await act(kill, id);
    expect(existsSync("/tmp/eyas-was-here")).toBe(false);
  });

  test("reports that no runtime is reachable", async () => {
    const request = requestOf(alertOf({ "container.id": "0123456789ab" }), withFallbacks(kill.parameters, {}));
    expect(await kill.run(request)).toEqual({
      outcome: "failed",
      reason: "container:kill failed for container 0123456789ab: no container runtime is reachable on this machine.",
    });
  });

  test("skips its own container", () => {
    // The program runs in a container whose root directory is that of this test.
    const folder = import.meta.dirname;
    const script = `
      import { execFileSync } from "node:child_process";
      import { action } from "${folder}/kill.ts";
      import { alertOf, requestOf } from "${folder}/../../../../test/response/process.ts";
      import { testHost } from "${folder}/../../../../test/response/host.ts";
      const words = ["-H", "unix://${dockerd.socket}", "inspect", "-f", "{{.Id}}", "own"];
      const id = execFileSync("docker", words, { encoding: "utf8" }).trim();
      const runtimes = { docker: ["${dockerd.socket}"], podman: [], containerd: [], cri: [] };
      const result = await action.run({ ...requestOf(alertOf({ "container.id": id })), host: testHost({ runtimes }) });
      console.log(JSON.stringify(result));
    `;
    const node = ["busybox", "chroot", "/mnt", process.execPath, "--input-type=module", "-e", script];
    const how = ["--rm", "--name=own", "--privileged", "--network=host", "--pid=host", "-v=/:/mnt", IMAGE];
    expect(JSON.parse(dockerd.docker("run", ...how, ...node))).toEqual({
      outcome: "skipped",
      reason: expect.stringMatching(/^Container [0-9a-f]{12} is the container in which Eyas runs\.$/),
    });
  });
});

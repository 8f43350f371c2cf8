import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { IMAGE, rootArchive } from "../../context/runtime/busybox.fixture.ts";
import type { Action } from "../action.ts";
import { alertOf, requestOf } from "../host/process.fixture.ts";
import { withFallbacks } from "../parameters.ts";
import { placeOf } from "../place.fixture.ts";
import { action as kill } from "./kill.ts";
import { action as pause } from "./pause.ts";
import { action as resume } from "./resume.ts";
import { action as stop } from "./stop.ts";

describe("containers of a real Podman", needs("root", "static busybox", "podman", "conmon", "runc"), () => {
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

  function act(action: Action, id: string) {
    const request = requestOf(alertOf({ "container.id": id }), withFallbacks(action.parameters, { grace: 1 }));
    return action.run({
      ...request,
      place: placeOf({ runtimes: { docker: [], podman: [socket], containerd: [], cri: [] } }),
    });
  }

  test("are paused, resumed, stopped and killed", async () => {
    const run = (): string => podman("run", "-d", "--network=host", IMAGE, "sleep", "600").trim();
    const stateOf = (id: string): string => podman("inspect", "-f", "{{.State.Status}}", id).trim();
    const first = run();
    const short = first.slice(0, 12);
    expect(await act(pause, short)).toMatchObject({ outcome: "done", answer: expect.stringContaining("by Podman") });
    expect(stateOf(first)).toBe("paused");
    expect(await act(pause, short)).toMatchObject({ outcome: "skipped" });
    expect(await act(resume, short)).toMatchObject({ outcome: "done" });
    expect(stateOf(first)).toBe("running");
    expect(await act(stop, short)).toMatchObject({ outcome: "done" });
    expect(stateOf(first)).toBe("exited");
    const second = run();
    await act(pause, second);
    expect(await act(kill, second)).toMatchObject({ outcome: "done" });
    for (const end = Date.now() + 5000; stateOf(second) !== "exited" && Date.now() < end; ) await sleep(50);
    expect(stateOf(second)).toBe("exited");
  });
});

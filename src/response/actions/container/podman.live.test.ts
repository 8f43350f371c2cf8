import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { alertOf, requestOf } from "../../../../test/response/process.ts";
import { IMAGE } from "../../../context/runtime/busybox.fixture.ts";
import { type PodmanService, startPodman } from "../../../context/runtime/podman.fixture.ts";
import type { Action } from "../../action.ts";
import { withFallbacks } from "../../parameters.ts";
import { action as kill } from "./kill.ts";
import { action as pause } from "./pause.ts";
import { action as resume } from "./resume.ts";
import { action as stop } from "./stop.ts";

describe("containers of a real Podman", needs("root", "static busybox", "podman", "conmon", "runc"), () => {
  let service: PodmanService;
  beforeAll(async () => {
    service = await startPodman();
  }, 300_000);
  afterAll(() => service?.close(), 300_000);

  function act(action: Action, id: string) {
    const request = requestOf(alertOf({ "container.id": id }), withFallbacks(action.parameters, { grace: 1 }));
    return action.run({
      ...request,
      host: testHost({ runtimes: { docker: [], podman: [service.socket], containerd: [], cri: [] } }),
    });
  }

  test("are paused, resumed, stopped and killed", async () => {
    const { podman } = service;
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
    for (const end = Date.now() + 60_000; stateOf(second) !== "exited" && Date.now() < end; ) await sleep(50);
    expect(stateOf(second)).toBe("exited");
  });
});

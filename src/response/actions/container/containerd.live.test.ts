import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { testHost } from "../../../../test/response/host.ts";
import { hostile } from "../../../../test/response/hostile.ts";
import { alertOf, requestOf } from "../../../../test/response/process.ts";
import { IMAGE } from "../../../context/runtime/busybox.fixture.ts";
import { type Containerd, startContainerd } from "../../../context/runtime/containerd.fixture.ts";
import { type GrpcClient, grpcClient } from "../../../context/runtime/grpc.ts";
import type { Action } from "../../action.ts";
import { withFallbacks } from "../../parameters.ts";
import { action as kill } from "./kill.ts";
import { action as pause } from "./pause.ts";
import { action as resume } from "./resume.ts";
import { action as stop } from "./stop.ts";

describe("containers of a real containerd", needs("root", "static busybox", "containerd", "runc"), () => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd();
  }, 300_000);
  afterAll(async () => {
    await containerd?.close();
  }, 300_000);

  function act(action: Action, id: string, over: "containerd" | "cri", given: Record<string, unknown> = {}) {
    const runtimes = { docker: [], podman: [], containerd: [], cri: [], [over]: [containerd.socket] };
    const request = requestOf(alertOf({ "container.id": id }), withFallbacks(action.parameters, given));
    return action.run({ ...request, host: testHost({ runtimes }) });
  }

  const stateOf = (id: string): string =>
    new RegExp(`^${id}\\s+\\d+\\s+(\\w+)`, "m").exec(containerd.ctr("tasks", "ls"))?.[1] ?? "gone";

  test("are paused, resumed, stopped and killed", async () => {
    const long = "3f".repeat(32);
    const short = long.slice(0, 12);
    containerd.ctr("run", "-d", IMAGE, long, "sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done");
    expect(await act(pause, short, "containerd")).toEqual({
      outcome: "done",
      answer: `Paused container ${short} by containerd.`,
    });
    expect(stateOf(long)).toBe("PAUSED");
    expect(await act(pause, short, "containerd")).toMatchObject({ outcome: "skipped" });
    expect(await act(resume, short, "containerd")).toMatchObject({ outcome: "done" });
    expect(stateOf(long)).toBe("RUNNING");
    expect(await act(stop, short, "containerd")).toMatchObject({ outcome: "done" });
    expect(stateOf(long)).toBe("STOPPED");
    expect(await act(stop, short, "containerd")).toMatchObject({ outcome: "skipped" });

    containerd.ctr("run", "-d", IMAGE, "deaf", "sleep", "600");
    expect(await act(stop, "deaf", "containerd", { grace: 1 })).toMatchObject({ outcome: "done" });
    expect(stateOf("deaf")).toBe("STOPPED");
    containerd.ctr("run", "-d", IMAGE, "still", "sleep", "600");
    await act(pause, "still", "containerd");
    expect(await act(kill, "still", "containerd")).toMatchObject({ outcome: "done" });
    expect(stateOf("still")).toBe("STOPPED");
  });

  test("skips other containers: prefixes of names, invalid ids", async () => {
    containerd.ctr("run", "-d", IMAGE, "shop-database-1", "sleep", "600");
    expect(await act(kill, "shop-databas", "containerd")).toMatchObject({ outcome: "skipped" });
    for (const [why, text] of Object.entries(hostile)) {
      expect((await act(kill, text, "containerd")).outcome, why).not.toBe("done");
    }
    for (const text of [".*", "s.*", "shop.database.1"]) {
      expect((await act(kill, text, "containerd")).outcome, text).not.toBe("done");
    }
    expect(stateOf("shop-database-1")).toBe("RUNNING");
  });

  test("stops a pod's container over CRI, which cannot pause; containerd's API can", async () => {
    const kubelet = grpcClient(containerd.socket, ["cri.fixture.proto"], 10_000);
    try {
      const id = await startPod(kubelet, containerd.folder);
      const short = id.slice(0, 12);
      expect(await act(pause, short, "cri")).toMatchObject({
        outcome: "failed",
        reason: expect.stringContaining("cannot pause"),
      });
      expect(await act(pause, short, "containerd")).toMatchObject({ outcome: "done" });
      expect(containerd.ctr("-n", "k8s.io", "tasks", "ls")).toMatch(new RegExp(`${id}\\s+\\d+\\s+PAUSED`));
      expect(await act(resume, short, "containerd")).toMatchObject({ outcome: "done" });
      const pid = Number(new RegExp(`${id}\\s+(\\d+)`).exec(containerd.ctr("-n", "k8s.io", "tasks", "ls"))?.[1]);
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("sleep");
      expect(await act(stop, short, "cri", { grace: 1 })).toEqual({
        outcome: "done",
        answer: `Stopped container ${short} (main) by containerd.`,
      });
      expect(() => readFileSync(`/proc/${pid}/cmdline`)).toThrow();
      expect(await act(stop, short, "cri")).toMatchObject({ outcome: "skipped" });
    } finally {
      kubelet.close();
    }
  }, 300_000);
});

/** @returns the ID of the container */
async function startPod(kubelet: GrpcClient, folder: string): Promise<string> {
  const ask = async (method: string, request: object): Promise<string> => {
    const answer = await kubelet.ask(`runtime.v1.RuntimeService/${method}`, request);
    return String(answer?.pod_sandbox_id ?? answer?.container_id ?? "");
  };
  const NODE = 2;
  const pod = {
    metadata: { name: "web-1", uid: "0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11", namespace: "shop" },
    log_directory: folder,
    linux: {
      cgroup_parent: "/kubepods/besteffort/pod0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11",
      security_context: { namespace_options: { network: NODE, pid: 1, ipc: 0 }, privileged: true },
    },
  };
  const sandbox = await ask("RunPodSandbox", { config: pod });
  const config = {
    metadata: { name: "main" },
    image: { image: IMAGE },
    command: ["/bin/sleep", "600"],
    linux: { security_context: { privileged: true, namespace_options: { network: NODE, pid: 1, ipc: 0 } } },
  };
  const id = await ask("CreateContainer", { pod_sandbox_id: sandbox, config, sandbox_config: pod });
  await ask("StartContainer", { container_id: id });
  return id;
}

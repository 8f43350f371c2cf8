import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import type { Container } from "../../machine/container-info.ts";
import { IMAGE } from "./busybox.fixture.ts";
import { type Containerd, startContainerd } from "./containerd.fixture.ts";
import { openContainerd } from "./containerd.ts";
import { openCri } from "./cri.ts";
import { grpcClient } from "./grpc.ts";
import { watchRuntimes } from "./watch.ts";

const options = { longestLabel: 100, timeout: 5000 };

describe("a real containerd", needs("root", "static busybox", "containerd", "runc"), () => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd();
  }, 300_000);
  afterAll(async () => {
    await containerd?.close();
  }, 300_000);

  test("the containerd API has the containers of ctr", async () => {
    const mount = "--mount=type=bind,src=/etc,dst=/host/etc,options=rbind:ro";
    containerd.ctr(
      "run",
      "-d",
      "--privileged",
      "--net-host",
      "--label=tier=front",
      mount,
      IMAGE,
      "shop",
      "sleep",
      "600",
    );
    containerd.ctr("run", "-d", IMAGE, "plain", "sleep", "600");
    const runtime = await openContainerd(containerd.socket, options);
    try {
      const shop = await runtime.lookUp("shop");
      expect(shop).toMatchObject({
        id: "shop",
        fullId: "shop",
        type: "containerd",
        name: "shop",
        image: IMAGE,
        repository: "registry.local:5000/acme/busybox",
        tag: "1.37",
        privileged: true,
        hostNetwork: true,
        hostPid: false,
        hostIpc: false,
      });
      expect(shop?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(shop?.labels.get("tier")).toBe("front");
      expect(shop?.mounts).toContainEqual({
        source: "/etc",
        destination: "/host/etc",
        mode: "",
        writable: false,
        propagation: "",
      });
      expect(await runtime.lookUp("plain")).toMatchObject({ privileged: false, hostNetwork: false, hostPid: false });
      expect(await runtime.lookUp("nobody")).toBeUndefined();
      expect((await runtime.list()).map(({ name }) => name).sort()).toEqual(["plain", "shop"]);
    } finally {
      runtime.close();
    }
  });

  test("creation and removal of containers are reported", async () => {
    const reported = new Map<string, Container>();
    const ended: string[] = [];
    const runtimes = await watchRuntimes(
      [{ socket: containerd.socket, open: openContainerd }],
      "/",
      options,
      { put: (container) => reported.set(container.id, container), end: (id) => ended.push(id) },
      { found: () => {}, disconnected: () => {} },
    );
    try {
      containerd.ctr("run", "--rm", IMAGE, "brief", "true");
      await until(() => reported.has("brief") && ended.includes("brief"));
      expect(reported.get("brief")?.repository).toBe("registry.local:5000/acme/busybox");
    } finally {
      await runtimes.close();
    }
  });

  test("the end and the next start of a container that is not removed are reported", async () => {
    const reported: string[] = [];
    const runtimes = await watchRuntimes(
      [{ socket: containerd.socket, open: openContainerd }],
      "/",
      options,
      { put: ({ id }) => reported.push(`put ${id}`), end: (id) => reported.push(`end ${id}`) },
      { found: () => {}, disconnected: () => {} },
    );
    try {
      containerd.ctr("run", "-d", IMAGE, "again", "sleep", "600");
      containerd.ctr("task", "kill", "-s", "KILL", "again");
      await until(() => containerd.ctr("task", "ls").includes("STOPPED"));
      containerd.ctr("task", "delete", "again");
      await until(() => reported.includes("end again"));
      const before = reported.length;
      containerd.ctr("task", "start", "-d", "again");
      await until(() => reported.slice(before).includes("put again"));
    } finally {
      await runtimes.close();
    }
  });

  test("CRI has pods: sandbox, container, labels, namespaces, probes", async () => {
    const reported = new Map<string, Container>();
    const ended: string[] = [];
    const runtimes = await watchRuntimes(
      [{ socket: containerd.socket, open: openCri }],
      "/",
      options,
      { put: (container) => reported.set(container.fullId, container), end: (id) => ended.push(id) },
      { found: () => {}, disconnected: () => {} },
    );
    const kubelet = grpcClient(containerd.socket, ["cri.fixture.proto"], 10_000);
    const ask = async (method: string, request: object): Promise<string> => {
      const answer = await kubelet.ask(`runtime.v1.RuntimeService/${method}`, request);
      return String(answer?.pod_sandbox_id ?? answer?.container_id ?? "");
    };
    const NODE = 2;
    const pod = {
      metadata: { name: "web-1", uid: "0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11", namespace: "shop" },
      log_directory: containerd.folder,
      labels: { app: "web", "io.kubernetes.pod.name": "web-1" },
      linux: {
        cgroup_parent: "/kubepods/besteffort/pod0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11",
        security_context: { namespace_options: { network: NODE, pid: 1, ipc: 0 }, privileged: true },
      },
    };
    const probe = { exec: { command: ["/bin/cat", "/tmp/healthy"] } };
    const applied = { spec: { containers: [{ name: "main", livenessProbe: probe }] } };
    const main = {
      metadata: { name: "main" },
      image: { image: IMAGE },
      command: ["/bin/sleep", "600"],
      labels: { "io.kubernetes.container.name": "main", "io.kubernetes.pod.name": "web-1" },
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(applied) },
      mounts: [{ container_path: "/host/etc", host_path: "/etc", readonly: true }],
      linux: { security_context: { privileged: true, namespace_options: { network: NODE, pid: 1, ipc: 0 } } },
    };
    try {
      const sandboxId = await ask("RunPodSandbox", { config: pod });
      const containerId = await ask("CreateContainer", {
        pod_sandbox_id: sandboxId,
        config: main,
        sandbox_config: pod,
      });
      await ask("StartContainer", { container_id: containerId });
      await until(() => reported.has(containerId) && reported.has(sandboxId));
      const found = await new Promise<Container | undefined>((resolve) => {
        expect(runtimes.ask(containerId.slice(0, 12), resolve)).toBe(true);
      });
      expect(found).toMatchObject({
        type: "containerd",
        name: "main",
        image: IMAGE,
        repository: "registry.local:5000/acme/busybox",
        tag: "1.37",
        privileged: true,
        hostNetwork: true,
        hostPid: false,
        sandboxId,
        isSandbox: false,
        probes: [{ kind: "liveness", exe: "/bin/cat", args: ["/tmp/healthy"] }],
        mounts: [{ source: "/etc", destination: "/host/etc", mode: "", writable: false, propagation: "private" }],
      });
      expect(found?.labels.get("io.kubernetes.pod.name")).toBe("web-1");
      expect(found?.labels.get("io.kubernetes.pod.namespace")).toBe("shop");
      expect(found?.labels.get("io.kubernetes.pod.uid")).toBe("0b4d7a52-5d0e-4f5a-9a3e-0a2c7a2f6d11");
      expect(found?.sandboxLabels.get("app")).toBe("web");
      expect(reported.get(sandboxId)).toMatchObject({ isSandbox: true, sandboxId });
      await ask("RemovePodSandbox", { pod_sandbox_id: sandboxId });
      await until(() => ended.includes(containerId.slice(0, 12)));
    } finally {
      kubelet.close();
      await runtimes.close();
    }
  }, 300_000);

  test("a socket of another service is not a CRI runtime", async () => {
    const runtimes = await watchRuntimes(
      [{ socket: "/nowhere.sock", open: openCri }],
      "/",
      options,
      { put: () => {}, end: () => {} },
      { found: () => {}, disconnected: () => {} },
    );
    expect(runtimes.connected).toEqual([]);
    await runtimes.close();
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); await sleep(20)) {
    if (Date.now() > end) throw new Error("it did not come to pass in 20 s");
  }
}

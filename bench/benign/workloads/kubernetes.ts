// about: a Kubernetes node and its control plane: pods by CRI with probes, containerd, etcd, kube-apiserver, kubectl
// needs: containerd ctr runc etcd kubectl busybox openssl
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IMAGE } from "../../../src/context/runtime/busybox.fixture.ts";
import { startContainerd } from "../../../src/context/runtime/containerd.fixture.ts";
import { grpcClient } from "../../../src/context/runtime/grpc.ts";
import { startApiServer } from "../../../test/parts/kubernetes/api-server.ts";
import { apiServerPath } from "../../../test/parts/kubernetes/parts.ts";

const work = process.env.WORK ?? "/var/lib/benign-kubernetes";
process.env.TMPDIR = work;
const until = Number(process.env.UNTIL) * 1000;

const POD_NAMESPACES = { network: 2, pid: 1, ipc: 0 };
const server = existsSync(apiServerPath) ? await startApiServer() : undefined;
const containerd = await startContainerd();
const kubelet = grpcClient(containerd.socket, ["cri.fixture.proto"], 30_000);
for (let round = 0; round === 0 || Date.now() < until; round++) {
  const pods = await Promise.all(["web", "api", "job"].map((name) => startPod(`${name}-${round}`)));
  for (let i = 0; i < 5; i++) {
    for (const { container } of pods)
      await ask("ExecSync", { container_id: container, cmd: ["/bin/cat", "/etc/passwd"], timeout: 5 });
    for (const words of [
      "get namespaces",
      "get pods -A",
      "create configmap a --from-literal=a=b",
      "delete configmap a",
    ])
      attempt(() => server?.kubectl(undefined, ...words.split(" ")));
    await sleep(1000);
  }
  for (const { sandbox } of pods) await ask("RemovePodSandbox", { pod_sandbox_id: sandbox });
}
kubelet.close();
await containerd.close();
await server?.close();
process.exit(0);

async function startPod(name: string): Promise<{ sandbox: string; container: string }> {
  const uid = `0b4d7a52-5d0e-4f5a-9a3e-${Buffer.from(name).toString("hex").slice(-12).padStart(12, "0")}`;
  const pod = {
    metadata: { name, uid, namespace: "shop" },
    log_directory: join(containerd.folder, name),
    labels: { app: name, "io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": "shop" },
    linux: {
      cgroup_parent: `/kubepods/besteffort/pod${uid}`,
      security_context: { namespace_options: POD_NAMESPACES },
    },
  };
  const main = {
    metadata: { name: "main" },
    image: { image: IMAGE },
    command: ["/bin/sh", "-c", "while true; do date; sleep 1; done"],
    labels: { "io.kubernetes.container.name": "main", "io.kubernetes.pod.name": name },
    mounts: [{ container_path: "/etc/hosts", host_path: "/etc/hosts", readonly: true }],
    linux: { security_context: { namespace_options: POD_NAMESPACES } },
  };
  const sandbox = await ask("RunPodSandbox", { config: pod });
  const container = await ask("CreateContainer", { pod_sandbox_id: sandbox, config: main, sandbox_config: pod });
  await ask("StartContainer", { container_id: container });
  return { sandbox, container };
}

/** Sends a request to the runtime. A failure is printed, and the workload continues. @returns the ID in the response */
async function ask(method: string, request: object): Promise<string> {
  try {
    const answer = await kubelet.ask(`runtime.v1.RuntimeService/${method}`, request);
    return String(answer?.pod_sandbox_id ?? answer?.container_id ?? "");
  } catch (error) {
    process.stderr.write(`${method}: ${String(error)}\n`);
    return "";
  }
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
  }
}

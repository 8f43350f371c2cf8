/** The container image watches the machine, with the privileges and paths in deploy/kubernetes/daemonset.yaml. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { CONTAINERD_CAPABILITIES, imageFile } from "../../scripts/package/image.fixture.ts";
import { type Containerd, startContainerd } from "../../src/context/runtime/containerd.fixture.ts";
import { type GrpcClient, grpcClient } from "../../src/context/runtime/grpc.ts";
import { needs } from "../parts/needs.ts";
import { home, pause } from "./sensor.ts";

const IMAGE = "docker.io/library/eyas:0.1.0";
/** Maximum time until the sensor receives events, in milliseconds. */
const PATIENCE = 120_000;
const folder = mkdtempSync(join(tmpdir(), "eyas-image-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Pod {
  readonly containers: readonly [
    {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
      readonly securityContext: { readonly capabilities: { readonly add: readonly string[] } };
      readonly volumeMounts: readonly {
        readonly name: string;
        readonly mountPath: string;
        readonly readOnly?: boolean;
      }[];
    },
  ];
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
}

interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

interface Container {
  readonly capabilities: readonly string[];
  readonly env: readonly (readonly [name: string, value: string])[];
  readonly mounts: readonly Mount[];
}

/** Returns the container of the DaemonSet. @param name directory for the journal and the rules of the test */
function fromDaemonSet(name: string): Container {
  type Manifest = { readonly kind: string; readonly spec: { readonly template: { readonly spec: Pod } } };
  const documents = parseAllDocuments(readFileSync(join(home, "deploy/kubernetes/daemonset.yaml"), "utf8"));
  const found = documents.map((each) => each.toJS() as Manifest).find(({ kind }) => kind === "DaemonSet")!;
  const { containers, volumes } = found.spec.template.spec;
  const { env, securityContext, volumeMounts } = containers[0];
  const paths = new Map(volumes.map(({ name, hostPath }) => [name, hostPath?.path]));
  return {
    capabilities: securityContext.capabilities.add,
    env: env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
    mounts: volumeMounts.map(({ name: volume, mountPath: target, readOnly = false }) => {
      // The journal of the test, and the ConfigMap.
      const own = join(folder, name, volume);
      const source = volume === "journal" ? own : (paths.get(volume) ?? own);
      if (source === own) mkdirSync(own, { recursive: true });
      return { source, target, readOnly };
    }),
  };
}

/** Returns the options of `ctr run` for a container. */
function optionsOf({ capabilities, env, mounts }: Container): string[] {
  return [
    ...["--read-only", "--seccomp"],
    ...CONTAINERD_CAPABILITIES.flatMap((name) => ["--cap-drop", name]),
    ...capabilities.flatMap((name) => ["--cap-add", `CAP_${name}`]),
    ...env.flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...mounts.flatMap(({ source, target, readOnly }) => [
      "--mount",
      `type=bind,src=${source},dst=${target},options=rbind:${readOnly ? "ro" : "rw"}`,
    ]),
  ];
}

const COMMAND = ["run", "-o", "journal.path=/var/lib/eyas/journal.db", "-r", "/etc/eyas/rules.yaml"];

/** Writes a rule about commands with a mark. */
function writeRule(name: string, mark: string): void {
  writeFileSync(
    join(folder, name, "config/rules.yaml"),
    `- rule: Marked\n  desc: Commands of the test\n  condition: evt.type = execve and proc.args contains ${mark}\n  output: "%proc.cmdline %proc.exepath"\n  priority: NOTICE\n`,
  );
}

const parts = needs("sensor", "root", "all processes", "static busybox", "containerd", "runc", "image libraries");

describe("the image under containerd", parts, () => {
  let containerd: Containerd;
  beforeAll(async () => {
    containerd = await startContainerd();
    const file = await imageFile();
    for (const namespace of ["default", "k8s.io"]) containerd.ctr("-n", namespace, "images", "import", file);
  }, 300_000);
  afterAll(() => containerd?.close(), 60_000);

  /** Runs commands with a mark until they have raised alerts. @param check throws if the container has ended */
  async function expectAlerts(mark: string, listed: () => string | Promise<string>, check: () => void): Promise<void> {
    let alerts = "";
    for (const end = Date.now() + PATIENCE; Date.now() < end && !alerts.includes(mark); await pause(500)) {
      check();
      spawnSync("true", [mark]);
      alerts = await listed();
    }
    expect(alerts).toContain(`true ${mark}`);
    expect(alerts).toMatch(/"proc\.exepath":"\/(?:usr\/)?bin\/true"/);
  }

  test("watches processes of the machine, and lists their alerts", async () => {
    const mark = `eyas-image-${process.pid}`;
    const options = optionsOf(fromDaemonSet("ctr"));
    writeRule("ctr", mark);
    const log = join(folder, "log");
    const uri = `file://${log}`;
    containerd.ctr("run", "-d", "--log-uri", uri, ...options, IMAGE, "sensor", "/opt/eyas/bin/eyas", ...COMMAND);
    let times = 0;
    const listed = (): string => {
      const words = ["tasks", "exec", "--exec-id", `alerts${++times}`, "sensor", "eyas", "alerts", "--json"];
      return spawnSync("ctr", ["-a", containerd.socket, ...words], { encoding: "utf8" }).stdout;
    };
    await expectAlerts(mark, listed, () =>
      expect(containerd.ctr("tasks", "ls"), readFileSync(log, "utf8")).toMatch(/sensor +\d+ +RUNNING/),
    );
  });

  test("does the same as a container of a pod, over CRI", async () => {
    const mark = `eyas-pod-${process.pid}`;
    const container = fromDaemonSet("pod");
    writeRule("pod", mark);
    const kubelet = grpcClient(containerd.socket, ["cri.fixture.proto"], PATIENCE);
    try {
      const id = await startPod(kubelet, container);
      const listed = async (): Promise<string> => {
        const request = { container_id: id, cmd: ["eyas", "alerts", "--json"], timeout: 60 };
        return String((await kubelet.ask(`${CRI}/ExecSync`, request))?.stdout ?? "");
      };
      await expectAlerts(mark, listed, () =>
        expect(containerd.ctr("-n", "k8s.io", "tasks", "ls")).toMatch(new RegExp(`${id} +\\d+ +RUNNING`)),
      );
      const pid = new RegExp(`${id} +(\\d+)`).exec(containerd.ctr("-n", "k8s.io", "tasks", "ls"))?.[1];
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const [, held] = /^CapBnd:\s+(\w+)$/m.exec(status) ?? [];
      expect(capabilitiesIn(BigInt(`0x${held}`))).toBe(container.capabilities.length);
      expect(readFileSync(`/proc/${pid}/mountinfo`, "utf8")).toMatch(/ \/ \/ ro,/);
    } finally {
      kubelet.close();
    }
  });
});

const CRI = "runtime.v1.RuntimeService";

/** Starts a pod with the container. @returns the ID of the container */
async function startPod(kubelet: GrpcClient, { capabilities, env, mounts }: Container): Promise<string> {
  const ask = async (method: string, request: object): Promise<string> => {
    const answer = await kubelet.ask(`${CRI}/${method}`, request);
    return String(answer?.pod_sandbox_id ?? answer?.container_id ?? "");
  };
  const [POD, NODE] = [0, 2];
  const uid = "5c1e7a80-5d0e-4f5a-9a3e-0a2c7a2f6d12";
  const namespaces = { network: NODE, pid: 1, ipc: POD };
  const pod = {
    metadata: { name: "eyas-1", uid, namespace: "eyas" },
    log_directory: folder,
    linux: { cgroup_parent: `/kubepods/besteffort/pod${uid}`, security_context: { namespace_options: namespaces } },
  };
  const sandbox = await ask("RunPodSandbox", { config: pod });
  const config = {
    metadata: { name: "eyas" },
    image: { image: IMAGE },
    args: COMMAND,
    envs: env.map(([key, value]) => ({ key, value })),
    mounts: mounts.map(({ source, target, readOnly }) => ({
      ...{ container_path: target, host_path: source, readonly: readOnly },
    })),
    linux: {
      security_context: {
        capabilities: { add_capabilities: capabilities, drop_capabilities: ["ALL"] },
        namespace_options: namespaces,
        readonly_rootfs: true,
        no_new_privs: true,
      },
    },
  };
  const id = await ask("CreateContainer", { pod_sandbox_id: sandbox, config, sandbox_config: pod });
  await ask("StartContainer", { container_id: id });
  return id;
}

function capabilitiesIn(set: bigint): number {
  return [...set.toString(2)].filter((bit) => bit === "1").length;
}

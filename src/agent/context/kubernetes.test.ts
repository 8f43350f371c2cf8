import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../../test/stage.ts";
import { CONTAINER, objects, POD_UID, webPod } from "../../../test/stand-in/kubernetes/shop.ts";
import { ApiServer } from "../../../test/stand-in/kubernetes/watched-api-server.ts";
import { loadConfig } from "../../config/load.ts";
import { EventCode } from "../../event/code.ts";
import { documentVocabulary } from "../../field/catalogue.ts";
import { classesOfSource } from "../../field/sources.ts";
import { container } from "../../machine/container-info.ts";
import type { Observed } from "../../machine/observed.ts";
import { type Context, openContext } from "./context.ts";
import { openCluster } from "./kubernetes.ts";

// The API server is a stand-in that sends the responses that Kubernetes documents.

const words = documentVocabulary(await classesOfSource("syscall"));
const id = CONTAINER.slice(0, 12);
const slice = `/kubepods.slice/kubepods-pod${POD_UID.replaceAll("-", "_")}.slice`;
const NOTHING = {
  wantsWorkloads: false,
  wantsHost: false,
  wantsNames: false,
  listedNames: new Set<string>(),
  wantsSessions: false,
  wantsPods: { pods: false, related: false },
};
const PODS = { ...NOTHING, wantsPods: { pods: true, related: true } };

let server: ApiServer;
let url: URL;
let context: Context | undefined;
let log: string[];
let arrived: number;
beforeEach(async () => {
  server = new ApiServer();
  for (const [kind, manifest] of objects) server.put(kind, manifest);
  url = await server.open();
  const config = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: url.href, "certificate-authority": "ca.crt" } }],
    users: [{ name: "u", user: { tokenFile: "token" } }],
  };
  writeFileSync(join(server.folder, "kubeconfig"), JSON.stringify(config));
  log = [];
  arrived = 0;
});
afterEach(async () => {
  context?.close();
  context = undefined;
  await server.close();
});

async function settings(...overrides: readonly string[]) {
  const { config, diagnostics } = await loadConfig(undefined, overrides);
  expect(diagnostics).toEqual([]);
  return config;
}

const toServer = () => [`kubernetes.kubeconfig=${join(server.folder, "kubeconfig")}`, "kubernetes.node=n1"];

const around = (stage: Stage, live = true) => ({
  machine: stage.machine,
  live,
  log: ({ message }: { message: string }) => void log.push(message),
  arrived: () => void arrived++,
});

function read(event: Observed, field: string): unknown {
  const use = words.lookup(field);
  if (use === undefined) throw new Error(`no field ${field}`);
  return use.field.bind(use.argument)(event);
}

/** Simulates the start of a process in the pod. */
function start(stage: Stage): Observed {
  stage.happen(EventCode.CLONE_20_X, 100, cloneValues(200, { tid: 100, pid: 100, vtid: 100, vpid: 100 }));
  const cgroups = `cpu=${slice}/cri-containerd-${CONTAINER}.scope\0`;
  return stage.happen(EventCode.EXECVE_19_X, 200, execValues({ exe: "/web", pid: 200, tid: 200, ptid: 100, cgroups }));
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); await sleep(5))
    if (Date.now() > end) throw new Error(`the condition did not become true: ${log.join(" ")}`);
}

test("events of a pod wait for the metadata of the pod and for related objects (stand-in)", async () => {
  const stage = new Stage({}, [process(100, 1)]);
  context = await openContext(await settings(...toServer(), "kubernetes.patience=60s"), PODS, around(stage));
  await until(() => log.length === 1);
  const event = start(stage);
  expect([stage.machine.pods?.isAwaited(id), read(event, "k8smeta.pod.name")]).toEqual([true, undefined]);
  arrived = 0;
  server.put("pods", webPod());
  await until(() => stage.machine.pods?.isAwaited(id) === false);
  expect(arrived).toBeGreaterThan(0);
  expect(Object.fromEntries(Object.keys(expected).map((field) => [field, read(event, field)]))).toEqual(expected);
  expect(log).toEqual([
    `Synced 0 pods on node n1 from the API server at ${url.origin}. If the node has another name, set kubernetes.node.`,
  ]);
});

const expected: Readonly<Record<string, unknown>> = {
  "k8smeta.pod.name": "web-5d8c9-x2x4z",
  "k8smeta.pod.uid": POD_UID,
  "k8smeta.pod.ip": "10.1.2.3",
  "k8smeta.pod.label[tier]": "front",
  "k8smeta.pod.label[none]": undefined,
  "k8smeta.pod.labels": ["app:web", "tier:front", "pod-template-hash:5d8c9"],
  "k8smeta.ns.name": "shop",
  "k8smeta.ns.uid": "ns-1",
  "k8smeta.ns.label[team]": "checkout",
  "k8smeta.ns.labels": ["team:checkout"],
  "k8smeta.deployment.name": "web",
  "k8smeta.deployment.uid": "dep-1",
  "k8smeta.deployment.labels": ["app:web"],
  "k8smeta.rs.name": "web-5d8c9",
  "k8smeta.rs.label[app]": "web",
  "k8smeta.rc.name": undefined,
  "k8smeta.svc.name": ["web", "front"],
  "k8smeta.svc.uid": ["svc-1", "svc-2"],
  "k8smeta.svc.label[app]": ["web"],
  "k8smeta.svc.labels": ["app:web", "kind:edge"],
  "k8s.deployment.name": "web",
  "k8s.deployment.id": "dep-1",
  "k8s.deployment.label[app]": "web",
  "k8s.rs.name": "web-5d8c9",
  "k8s.rs.labels": "app:web, pod-template-hash:5d8c9",
  "k8s.rc.name": undefined,
  "k8s.svc.name": "web,front",
  "k8s.svc.label[kind]": "edge",
  "k8s.ns.id": "ns-1",
  "k8s.ns.label[team]": "checkout",
  "k8s.ns.labels": "team:checkout",
  "k8s.node.name": "n1",
  "k8s.sa.name": "web-account",
  "k8s.owner.kind": "Deployment",
  "k8s.owner.name": "web",
  // Without a runtime, the container's metadata comes from the status of the pod.
  "k8s.pod.name": "web-5d8c9-x2x4z",
  "k8s.ns.name": "shop",
  "k8s.pod.uid": POD_UID,
  "k8s.pod.label[tier]": "front",
  "k8s.pod.ip": "10.1.2.3",
  "container.name": "main",
  "container.image.repository": "registry.local/web",
  "container.image.tag": "1.2",
  "container.privileged": true,
  "container.mount.source[/data]": "/srv/data",
  "container.liveness_probe": "cat /tmp/healthy",
};

test("events wait up to kubernetes.patience, and not at all with 0s (stand-in)", async () => {
  const stage = new Stage({}, [process(100, 1)]);
  context = await openContext(await settings(...toServer(), "kubernetes.patience=50ms"), PODS, around(stage));
  start(stage);
  expect(stage.machine.pods?.isAwaited(id)).toBe(true);
  await sleep(60);
  expect(stage.machine.pods?.isAwaited(id)).toBe(false);
  start(stage);
  expect(stage.machine.pods?.isAwaited(id)).toBe(false); // the same container does not wait again
  const hasty = new Stage({}, [process(100, 1)]);
  await context.apply({ config: await settings(), rules: NOTHING });
  context = await openContext(await settings(...toServer(), "kubernetes.patience=0s"), PODS, around(hasty));
  start(hasty);
  expect(hasty.machine.pods?.isAwaited(id)).toBe(false);
});

test("a reload of rules does not list pods again, and disconnects if pods are not needed (stand-in)", async () => {
  const stage = new Stage({}, [process(100, 1)]);
  context = await openContext(await settings(...toServer()), PODS, around(stage));
  await until(() => server.watching === 1);
  const lists = () => server.asked.filter(({ verb, resource }) => verb === "list" && resource === "pods").length;
  await context.apply({
    config: await settings(...toServer(), "cluster.name=edge"),
    rules: { ...PODS, wantsHost: true },
  });
  expect([lists(), server.watching, stage.machine.host?.cluster]).toEqual([1, 1, "edge"]);
  await context.apply({ config: await settings(...toServer(), "kubernetes.node=n2"), rules: PODS });
  await until(() => lists() === 2 && server.watching === 1);
  expect(server.asked.at(-1)?.query.get("fieldSelector")).toBe("spec.nodeName=n2");
  await context.apply({ config: await settings(...toServer()), rules: NOTHING });
  await until(() => server.watching === 0);
  expect([stage.machine.pods, context.cluster]).toEqual([undefined, undefined]);
});

test("without events of processes on this machine, pods are not listed (stand-in)", async () => {
  const stage = new Stage();
  const audit = ["engine.kind=nodriver", "sources.k8s_audit.from=http://127.0.0.1:0/x"];
  context = await openContext(await settings(...toServer(), ...audit), PODS, around(stage));
  expect([context.cluster, log]).toEqual([undefined, []]);
});

test("a missing cluster is logged only if it is required or its kubeconfig is invalid", async () => {
  const stage = new Stage({}, [process(100, 1)]);
  context = await openContext(await settings(), PODS, around(stage));
  expect([log, stage.machine.pods]).toEqual([[], undefined]);
  context = await openContext(await settings("kubernetes.enabled=true"), PODS, around(stage));
  context = await openContext(await settings("kubernetes.kubeconfig=/nowhere/config"), PODS, around(stage));
  context = await openContext(await settings(...toServer(), "kubernetes.enabled=false"), PODS, around(stage));
  context = await openContext(await settings(...toServer()), PODS, around(stage, false)); // a capture
  expect(log).toEqual([
    "Kubernetes pod metadata is not available: no service account was found, and kubernetes.kubeconfig is not set.",
    "Kubernetes pod metadata is not available: cannot read /nowhere/config: ENOENT.",
  ]);
  expect([server.asked, stage.machine.pods]).toEqual([[], undefined]);
});

test("probes of the pod complete containers of a runtime without probes (stand-in)", async () => {
  const stage = new Stage({}, [process(100, 1)]);
  const labels = new Map([
    ["io.kubernetes.pod.uid", POD_UID],
    ["io.kubernetes.container.name", "main"],
  ]);
  stage.machine.containerTable.put(container({ fullId: CONTAINER, name: "k8s_main_web", type: "docker", labels }));
  server.put("pods", webPod());
  context = await openContext(await settings(...toServer()), PODS, around(stage));
  await until(() => stage.machine.pods?.get(POD_UID) !== undefined);
  const event = start(stage);
  const fields = ["container.name", "container.type", "container.liveness_probe", "proc.is_container_liveness_probe"];
  expect(fields.map((field) => read(event, field))).toEqual(["k8s_main_web", "docker", "cat /tmp/healthy", false]);
  const cgroups = `cpu=${slice}/cri-containerd-${CONTAINER}.scope\0`;
  const probe = { exe: "cat", args: "/tmp/healthy\0", pid: 200, tid: 200, ptid: 100, cgroups };
  const probing = stage.happen(EventCode.EXECVE_19_X, 200, execValues(probe));
  stage.thread(200).vpid = 77;
  expect(read(probing, "proc.is_container_liveness_probe")).toBe(true);
});

test("in a pod, the environment and the service account are enough to connect (stand-in)", async () => {
  server.put("pods", webPod());
  const { kubernetes } = await settings();
  const { hostname: host, port } = url;
  const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, NODE_NAME: "n1" };
  const stage = new Stage({}, [process(100, 1)]);
  const cluster = await openCluster(kubernetes, PODS.wantsPods, {
    ...{ machine: stage.machine, log: around(stage).log, arrived: () => {}, environment, account: server.folder },
  });
  try {
    await until(() => log.length > 0);
    expect(log).toEqual([`Synced 1 pod on node n1 from the API server at ${url.origin}.`]);
    expect(cluster?.lastAnswer).toBeGreaterThan(0);
  } finally {
    cluster?.close();
  }
  const nobody = { ...around(stage), environment, account: "/nowhere" };
  expect(await openCluster(kubernetes, PODS.wantsPods, nobody)).toBeUndefined();
  expect(log).toHaveLength(1);
});

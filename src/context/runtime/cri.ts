import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "../../event/document.ts";
import { parseJsonText } from "../../event/json-text.ts";
import { type Container, container, type Mount, SHORT_ID } from "../../machine/container-info.ts";
import { labelsOf } from "./docker.ts";
import { grpcClient } from "./grpc.ts";
import { imageName } from "./image-name.ts";
import { inOrder } from "./in-order.ts";
import { probesOf } from "./kubelet-probes.ts";
import { listOf, objectOf, readSpec, textOf } from "./oci-spec.ts";
import type { ContainerSink, Runtime, RuntimeOptions } from "./runtime.ts";

const SERVICE = "runtime.v1.RuntimeService";
/** Maximum length of a network plugin's result, in characters. */
const LONGEST_CNI = 4096;
/** Interval between lists of containers, in milliseconds, for runtimes that send no events. */
const LOOK_AGAIN = 1000;

/** Client of the Container Runtime Interface of containerd and CRI-O. */
export async function openCri(socket: string, options: RuntimeOptions): Promise<Runtime | undefined> {
  const client = grpcClient(socket, ["cri.proto"], options.timeout);
  const stopped = new AbortController();
  let runtime: string;
  try {
    runtime = textOf((await client.ask(`${SERVICE}/Version`, {}))?.runtime_name);
  } catch (error) {
    client.close();
    // containerd without the CRI plugin lacks the service.
    if (error instanceof Error && error.message.startsWith("UNIMPLEMENTED")) return undefined;
    throw error;
  }
  const type = runtime === "containerd" || runtime === "cri-o" ? runtime : "cri";

  async function containerBy(id: string): Promise<Container | undefined> {
    const answer = await client.ask(`${SERVICE}/ContainerStatus`, { container_id: id, verbose: true });
    if (answer === undefined) return undefined;
    const info = infoOf(answer);
    const sandboxId =
      textOf(info.sandboxID) || textOf(objectOf(specOf(info).annotations)["io.kubernetes.cri.sandbox-id"]);
    const pod = sandboxId === "" ? undefined : await sandboxStatus(sandboxId);
    return containerFrom(type, objectOf(answer.status), info, pod, options.longestLabel);
  }

  function sandboxStatus(id: string): Promise<JsonObject | undefined> {
    return client.ask(`${SERVICE}/PodSandboxStatus`, { pod_sandbox_id: id, verbose: true });
  }

  async function sandboxBy(id: string): Promise<Container | undefined> {
    const answer = await sandboxStatus(id);
    return answer === undefined ? undefined : sandboxFrom(type, answer, options.longestLabel);
  }

  async function ids(method: string, id?: string): Promise<string[]> {
    const answer = await client.ask(`${SERVICE}/${method}`, id === undefined ? {} : { filter: { id } });
    return listOf(answer?.containers ?? answer?.items).map((each) => textOf(objectOf(each).id));
  }

  async function lookUp(id: string): Promise<Container | undefined> {
    const [containerId] = await ids("ListContainers", id);
    if (containerId !== undefined) return containerBy(containerId);
    const [sandboxId] = await ids("ListPodSandbox", id);
    return sandboxId === undefined ? undefined : sandboxBy(sandboxId);
  }

  async function list(): Promise<Container[]> {
    const found: (Container | undefined)[] = [];
    for (const id of await ids("ListPodSandbox")) found.push(await sandboxBy(id));
    for (const id of await ids("ListContainers")) found.push(await containerBy(id));
    return found.filter((each) => each !== undefined);
  }

  async function happened(message: JsonObject, sink: ContainerSink): Promise<void> {
    const id = textOf(message.container_id);
    const kind = textOf(message.container_event_type);
    if (kind === "CONTAINER_STOPPED_EVENT" || kind === "CONTAINER_DELETED_EVENT")
      return sink.end(id.slice(0, SHORT_ID));
    const found = (await containerBy(id).catch(() => undefined)) ?? (await sandboxBy(id).catch(() => undefined));
    if (found !== undefined) sink.put(found);
  }

  /** Polls a runtime that sends no events, and reports new and removed containers. */
  async function look(sink: ContainerSink, signal: AbortSignal): Promise<void> {
    let known = new Set<string>();
    while (!signal.aborted) {
      const now = new Set([...(await ids("ListPodSandbox")), ...(await ids("ListContainers"))]);
      for (const id of known) if (!now.has(id)) sink.end(id.slice(0, SHORT_ID));
      for (const id of now) {
        if (known.has(id)) continue;
        const found = await lookUp(id).catch(() => undefined);
        if (found !== undefined) sink.put(found);
      }
      known = now;
      await sleep(LOOK_AGAIN, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  return {
    name: type,
    list,
    lookUp,
    async follow(sink, begun, signal) {
      const both = AbortSignal.any([signal, stopped.signal]);
      try {
        const handle = inOrder();
        const take = (message: JsonObject): void => handle(textOf(message.container_id), () => happened(message, sink));
        await client.follow(`${SERVICE}/GetContainerEvents`, {}, begun, take, both);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith("UNIMPLEMENTED"))) throw error;
        begun();
        await look(sink, both);
      }
    },
    close() {
      stopped.abort();
      client.close();
    },
  };
}

/** Returns the runtime-specific information (JSON) in a verbose status. */
function infoOf(answer: JsonObject): JsonObject {
  const text = textOf(objectOf(answer.info).info);
  try {
    return text === "" ? {} : objectOf(parseJsonText(text));
  } catch {
    return {};
  }
}

function specOf(info: JsonObject): JsonObject {
  return objectOf(info.runtimeSpec);
}

const propagations: Readonly<Record<string, string>> = {
  PROPAGATION_PRIVATE: "private",
  PROPAGATION_HOST_TO_CONTAINER: "rslave",
  PROPAGATION_BIDIRECTIONAL: "rshared",
};

function mountFrom(facts: JsonObject): Mount {
  return {
    source: textOf(facts.host_path),
    destination: textOf(facts.container_path),
    mode: "",
    writable: facts.readonly !== true,
    propagation: propagations[textOf(facts.propagation)] ?? "unknown",
  };
}

function containerFrom(
  type: string,
  status: JsonObject,
  info: JsonObject,
  pod: JsonObject | undefined,
  longestLabel: number,
): Container {
  const spec = specOf(info);
  const annotations = objectOf(spec.annotations);
  const { image, repository, tag, digest } = imageOf(status, annotations);
  const shared = podFacts(pod, longestLabel);
  const labels = labelsOf(status.labels, longestLabel);
  for (const [name, value] of shared.labels) labels.set(name, value);
  const { privileged } = readSpec(spec);
  const asked = objectOf(objectOf(objectOf(info.config).linux).security_context).privileged;
  return container({
    fullId: textOf(status.id),
    type,
    name: textOf(objectOf(status.metadata).name),
    image,
    imageId: (textOf(status.image_id) || digest).replace(/^sha256:/, ""),
    repository,
    tag,
    digest,
    privileged: typeof asked === "boolean" ? asked : info.privileged === true || privileged,
    hostPid: shared.hostPid,
    hostNetwork: shared.hostNetwork,
    hostIpc: shared.hostIpc,
    mounts: listOf(status.mounts).map((each) => mountFrom(objectOf(each))),
    labels,
    probes: probesOf(objectOf(status.annotations), labels),
    ip: shared.ip,
    cniJson: shared.cniJson,
    sandboxId: shared.id,
    sandboxLabels: shared.sandboxLabels,
  });
}

function sandboxFrom(type: string, answer: JsonObject, longestLabel: number): Container {
  const shared = podFacts(answer, longestLabel);
  const annotations = objectOf(specOf(infoOf(answer)).annotations);
  const image = textOf(infoOf(answer).image) || textOf(annotations["io.kubernetes.cri.image-name"]);
  const { repository, tag, digest } = imageName(image);
  return container({
    fullId: shared.id,
    type,
    name: textOf(objectOf(objectOf(answer.status).metadata).name),
    image,
    repository,
    tag,
    digest,
    hostPid: shared.hostPid,
    hostNetwork: shared.hostNetwork,
    hostIpc: shared.hostIpc,
    labels: new Map([...labelsOf(objectOf(answer.status).labels, longestLabel), ...shared.labels]),
    ip: shared.ip,
    cniJson: shared.cniJson,
    sandboxId: shared.id,
    sandboxLabels: shared.sandboxLabels,
    isSandbox: true,
  });
}

interface PodFacts {
  readonly id: string;
  readonly ip: string;
  readonly cniJson: string;
  readonly hostPid: boolean;
  readonly hostNetwork: boolean;
  readonly hostIpc: boolean;
  /** Labels that identify the pod of a container. */
  readonly labels: ReadonlyMap<string, string>;
  readonly sandboxLabels: ReadonlyMap<string, string>;
}

function podFacts(answer: JsonObject | undefined, longestLabel: number): PodFacts {
  const status = objectOf(answer?.status);
  const { network, pid, ipc } = objectOf(objectOf(objectOf(status.linux).namespaces).options);
  const { uid, name, namespace } = objectOf(status.metadata);
  const id = textOf(status.id);
  const labels = new Map<string, string>([["io.kubernetes.sandbox.id", id]]);
  for (const [label, value] of [
    ["io.kubernetes.pod.uid", textOf(uid)],
    ["io.kubernetes.pod.name", textOf(name)],
    ["io.kubernetes.pod.namespace", textOf(namespace)],
  ] as const) {
    if (value !== "") labels.set(label, value);
  }
  return {
    id,
    ip: textOf(objectOf(status.network).ip),
    cniJson: answer === undefined ? "" : cniOf(infoOf(answer)),
    hostPid: pid === "NODE",
    hostNetwork: network === "NODE",
    hostIpc: ipc === "NODE",
    labels: id === "" ? new Map() : labels,
    sandboxLabels: labelsOf(status.labels, longestLabel),
  };
}

/** Returns interfaces and addresses of a pod. The interfaces `lo` and `veth…` are omitted. */
function cniOf(info: JsonObject): string {
  const { Interfaces, interfaces } = objectOf(info.cniResult);
  const all = objectOf(Interfaces ?? interfaces);
  const kept = Object.entries(all).filter(([name]) => name !== "lo" && !name.startsWith("veth"));
  const said = kept.length > 0 ? JSON.stringify(Object.fromEntries(kept)) : "";
  const other = textOf(objectOf(specOf(info).annotations)["io.kubernetes.cri-o.CNIResult"]);
  return (said || other).slice(0, LONGEST_CNI);
}

interface Image {
  readonly image: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** Returns the image of a container. If its reference is only a digest, the name is in the annotations. */
function imageOf(status: JsonObject, annotations: JsonObject): Image {
  const reference = imageName(textOf(status.image_ref));
  const asked = textOf(objectOf(status.image).image);
  const isId = asked === "" || /^(sha256:)?[0-9a-f]{64}$/.test(asked);
  const noted = ["io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName", "io.kubernetes.cri-o.Image"];
  const name = isId ? (noted.map((key) => textOf(annotations[key])).find((each) => each !== "") ?? asked) : asked;
  const named = imageName(name);
  const isDigest = reference.repository === "sha256";
  return {
    image: name,
    repository: named.repository || (isDigest ? "" : reference.repository),
    tag: named.tag,
    digest: named.digest || reference.digest || (isDigest ? textOf(status.image_ref) : ""),
  };
}

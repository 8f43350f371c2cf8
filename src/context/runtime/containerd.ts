import { bytesOf } from "../../event/bytes.ts";
import type { Json, JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { type Container, container, SHORT_ID } from "../../machine/container-info.ts";
import { labelsOf } from "./docker.ts";
import { type GrpcClient, grpcClient } from "./grpc.ts";
import { imageName } from "./image-name.ts";
import { inOrder } from "./in-order.ts";
import { listOf, objectOf, readSpec, textOf } from "./oci-spec.ts";
import type { Runtime, RuntimeOptions } from "./runtime.ts";

const FILES = ["", "-namespaces", "-containers", "-images", "-events"].map((part) => `containerd${part}.proto`);
const CONTAINERS = "containerd.services.containers.v1.Containers";
/**
 * Namespaces that are excluded, because other clients provide more metadata: CRI for containers of the kubelet, the
 * Docker API for containers of Docker.
 */
const OF_OTHERS: ReadonlySet<string> = new Set(["k8s.io", "moby"]);

/** Client of the containerd API. It covers containers of `ctr` and nerdctl in all other namespaces. */
export async function openContainerd(socket: string, options: RuntimeOptions): Promise<Runtime> {
  const client = grpcClient(socket, FILES, options.timeout);
  const stopped = new AbortController();
  try {
    await client.ask("containerd.services.version.v1.Version/Version", {});
  } catch (error) {
    client.close();
    throw error;
  }

  async function namespaces(): Promise<string[]> {
    const answer = await client.ask("containerd.services.namespaces.v1.Namespaces/List", {});
    const names = listOf(answer?.namespaces).map((each) => textOf(objectOf(each).name));
    return names.filter((name) => name !== "" && !OF_OTHERS.has(name));
  }

  async function read(facts: JsonObject, namespace: string): Promise<Container> {
    const image = textOf(facts.image);
    const found = image === "" ? undefined : await digestOf(client, image, namespace);
    return containerOf(facts, found ?? "", options.longestLabel);
  }

  async function lookUpIn(namespace: string, id: string): Promise<Container | undefined> {
    const headers = { "containerd-namespace": namespace };
    const filters = [`id~=^${id.replace(/[^A-Za-z0-9]/g, "\\$&")}`];
    const answer = await client.ask(`${CONTAINERS}/List`, { filters }, headers);
    const [facts] = listOf(answer?.containers);
    return facts === undefined ? undefined : read(objectOf(facts), namespace);
  }

  return {
    name: "containerd",
    async list() {
      const found: Container[] = [];
      for (const namespace of await namespaces()) {
        const answer = await client.ask(`${CONTAINERS}/List`, {}, { "containerd-namespace": namespace });
        for (const each of listOf(answer?.containers)) found.push(await read(objectOf(each), namespace));
      }
      return found;
    },
    async lookUp(id) {
      for (const namespace of await namespaces()) {
        const found = await lookUpIn(namespace, id);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async follow(sink, begun, signal) {
      const handle = inOrder();
      const happened = (message: JsonObject): void => {
        const namespace = textOf(message.namespace);
        if (OF_OTHERS.has(namespace)) return;
        const [id, image = ""] = texts(textOf(objectOf(message.event).value));
        if (id === undefined || id === "") return;
        handle(id, async () => {
          const topic = textOf(message.topic);
          if (topic.endsWith("/delete")) return sink.end(id.slice(0, SHORT_ID));
          const found = await lookUpIn(namespace, id).catch(() => undefined);
          if (found !== undefined) sink.put(found);
          // If the container no longer exists, use the metadata in the event.
          else if (topic === "/containers/create") sink.put(containerOf({ id, image }, "", options.longestLabel));
        });
      };
      // Exit events are not subscribed to, because they are also sent when an exec process exits. A task is deleted when
      // the first process has exited, and a new one starts when the container is started again.
      const topics = ["/containers/create", "/containers/delete", "/tasks/start", "/tasks/delete"];
      const filters = topics.map((topic) => `topic=="${topic}"`);
      const both = AbortSignal.any([signal, stopped.signal]);
      const method = "containerd.services.events.v1.Events/Subscribe";
      await client.follow(method, { filters }, begun, happened, both);
    },
    close() {
      stopped.abort();
      client.close();
    },
  };
}

/** Returns the first string fields of an event: container ID and image. */
function texts(message: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (message.charCodeAt(at) === ((found.length + 1) << 3) + 2) {
    let length = 0;
    let shift = 0;
    let byte = 0x80;
    for (at++; byte >= 0x80 && shift < 28; at++, shift += 7) {
      byte = message.charCodeAt(at);
      length += (byte & 0x7f) << shift;
    }
    if (!(at + length <= message.length)) break;
    found.push(message.slice(at, at + length));
    at += length;
  }
  return found;
}

async function digestOf(client: GrpcClient, name: string, namespace: string): Promise<string | undefined> {
  try {
    const headers = { "containerd-namespace": namespace };
    const answer = await client.ask("containerd.services.images.v1.Images/Get", { name }, headers);
    return textOf(objectOf(objectOf(answer?.image).target).digest);
  } catch {
    return undefined; // the digest is optional
  }
}

function containerOf(facts: JsonObject, digest: string, longestLabel: number): Container {
  const fullId = textOf(facts.id);
  const image = textOf(facts.image);
  const { mounts, hostPid, hostNetwork, hostIpc, privileged, annotations } = readSpec(specOf(facts.spec));
  const name = imageName(image);
  const labels = labelsOf(facts.labels, longestLabel);
  return container({
    fullId,
    type: "containerd",
    name: labels.get("nerdctl/name") ?? fullId.slice(0, SHORT_ID),
    image,
    imageId: digest.replace(/^sha256:/, ""),
    repository: name.repository,
    tag: name.tag,
    digest: name.digest || digest,
    privileged,
    hostPid,
    hostNetwork,
    hostIpc,
    mounts,
    labels,
    sandboxId: textOf(facts.sandbox) || textOf(annotations["io.kubernetes.cri.sandbox-id"]),
    isSandbox: labels.get("io.cri-containerd.kind") === "sandbox",
  });
}

function specOf(spec: Json | undefined): JsonObject {
  const text = textOf(objectOf(spec).value);
  if (text === "") return {};
  try {
    return objectOf(parseJson(bytesOf(text)));
  } catch {
    return {};
  }
}

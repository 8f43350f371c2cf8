import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import { type Container, container, type Mount, type Probe, SHORT_ID } from "../../machine/container-info.ts";
import { type ImageName, imageName } from "./image-name.ts";
import { type InOrder, inOrder } from "./in-order.ts";
import type { ContainerSink, Runtime, RuntimeOptions } from "./runtime.ts";
import { followJson, getJson } from "./socket-http.ts";

/** Maximum number of cached images. */
const MOST_IMAGES = 512;
/** Number of concurrent requests when all containers are listed. */
const AT_ONCE = 8;

/**
 * Client of the Docker API, which Podman also implements.
 * @throws Error if the API cannot be reached or a response is invalid
 */
export async function openDocker(name: "docker" | "podman", socket: string, options: RuntimeOptions): Promise<Runtime> {
  const { timeout } = options;
  const images = new Map<string, Promise<JsonObject>>();
  const stopped = new AbortController();
  const version = await getJson(socket, "/version", timeout);
  if (version.status !== 200 || !isObject(version.body))
    throw new Error(`the runtime responded with status ${version.status}`);

  /** Returns the details of an image from a cache, which is cleared when it is full. */
  function image(id: string): Promise<JsonObject> {
    let known = images.get(id);
    if (known === undefined) {
      known = getJson(socket, `/images/${encodeURIComponent(id)}/json`, timeout).then(
        ({ body }) => (isObject(body) ? body : {}),
        () => {
          images.delete(id);
          return {};
        },
      );
      if (images.size >= MOST_IMAGES) images.clear();
      images.set(id, known);
    }
    return known;
  }

  async function lookUp(id: string): Promise<Container | undefined> {
    const { status, body } = await getJson(socket, `/containers/${encodeURIComponent(id)}/json`, timeout);
    if (status === 404) return undefined;
    if (!isObject(body)) throw new Error(`the runtime responded with status ${status}`);
    const imageId = text(body, "Image");
    return inspected(name, body, imageId === "" ? {} : await image(imageId), options.longestLabel);
  }

  return {
    name,
    lookUp,
    async list() {
      const { status, body } = await getJson(socket, "/containers/json?all=true", timeout);
      if (!Array.isArray(body)) throw new Error(`the runtime responded with status ${status}`);
      const ids = body.filter(isObject).map((each) => text(each, "Id"));
      const found: Container[] = [];
      for (let i = 0; i < ids.length; i += AT_ONCE) {
        const some = await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => lookUp(id).catch(() => undefined)));
        found.push(...some.filter((each) => each !== undefined));
      }
      return found;
    },
    follow(sink, begun, signal) {
      const filters = JSON.stringify({ type: ["container"], event: ["create", "start", "die", "destroy", "remove"] });
      const both = AbortSignal.any([signal, stopped.signal]);
      const path = `/events?filters=${encodeURIComponent(filters)}`;
      const handle = inOrder();
      const take = (line: Json): void => happened(name, line, lookUp, sink, options.longestLabel, handle);
      return followJson(socket, path, begun, take, both);
    },
    close() {
      stopped.abort();
    },
  };
}

/** Handles the creation, start, stop or removal of a container. */
function happened(
  type: string,
  line: Json,
  lookUp: Runtime["lookUp"],
  sink: ContainerSink,
  longestLabel: number,
  handle: InOrder,
): void {
  if (!isObject(line)) return;
  const actor = isObject(line.Actor) ? line.Actor : {};
  const id = text(actor, "ID") || text(line, "id");
  const action = text(line, "Action") || text(line, "status");
  if (id === "") return;
  handle(id, async () => {
    if (action !== "create" && action !== "start") return sink.end(id.slice(0, SHORT_ID));
    const found = await lookUp(id).catch(() => undefined);
    // If the container no longer exists, use the metadata in the event.
    sink.put(found ?? noted(type, id, object(actor, "Attributes"), longestLabel));
  });
}

/** Returns the metadata in an event: name, image and labels. */
function noted(type: string, fullId: string, attributes: JsonObject, longestLabel: number): Container {
  const image = text(attributes, "image");
  const { repository, tag, digest } = imageName(image);
  const labels = labelsOf(attributes, longestLabel);
  for (const name of ["image", "name"]) labels.delete(name);
  return container({ fullId, type, name: text(attributes, "name"), image, repository, tag, digest, labels });
}

/** Converts the responses from `/containers/ID/json` and `/images/ID/json`. */
export function inspected(
  type: string,
  facts: JsonObject,
  image: JsonObject,
  longestLabel: number,
): Container | undefined {
  const fullId = text(facts, "Id");
  if (fullId === "") return undefined;
  const config = object(facts, "Config");
  const host = object(facts, "HostConfig");
  const network = object(facts, "NetworkSettings");
  const name = text(facts, "Name").replace(/^\//, "");
  const { repository, tag, digest } = nameOf(text(config, "Image"), image);
  const labels = labelsOf(config.Labels, longestLabel);
  return container({
    fullId,
    type,
    name,
    image: text(config, "Image"),
    imageId: (text(image, "Id") || text(facts, "Image")).replace(/^sha256:/, ""),
    repository,
    tag,
    digest,
    privileged: host.Privileged === true,
    hostPid: text(host, "PidMode") === "host",
    hostNetwork: text(host, "NetworkMode") === "host",
    hostIpc: text(host, "IpcMode") === "host",
    mounts: list(facts.Mounts).filter(isObject).map(mount),
    labels,
    probes: probesOf(config.Healthcheck),
    ip: text(network, "IPAddress") || firstAddress(network.Networks),
    sandboxId: labels.get("io.kubernetes.sandbox.id") ?? "",
    isSandbox: name.includes("k8s_POD"),
  });
}

/**
 * Returns the name of an image. Prefers the names in the image details, because the reference of the container can be
 * an ID.
 */
function nameOf(reference: string, image: JsonObject): ImageName {
  const digests = texts(image.RepoDigests).map(imageName);
  const tags = texts(image.RepoTags).map(imageName);
  const named = imageName(reference);
  const isName = !/^(sha256:)?[0-9a-f]{12,64}$/.test(reference);
  const sameTag = tags.find(({ repository, tag }) => isSame(repository, named.repository) && tag === named.tag);
  const best = sameTag ?? tags.find(({ repository }) => isSame(repository, named.repository)) ?? tags[0];
  const repository = (isName ? (sameTag?.repository ?? named.repository) : best?.repository) || digests[0]?.repository;
  const ofSame = digests.find((each) => each.repository === repository) ?? digests[0];
  return {
    repository: repository ?? "",
    tag: isName && named.tag !== "" ? named.tag : (best?.tag ?? ""),
    digest: named.digest || ofSame?.digest || "",
  };
}

/** Whether two references name the same image. Docker omits the registry in names of images from Docker Hub. */
function isSame(full: string, reference: string): boolean {
  return full === reference || full.endsWith(`/${reference}`);
}

function mount(facts: JsonObject): Mount {
  return {
    source: text(facts, "Source"),
    destination: text(facts, "Destination"),
    mode: text(facts, "Mode"),
    writable: facts.RW === true,
    propagation: text(facts, "Propagation"),
  };
}

/** Converts a health check of the form `["CMD", exe, …]` or `["CMD-SHELL", command]`. */
function probesOf(value: Json | undefined): Probe[] {
  const [form, ...command] = isObject(value) ? texts(value.Test) : [];
  const [exe, ...args] = form === "CMD-SHELL" ? ["/bin/sh", "-c", ...command] : form === "CMD" ? command : [];
  return exe === undefined ? [] : [{ kind: "healthcheck", exe, args }];
}

function firstAddress(networks: Json | undefined): string {
  if (!isObject(networks)) return "";
  for (const network of Object.values(networks)) {
    const ip = isObject(network) ? text(network, "IPAddress") : "";
    if (ip !== "") return ip;
  }
  return "";
}

/** Returns the labels whose value is a string and not longer than the maximum. */
export function labelsOf(value: Json | undefined, longest: number): Map<string, string> {
  const labels = new Map<string, string>();
  if (!isObject(value)) return labels;
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === "string" && each.length <= longest) labels.set(name, each);
  }
  return labels;
}

function text(facts: JsonObject, key: string): string {
  const value = facts[key];
  return typeof value === "string" ? value : "";
}

function object(facts: JsonObject, key: string): JsonObject {
  const value = facts[key];
  return isObject(value) ? value : {};
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: Json | undefined): string[] {
  return list(value).filter((each) => typeof each === "string");
}

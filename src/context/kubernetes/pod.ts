import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import { type Container, container, type Mount, type Probe } from "../../machine/container-info.ts";
import { boundedLabels } from "../../machine/labels.ts";
import type { KubernetesObject, Owner, Pod } from "../../machine/pods.ts";
import { staticPodHash } from "../../transport/kubernetes/static-pod.ts";
import { imageName } from "../runtime/image-name.ts";
import { probeOf } from "../runtime/kubelet-probes.ts";
import { listOf, objectOf, textOf } from "../runtime/oci-spec.ts";

/** A pod and its owner. */
export interface PodAndOwner {
  readonly pod: Pod;
  readonly owner: OwnerReference | undefined;
}

export interface OwnerReference extends Owner {
  readonly apiVersion: string;
}

/** Converts a pod from the API; undefined if it has no UID. */
export function podFrom(facts: JsonObject): PodAndOwner | undefined {
  const metadata = objectOf(facts.metadata);
  const object = objectFrom(facts);
  if (object === undefined) return undefined;
  const spec = objectOf(facts.spec);
  const status = objectOf(facts.status);
  const cgroupUid = staticPodHash(objectOf(metadata.annotations)) || object.uid;
  const ip = textOf(status.podIP);
  const namespace = textOf(metadata.namespace);
  const created = Date.parse(textOf(metadata.creationTimestamp));
  return {
    pod: {
      ...object,
      cgroupUid,
      namespace,
      ...(!Number.isNaN(created) && { created }),
      ip,
      node: textOf(spec.nodeName),
      serviceAccount: textOf(spec.serviceAccountName),
      containers: containersOf(spec, status, podLabels(object.name, namespace, cgroupUid), object.labels, ip),
      added: new Set(listOf(spec.ephemeralContainers).map((each) => textOf(objectOf(each).name))),
      probes: new Map(
        specsOf(spec).flatMap((each) => {
          const probes = probesOf(each);
          return probes.length === 0 ? [] : [[textOf(each.name), probes] as const];
        }),
      ),
    },
    owner: controllerOf(metadata),
  };
}

/** Metadata of any object; undefined if it has no UID. */
export function objectFrom(facts: JsonObject): KubernetesObject | undefined {
  const { name, uid, labels } = objectOf(facts.metadata);
  return textOf(uid) === "" ? undefined : { name: textOf(name), uid: textOf(uid), labels: labelsOf(labels) };
}

export function labelsOf(value: Json | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, each] of Object.entries(objectOf(value))) if (typeof each === "string") found.set(name, each);
  return boundedLabels(found);
}

/** The controller that owns an object. */
export function controllerOf(metadata: JsonObject): OwnerReference | undefined {
  const all = listOf(metadata.ownerReferences).filter(isObject);
  const found = all.find(({ controller }) => controller === true);
  if (found === undefined) return undefined;
  return { apiVersion: textOf(found.apiVersion), kind: textOf(found.kind), name: textOf(found.name) };
}

function specsOf(spec: JsonObject): JsonObject[] {
  return [spec.containers, spec.initContainers, spec.ephemeralContainers].flatMap(listOf).filter(isObject);
}

function probesOf(spec: JsonObject): readonly Probe[] {
  return [
    ...probeOf(objectOf(objectOf(spec.livenessProbe).exec).command, "liveness"),
    ...probeOf(objectOf(objectOf(spec.readinessProbe).exec).command, "readiness"),
  ];
}

/** Labels that kubelets set on containers. */
function podLabels(name: string, namespace: string, uid: string): readonly (readonly [string, string])[] {
  return [
    ["io.kubernetes.pod.name", name],
    ["io.kubernetes.pod.namespace", namespace],
    ["io.kubernetes.pod.uid", uid],
  ];
}

/** Returns the containers that the runtime has created, which have an ID. */
function containersOf(
  spec: JsonObject,
  status: JsonObject,
  labels: readonly (readonly [string, string])[],
  sandboxLabels: ReadonlyMap<string, string>,
  ip: string,
): Container[] {
  const specs = new Map(specsOf(spec).map((each) => [textOf(each.name), each]));
  const volumes = new Map(listOf(spec.volumes).map((each) => [textOf(objectOf(each).name), objectOf(each)]));
  const statuses = [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses];
  return statuses.flatMap(listOf).flatMap((each) => {
    const facts = objectOf(each);
    const [, type = "", fullId = ""] = /^([^:]*):\/\/(.*)$/.exec(textOf(facts.containerID)) ?? [];
    if (fullId === "") return [];
    const name = textOf(facts.name);
    const own = specs.get(name) ?? {};
    const image = textOf(facts.image);
    const { repository, tag, digest } = imageName(image);
    const id = textOf(facts.imageID);
    return container({
      ...{ fullId, type, name, image, repository, tag, ip, sandboxLabels },
      imageId: /^sha256:[0-9a-f]{64}$/.test(id) ? id.slice("sha256:".length) : "",
      digest: digest || (/sha256:[0-9a-f]{64}$/.exec(id)?.[0] ?? ""),
      privileged: objectOf(own.securityContext).privileged === true,
      hostPid: spec.hostPID === true,
      hostNetwork: spec.hostNetwork === true,
      hostIpc: spec.hostIPC === true,
      mounts: listOf(own.volumeMounts).map((mount) => mountOf(objectOf(mount), volumes)),
      labels: new Map([...labels, ["io.kubernetes.container.name", name]]),
      probes: probesOf(own),
    });
  });
}

const propagations: Readonly<Record<string, string>> = {
  HostToContainer: "rslave",
  Bidirectional: "rshared",
};

/** Converts a mount. Only mounts of host paths have a source. */
function mountOf(facts: JsonObject, volumes: ReadonlyMap<string, JsonObject>): Mount {
  const volume = volumes.get(textOf(facts.name));
  return {
    source: textOf(objectOf(volume?.hostPath).path),
    destination: textOf(facts.mountPath),
    mode: "",
    writable: facts.readOnly !== true,
    propagation: propagations[textOf(facts.mountPropagation)] ?? "private",
  };
}

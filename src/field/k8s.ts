import type { ContainerIdentity } from "../machine/container-id.ts";
import { type Container, SHORT_ID } from "../machine/container-info.ts";
import type { Observed } from "../machine/observed.ts";
import type { KnownPod, KubernetesObject, Pod } from "../machine/pods.ts";
import { containerField, containerFieldOrCgroup, containerFieldWith, containerOf, labelsText } from "./container.ts";
import { type Field, FieldArgumentError, type Reader } from "./field.ts";
import { podOf as knownPodOf } from "./pod.ts";
import type { Roles } from "./role.ts";
import { REQUIRED, row, rowWith } from "./row.ts";

/** Labels that kubelets set on containers. */
const POD_NAME = "io.kubernetes.pod.name";
const NAMESPACE = "io.kubernetes.pod.namespace";
const POD_UID = "io.kubernetes.pod.uid";

/**
 * The container with the network properties of the pod: the container itself if it has them, otherwise the pod's
 * sandbox.
 */
function podOf(container: Container, { machine }: Observed): Container {
  if (container.cniJson !== "" || container.sandboxId === "") return container;
  return machine.containerTable.get(container.sandboxId.slice(0, SHORT_ID)) ?? container;
}

/** A field whose value is from the runtime, otherwise from the API server; "" counts as missing. */
function runtimeFieldOrPod(
  name: string,
  read: (container: Container, event: Observed) => string | undefined,
  meta: (pod: Pod) => string,
  description: string,
  roles?: Roles,
): Field {
  const reader = (event: Observed): string | undefined => {
    const container = containerOf(event);
    const value = container === undefined ? undefined : read(container, event);
    return value || pod(event, meta) || value;
  };
  return row(name, "CHARBUF", reader, description, { needs: "pod", ...roles });
}

/** The event's pod, according to the API server. */
function pod<T>(event: Observed, read: (pod: Pod) => T): T | undefined {
  const known = knownPodOf(event);
  return known === undefined ? undefined : read(known.pod);
}

/** Returns the objects of one kind that are related to a pod. */
type Around = (known: KnownPod) => readonly KubernetesObject[];

const one = (object: KubernetesObject | undefined): readonly KubernetesObject[] =>
  object === undefined ? [] : [object];

/**
 * Kinds of objects related to a pod. The `k8smeta` fields cover the same kinds, and are lists if a pod can have several
 * objects of the kind.
 */
const AROUND: readonly (readonly [kind: string, called: string, around: Around])[] = [
  ["rc", "replication controller", ({ related }) => one(related?.replicationController)],
  ["svc", "services", ({ related }) => related?.services ?? []],
  ["rs", "replica set", ({ related }) => one(related?.replicaSet)],
  ["deployment", "deployment", ({ related }) => one(related?.deployment)],
];

function aroundFields([kind, called, around]: (typeof AROUND)[number]): Field[] {
  const several = kind === "svc";
  const its = `of the pod's ${called}${several ? ", separated by commas" : ""}, from the API server.`;
  const field = (
    name: string,
    read: (object: KubernetesObject) => string | undefined,
    what: string,
    roles?: Roles,
  ): Field =>
    row(`k8s.${kind}.${name}`, "CHARBUF", joined(around, read), `${what} ${its}`, { needs: "pod-owners", ...roles });
  return [
    field(
      "name",
      ({ name }) => name,
      several ? "The names" : "The name",
      kind === "deployment" ? DEPLOYMENT : undefined,
    ),
    field("id", ({ uid }) => uid, several ? "The UIDs" : "The UID"),
    labelField(`k8s.${kind}.label`, around, `One label ${its}`),
    field("labels", ({ labels }) => labelsText(labels), "All labels"),
  ];
}

/** Roles of fields with the name of a deployment. */
export const DEPLOYMENT = { about: "deployment", as: "name" } as const;

/** Reads a value of each related object, and joins the values. */
function joined(around: Around, read: (object: KubernetesObject) => string | undefined): Reader {
  return (event) => {
    const known = knownPodOf(event);
    if (known === undefined) return undefined;
    let text = "";
    for (const object of around(known)) {
      const each = read(object);
      if (each !== undefined && each !== "") text = text === "" ? each : `${text},${each}`;
    }
    return text === "" ? undefined : text;
  };
}

function labelField(name: string, around: Around, description: string): Field {
  return rowWith(
    name,
    "CHARBUF",
    (argument) => {
      if (argument === undefined || argument === "") {
        throw new FieldArgumentError(`${name} requires an argument, for example ${name}[app].`);
      }
      return joined(around, ({ labels }) => labels.get(argument));
    },
    description,
    { argument: { ...REQUIRED, key: true }, needs: "pod-owners" },
  );
}

const namespace: Around = ({ related }) => one(related?.namespace);

const uid = ({ labels }: Container): string | undefined => labels.get(POD_UID);
const statedUid = ({ podUid }: ContainerIdentity): string => podUid;

export const k8sFields: readonly Field[] = [
  runtimeFieldOrPod(
    "k8s.pod.name",
    ({ labels }) => labels.get(POD_NAME),
    ({ name }) => name,
    "The name of the pod.",
    {
      about: "pod",
      as: "name",
      title: "Pod",
      changes: "often",
      column: "pod",
      aliases: ["pod"],
      label: true,
      csv: 4,
      suggested: true,
      joined: true,
      ecs: { "orchestrator.resource.name": "text" },
    },
  ),
  runtimeFieldOrPod(
    "k8s.ns.name",
    ({ labels }) => labels.get(NAMESPACE),
    ({ namespace }) => namespace,
    "The namespace of the pod.",
    {
      about: "namespace",
      as: "name",
      title: "Namespace",
      column: "namespace",
      aliases: ["ns", "namespace"],
      label: true,
      csv: 3,
      suggested: true,
      joined: true,
      ecs: { "orchestrator.namespace": "text" },
    },
  ),
  containerFieldOrCgroup("k8s.pod.id", uid, statedUid, "The same as k8s.pod.uid, for old rules.", {
    restates: "k8s.pod.uid",
    changes: "often",
  }),
  containerFieldOrCgroup(
    "k8s.pod.uid",
    uid,
    statedUid,
    "The UID of the pod, from the runtime, otherwise from the cgroup.",
    {
      about: "pod",
      as: "id",
      changes: "often",
      ecs: { "orchestrator.resource.id": "text" },
    },
  ),
  containerField(
    "k8s.pod.sandbox_id",
    ({ sandboxId }) => sandboxId.slice(0, SHORT_ID),
    "The first twelve characters of the ID of the pod's sandbox.",
  ),
  containerField("k8s.pod.full_sandbox_id", ({ sandboxId }) => sandboxId, "The full ID of the pod's sandbox."),
  podLabel(),
  runtimeFieldOrPod(
    "k8s.pod.labels",
    (container, event) => labelsText(podOf(container, event).sandboxLabels),
    ({ labels }) => labelsText(labels),
    "All labels of the pod, as name:value, separated by commas.",
  ),
  runtimeFieldOrPod(
    "k8s.pod.ip",
    (container, event) => podOf(container, event).ip,
    ({ ip }) => ip,
    "The pod's first IPv4 address.",
  ),
  containerField(
    "k8s.pod.cni.json",
    (container, event) => podOf(container, event).cniJson,
    "The result of the network plugin for the pod, as JSON.",
  ),
  ...AROUND.flatMap(aroundFields),
  row(
    "k8s.ns.id",
    "CHARBUF",
    joined(namespace, ({ uid }) => uid),
    "The UID of the pod's namespace, from the API server.",
    { needs: "pod-owners" },
  ),
  labelField("k8s.ns.label", namespace, "One label of the pod's namespace, from the API server."),
  row(
    "k8s.ns.labels",
    "CHARBUF",
    joined(namespace, ({ labels }) => labelsText(labels)),
    "All labels of the pod's namespace, from the API server.",
    { needs: "pod-owners" },
  ),
];

function podLabel(): Field {
  const name = "k8s.pod.label";
  const field = containerFieldWith(
    name,
    false,
    (label) => (container, event) =>
      podOf(container, event).sandboxLabels.get(label) ?? container.sandboxLabels.get(label),
    "One label of the pod, by its name.",
  );
  const bind = (label: string | undefined): Reader => {
    const read = field.bind(label);
    return (event) => read(event) ?? pod(event, ({ labels }) => labels.get(label ?? ""));
  };
  return { ...field, bind, needs: "pod" };
}

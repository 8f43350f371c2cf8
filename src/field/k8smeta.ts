import type { Observed } from "../machine/observed.ts";
import type { KnownPod, KubernetesObject } from "../machine/pods.ts";
import { type Field, FieldArgumentError, type Value } from "./field.ts";
import { DEPLOYMENT } from "./k8s.ts";
import { podOf } from "./pod.ts";
import type { Roles } from "./role.ts";
import { type Extras, REQUIRED, row, rowWith } from "./row.ts";

type One = (known: KnownPod) => KubernetesObject | undefined;
type Many = (known: KnownPod) => readonly KubernetesObject[] | undefined;

/** A field about the pod or its related objects; "" and empty lists count as missing. */
function ofPod(
  name: string,
  read: (known: KnownPod) => Value | undefined,
  description: string,
  extras: Extras = {},
): Field {
  const reader = (event: Observed): Value | undefined => {
    const known = podOf(event);
    const value = known === undefined ? undefined : read(known);
    return value === "" || (Array.isArray(value) && value.length === 0) ? undefined : value;
  };
  return row(name, "CHARBUF", reader, description, extras);
}

const LIST = { list: true, testsMembers: true } as const satisfies Extras;

/** Labels as a list of name:value strings. */
function labelTexts({ labels }: KubernetesObject): string[] {
  return [...labels].map(([name, value]) => `${name}:${value}`);
}

function labelName(field: string, argument: string | undefined): string {
  if (argument === undefined || argument === "") {
    throw new FieldArgumentError(`${field} requires an argument, for example ${field}[app].`);
  }
  return argument;
}

/** Fields about a single related object. */
function objectFields(kind: string, called: string, read: One, name: Roles = {}, uid: Roles = {}): Field[] {
  const prefix = `k8smeta.${kind}`;
  return [
    ofPod(`${prefix}.name`, (known) => read(known)?.name, `The name of ${called}.`, name),
    ofPod(`${prefix}.uid`, (known) => read(known)?.uid, `The UID of ${called}.`, uid),
    rowWith(
      `${prefix}.label`,
      "CHARBUF",
      (argument) => {
        const label = labelName(`${prefix}.label`, argument);
        return (event) => {
          const known = podOf(event);
          return known && read(known)?.labels.get(label);
        };
      },
      `One label of ${called}, by its name.`,
      { argument: { ...REQUIRED, key: true } },
    ),
    ofPod(
      `${prefix}.labels`,
      (known) => {
        const object = read(known);
        return object && labelTexts(object);
      },
      `All labels of ${called}, each as name:value.`,
      LIST,
    ),
  ];
}

/** Fields about related objects, for kinds with several objects per pod. */
function objectsFields(kind: string, called: string, read: Many): Field[] {
  const prefix = `k8smeta.${kind}`;
  return [
    ofPod(`${prefix}.name`, (known) => read(known)?.map(({ name }) => name), `The names of ${called}.`, LIST),
    ofPod(`${prefix}.uid`, (known) => read(known)?.map(({ uid }) => uid), `The UIDs of ${called}.`, LIST),
    rowWith(
      `${prefix}.label`,
      "CHARBUF",
      (argument) => {
        const label = labelName(`${prefix}.label`, argument);
        return (event) => {
          const known = podOf(event);
          const found = known && read(known)?.flatMap(({ labels }) => labels.get(label) ?? []);
          return found === undefined || found.length === 0 ? undefined : found;
        };
      },
      `One label of each of ${called}, by its name.`,
      { argument: { ...REQUIRED, key: true }, ...LIST },
    ),
    ofPod(`${prefix}.labels`, (known) => read(known)?.flatMap(labelTexts), `All labels of ${called}.`, LIST),
  ];
}

/** Roles of values that the pod object itself contains. */
const OF_POD = { needs: "pod-object" } as const;

/** Fields about the pod and its related objects. */
export const metaFields: readonly Field[] = [
  ...objectFields(
    "pod",
    "the pod",
    ({ pod }) => pod,
    { about: "pod", as: "name", restates: "k8s.pod.name", changes: "often" },
    { about: "pod", as: "id", restates: "k8s.pod.uid", changes: "often" },
  ).map((field): Field => ({ ...field, ...OF_POD })),
  ofPod("k8smeta.pod.ip", ({ pod }) => pod.ip, "The pod's address.", OF_POD),
  // Without the name of the namespace, which is also in the pod object.
  ...objectFields("ns", "the pod's namespace", ({ related }) => related?.namespace).slice(1),
  ofPod("k8smeta.ns.name", ({ pod }) => pod.namespace, "The name of the pod's namespace.", {
    ...OF_POD,
    about: "namespace",
    as: "name",
    restates: "k8s.ns.name",
  }),
  ...objectFields("deployment", "the pod's deployment", ({ related }) => related?.deployment, DEPLOYMENT),
  ...objectsFields("svc", "the services that select the pod", ({ related }) => related?.services),
  ...objectFields("rs", "the pod's replica set", ({ related }) => related?.replicaSet),
  ...objectFields("rc", "the pod's replication controller", ({ related }) => related?.replicationController),
];

/** Additional fields, which Falco does not have. */
export const ownerFields: readonly Field[] = [
  ofPod("k8s.node.name", ({ pod }) => pod.node, "The name of the node that the pod runs on.", {
    ...OF_POD,
    about: "node",
    as: "name",
    title: "Node",
  }),
  ofPod("k8s.sa.name", ({ pod }) => pod.serviceAccount, "The service account that the pod runs as.", {
    ...OF_POD,
    about: "service account",
    as: "name",
    title: "Service account",
  }),
  ofPod(
    "k8s.owner.kind",
    ({ related }) => related?.owner?.kind,
    "Kind of the top-level owner of the pod, such as Deployment, StatefulSet, DaemonSet or CronJob.",
  ),
  ofPod("k8s.owner.name", ({ related }) => related?.owner?.name, "The name of the top-level owner.", {
    about: "owner",
    as: "name",
    title: "Owner",
  }),
];

import { runtimeWith } from "./container.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

/** What only Kubernetes, or a runtime that works for it, knows: undefined until one is asked. */
const unknown = () => undefined;

function known(name: string, description: string): Field {
  return row(name, "CHARBUF", unknown, description);
}

/** Kinds of object above the pod that rules may still name; nothing tells of them any more. */
const OWNERS: readonly (readonly [kind: string, called: string])[] = [
  ["rc", "replication controller"],
  ["svc", "service"],
  ["rs", "replica set"],
  ["deployment", "deployment"],
];

function ownerFields([kind, called]: readonly [string, string]): Field[] {
  const note = `No longer told: the pod's ${called}`;
  return [
    known(`k8s.${kind}.name`, `${note}, its name.`),
    known(`k8s.${kind}.id`, `${note}, its id.`),
    runtimeWith(`k8s.${kind}.label`, `${note}, one of its labels.`, false),
    known(`k8s.${kind}.labels`, `${note}, all its labels.`),
  ];
}

export const k8sFields: readonly Field[] = [
  known("k8s.pod.name", "The name of the pod."),
  known("k8s.ns.name", "The namespace of the pod."),
  known("k8s.pod.id", "The same as k8s.pod.uid, for rules from long ago."),
  known("k8s.pod.uid", "The uid of the pod."),
  known("k8s.pod.sandbox_id", "The first twelve characters of the id of the pod's sandbox."),
  known("k8s.pod.full_sandbox_id", "The whole id of the pod's sandbox."),
  runtimeWith("k8s.pod.label", "One label of the pod, by its name.", false),
  known("k8s.pod.labels", "All labels of the pod, as name:value, separated by commas."),
  known("k8s.pod.ip", "The pod's first address."),
  known("k8s.pod.cni.json", "What the network plugin said of the pod, as JSON."),
  ...OWNERS.flatMap(ownerFields),
  known("k8s.ns.id", "No longer told: the id of the pod's namespace."),
  runtimeWith("k8s.ns.label", "No longer told: one label of the pod's namespace.", false),
  known("k8s.ns.labels", "No longer told: all labels of the pod's namespace."),
];

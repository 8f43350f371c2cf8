import type { ContainerIdentity } from "../machine/container-id.ts";
import { type Container, SHORT_ID } from "../machine/container-info.ts";
import type { Observed } from "../machine/observed.ts";
import { labelsText, told, toldOf, toldOrStated } from "./container.ts";
import type { Field } from "./field.ts";
import { row } from "./row.ts";

/** Labels that a kubelet gives its containers. */
const POD_NAME = "io.kubernetes.pod.name";
const NAMESPACE = "io.kubernetes.pod.namespace";
const POD_UID = "io.kubernetes.pod.uid";

/** The container that speaks for the pod: itself where it knows the pod's network, else the pod's sandbox. */
function podOf(container: Container, { machine }: Observed): Container {
  if (container.cniJson !== "" || container.sandboxId === "") return container;
  return machine.containerTable.get(container.sandboxId.slice(0, SHORT_ID)) ?? container;
}

/** Kinds of object above the pod that rules may still name: see k8smeta. */
const OWNERS: readonly (readonly [kind: string, called: string])[] = [
  ["rc", "replication controller"],
  ["svc", "service"],
  ["rs", "replica set"],
  ["deployment", "deployment"],
];

const nothing = () => undefined;

function ownerFields([kind, called]: readonly [string, string]): Field[] {
  const note = `No longer told: the pod's ${called}`;
  return [
    row(`k8s.${kind}.name`, "CHARBUF", nothing, `${note}, its name.`),
    row(`k8s.${kind}.id`, "CHARBUF", nothing, `${note}, its id.`),
    toldOf(`k8s.${kind}.label`, false, () => nothing, `${note}, one of its labels.`),
    row(`k8s.${kind}.labels`, "CHARBUF", nothing, `${note}, all its labels.`),
  ];
}

const uid = ({ labels }: Container): string | undefined => labels.get(POD_UID);
const statedUid = ({ podUid }: ContainerIdentity): string => podUid;

export const k8sFields: readonly Field[] = [
  told("k8s.pod.name", ({ labels }) => labels.get(POD_NAME), "The name of the pod."),
  told("k8s.ns.name", ({ labels }) => labels.get(NAMESPACE), "The namespace of the pod."),
  toldOrStated("k8s.pod.id", uid, statedUid, "The same as k8s.pod.uid, for rules from long ago."),
  toldOrStated("k8s.pod.uid", uid, statedUid, "The uid of the pod; where no runtime tells, as the cgroup states it."),
  told(
    "k8s.pod.sandbox_id",
    ({ sandboxId }) => sandboxId.slice(0, SHORT_ID),
    "The first twelve characters of the id of the pod's sandbox.",
  ),
  told("k8s.pod.full_sandbox_id", ({ sandboxId }) => sandboxId, "The whole id of the pod's sandbox."),
  toldOf(
    "k8s.pod.label",
    false,
    (label) => (container, event) =>
      podOf(container, event).sandboxLabels.get(label) ?? container.sandboxLabels.get(label),
    "One label of the pod, by its name.",
  ),
  told(
    "k8s.pod.labels",
    (container, event) => labelsText(podOf(container, event).sandboxLabels),
    "All labels of the pod, as name:value, separated by commas.",
  ),
  told("k8s.pod.ip", (container, event) => podOf(container, event).ip, "The pod's first IPv4 address."),
  told(
    "k8s.pod.cni.json",
    (container, event) => podOf(container, event).cniJson,
    "What the network plugin said of the pod, as JSON.",
  ),
  ...OWNERS.flatMap(ownerFields),
  row("k8s.ns.id", "CHARBUF", nothing, "No longer told: the id of the pod's namespace."),
  toldOf("k8s.ns.label", false, () => nothing, "No longer told: one label of the pod's namespace."),
  row("k8s.ns.labels", "CHARBUF", nothing, "No longer told: all labels of the pod's namespace."),
];

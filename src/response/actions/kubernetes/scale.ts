import { type Facts, factsOf, numberOf, textOf } from "../../../transport/json.ts";
import type { Action, ActionResult } from "../../action.ts";
import { HELD_FOR, withHold } from "./holds.ts";
import { podAction, type Task } from "./kubernetes-action.ts";
import { getPods } from "./permissions.ts";
import { controllerOf, type Owner, type Pod } from "./pod.ts";
import { replicatedPath } from "./replicas.ts";
import { onConflict } from "./retry.ts";
import { podText } from "./target.ts";

/** Annotation with the previous number of replicas. */
export const FORMER = "eyas/former-replicas";

/** Scales the owner of the alert's pod to zero. */
export const action: Action = podAction({
  name: "kubernetes:scale",
  about: `Scales the owner of the alert's pod to zero replicas. The annotation ${FORMER} stores the previous number, which \`kubernetes:rescale\` restores.`,
  example: "",
  continues: false,
  repeatable: true,
  skipsFailed: true,
  undoneBy: "kubernetes:rescale",
  parameters: {},
  grants: [
    getPods,
    { group: "", resource: "replicationcontrollers", verbs: ["get", "patch"] },
    { group: "apps", resource: "deployments", verbs: ["get", "patch"] },
    { group: "apps", resource: "replicasets", verbs: ["get", "patch"] },
    { group: "apps", resource: "statefulsets", verbs: ["get", "patch"] },
  ],
  async act(pod, task) {
    if (pod.owner === undefined) return { outcome: "skipped", reason: `${podText(pod)} has no owner` };
    const { owner } = pod;
    return onConflict(() => scale(pod, owner, task));
  },
});

async function scale(pod: Pod, first: Owner, task: Task): Promise<ActionResult> {
  let owner = first;
  let found = await ownerAt(pod, owner, task);
  // A Deployment would restore the replicas of its ReplicaSet.
  const above = found && controllerOf(found.facts);
  if (above !== undefined) {
    owner = above;
    found = await ownerAt(pod, owner, task);
  }
  const what = `${owner.kind} ${pod.namespace}/${owner.name}`;
  if (found === undefined) return { outcome: "skipped", reason: `${what} cannot be scaled` };
  const { path, facts } = found;
  const { uid, resourceVersion } = factsOf(facts.metadata);
  if (owner.uid !== "" && textOf(uid) !== owner.uid)
    return { outcome: "skipped", reason: `${what} was replaced in the meantime` };
  const replicas = numberOf(factsOf(facts.spec).replicas) ?? 1;
  if (replicas === 0) return { outcome: "skipped", reason: `${what} is already scaled to zero replicas` };
  const annotations = { [FORMER]: String(replicas), [HELD_FOR]: withHold({}, pod) };
  await task.cluster.request({
    method: "PATCH",
    path,
    type: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion, annotations }, spec: { replicas: 0 } },
    signal: task.signal,
  });
  return { outcome: "done", answer: `scaled ${what} from ${replicas} to 0 replicas` };
}

/** Reads an owner; undefined if its kind has no replicas. */
async function ownerAt(
  { namespace }: Pod,
  owner: Owner,
  { cluster, signal }: Task,
): Promise<{ readonly path: readonly string[]; readonly facts: Facts } | undefined> {
  const path = replicatedPath(namespace, owner);
  return path && { path, facts: await cluster.request({ path, signal }) };
}

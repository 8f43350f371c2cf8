import { type Facts, factsOf, listOf, numberOf, textOf } from "../../../transport/json.ts";
import { listPages } from "../../../transport/kubernetes/list.ts";
import type { Action, ActionResult } from "../../action.ts";
import { HELD_FOR, isHeldFor } from "./holds.ts";
import { clusterAction, type Task } from "./kubernetes-action.ts";
import { controllerOf } from "./pod.ts";
import { replicated } from "./replicas.ts";
import { onConflict } from "./retry.ts";
import { FORMER } from "./scale.ts";
import { type PodName, podOf, podText } from "./target.ts";

const kinds = Object.entries(replicated);

/** Restores the replicas of an owner that Eyas scaled to zero. */
export const action: Action = clusterAction<PodName>({
  name: "kubernetes:rescale",
  about: `Scales the owner of the alert's pod to the number of replicas that it had before \`kubernetes:scale\` (annotation ${FORMER}). An owner that has been scaled since then is not changed.`,
  example: "",
  continues: true,
  repeatable: true,
  parameters: {},
  grants: kinds.map(([, { path, resource }]) => ({
    group: path[0] === "apis" ? (path[1] ?? "") : "",
    resource,
    verbs: ["list", "get", "patch"],
  })),
  find: podOf,
  describe: podText,
  namespace: ({ namespace }) => namespace,
  async act(pod, task) {
    const found = await ownerHeldFor(pod, task);
    if (found === undefined)
      return { outcome: "skipped", reason: `Eyas has scaled no owner of ${podText(pod)} to zero` };
    return onConflict(() => rescale(found, pod, task));
  },
});

interface Scaled {
  readonly what: string;
  readonly path: readonly string[];
}

/** Finds the owner that Eyas scaled to zero because of a pod. The pod itself may no longer exist. */
async function ownerHeldFor(pod: PodName, { cluster, signal }: Task): Promise<Scaled | undefined> {
  for (const [kind, { path: root, resource }] of kinds) {
    const path = [...root, "namespaces", pod.namespace, resource];
    for await (const page of listPages(cluster.request, { path, signal })) {
      const found = listOf(page.items).find((facts) => isHeldFor(facts, pod) && !isScaledByOwner(facts));
      if (found === undefined) continue;
      const name = textOf(factsOf(found.metadata).name);
      return { what: `${kind} ${pod.namespace}/${name}`, path: [...path, name] };
    }
  }
  return undefined;
}

/**
 * Whether the object has an owner that sets its replicas. Deployments copy their annotations to their ReplicaSets.
 */
function isScaledByOwner(facts: Facts): boolean {
  const owner = controllerOf(facts);
  return owner !== undefined && Object.hasOwn(replicated, owner.kind);
}

async function rescale({ what, path }: Scaled, pod: PodName, task: Task): Promise<ActionResult> {
  const { cluster, signal } = task;
  const facts: Facts = await cluster.request({ path, signal });
  if (!isHeldFor(facts, pod)) return { outcome: "skipped", reason: `${what} was restored in the meantime` };
  const { uid, resourceVersion, annotations } = factsOf(facts.metadata);
  const now = numberOf(factsOf(facts.spec).replicas) ?? 1;
  const former = textOf(factsOf(annotations)[FORMER]);
  if (!/^[1-9]\d{0,5}$/.test(former))
    return { outcome: "failed", reason: `the annotation ${FORMER} of ${what} is not a number of replicas` };
  await cluster.request({
    method: "PATCH",
    path,
    type: "application/merge-patch+json",
    body: {
      metadata: { uid, resourceVersion, annotations: { [FORMER]: null, [HELD_FOR]: null } },
      ...(now === 0 && { spec: { replicas: Number(former) } }),
    },
    signal,
  });
  return now === 0
    ? { outcome: "done", answer: `scaled ${what} from 0 to ${former} replicas` }
    : { outcome: "skipped", reason: `${what} already has ${now} replicas` };
}

import { factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { listPages } from "../../../../transport/kubernetes/list.ts";
import type { Action, ActionResult } from "../../../action.ts";
import { HELD_FOR, isHeldFor, withoutHold } from "../holds.ts";
import { clusterAction, type Task } from "../kubernetes-action.ts";
import { onConflict } from "../retry.ts";
import { type PodName, podOf, podText } from "../target.ts";
import { deletePolicy, existing, isOurs, type PolicyKind, type PolicyName, policyPath } from "./policy.ts";

/** Creates an action that removes a network policy that Eyas created because of the alert's pod. */
export function reconnectAction(platform: string, kind: PolicyKind): Action {
  const { group, resource } = kind;
  return clusterAction<PodName>({
    name: `${platform}:reconnect`,
    about: `Removes the ${kind.kind} that \`${platform}:networkpolicy\` created because of the alert's pod. The policy remains if it was also created because of other pods of the owner.`,
    example: "",
    continues: true,
    repeatable: true,
    parameters: {},
    grants: [{ group, resource, verbs: ["list", "get", "patch", "delete"] }],
    find: podOf,
    describe: podText,
    namespace: ({ namespace }) => namespace,
    async act(pod, task) {
      const [first, ...others] = await policiesHeldFor(kind, pod, task);
      if (first === undefined)
        return { outcome: "skipped", reason: `Eyas has created no ${kind.kind} for ${podText(pod)}` };
      let result = await onConflict(() => remove(kind, first, pod, task));
      for (const policy of others) result = both(result, await onConflict(() => remove(kind, policy, pod, task)));
      return result;
    },
  });
}

/**
 * Returns the policies that Eyas created because of a pod. The pod itself may no longer exist. There are several
 * policies if another pod of this name had another owner, or if an earlier version of Eyas named a policy without the
 * kind of the owner.
 */
async function policiesHeldFor(kind: PolicyKind, pod: PodName, task: Task): Promise<readonly PolicyName[]> {
  const path = policyPath(kind, pod.namespace);
  const names: PolicyName[] = [];
  for await (const page of listPages(task.cluster.request, { path, signal: task.signal })) {
    for (const facts of listOf(page.items)) {
      if (!isOurs(facts) || !isHeldFor(facts, pod)) continue;
      names.push({ namespace: pod.namespace, name: textOf(factsOf(facts.metadata).name) });
    }
  }
  return names;
}

/** Combines the results of two removals: done if either policy was removed. */
function both(first: ActionResult, second: ActionResult): ActionResult {
  if (first.outcome === "done" && second.outcome === "done")
    return { outcome: "done", answer: `${first.answer}; ${second.answer}` };
  return second.outcome === "done" ? second : first;
}

async function remove(kind: PolicyKind, policy: PolicyName, pod: PodName, task: Task): Promise<ActionResult> {
  const path = [...policyPath(kind, policy.namespace), policy.name];
  const what = `${kind.kind} ${policy.namespace}/${policy.name}`;
  const facts = await existing(path, task);
  if (facts === undefined || !isOurs(facts) || !isHeldFor(facts, pod))
    return { outcome: "skipped", reason: `${what} was removed in the meantime` };
  const left = withoutHold(facts, pod);
  if (left === undefined) {
    await deletePolicy(kind, policy, facts, task);
    return { outcome: "done", answer: `deleted ${what}` };
  }
  const { uid, resourceVersion } = factsOf(facts.metadata);
  const body = { metadata: { uid, resourceVersion, annotations: { [HELD_FOR]: left } } };
  const { cluster, signal } = task;
  await cluster.request({ method: "PATCH", path, type: "application/merge-patch+json", body, signal });
  return { outcome: "done", answer: `${what} remains because of other pods` };
}

import type { Action } from "../../../action.ts";
import { clusterAction } from "../kubernetes-action.ts";
import { onConflict } from "../retry.ts";
import { isolationOf, namespaceOf, namespaceText } from "./isolation.ts";
import { kind } from "./kubernetes.ts";
import { deletePolicy, existing, isOurs, policyPath } from "./policy.ts";

/** Removes the isolation of a namespace. */
export const action: Action = clusterAction<string>({
  name: "kubernetes:unisolate",
  about: "Removes the NetworkPolicy with which `kubernetes:isolate` isolated the alert's namespace.",
  example: "",
  continues: true,
  repeatable: true,
  parameters: {},
  grants: [{ group: kind.group, resource: kind.resource, verbs: ["get", "delete"] }],
  find: namespaceOf,
  describe: namespaceText,
  namespace: (name) => name,
  act(namespace, task) {
    const policy = isolationOf(namespace);
    const what = `${kind.kind} ${namespace}/${policy.name}`;
    return onConflict(async () => {
      const facts = await existing([...policyPath(kind, namespace), policy.name], task);
      if (facts === undefined) return { outcome: "skipped", reason: `${what} no longer exists` };
      if (!isOurs(facts)) return { outcome: "failed", reason: `${what} is not managed by Eyas` };
      await deletePolicy(kind, policy, facts, task);
      return { outcome: "done", answer: `deleted ${what}` };
    });
  },
});

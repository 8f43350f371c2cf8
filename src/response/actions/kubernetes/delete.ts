import { targetNameFields } from "../../../field/roles.ts";
import { factsOf, textOf } from "../../../transport/json.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import type { Action } from "../../action.ts";
import { clusterAction, type Task } from "./kubernetes-action.ts";
import { type AuditedObject, deletable, objectOf, objectText } from "./objects.ts";
import { CLOCKS } from "./pod.ts";

/** Deletes the object of an audit event. */
export const action: Action = clusterAction<AuditedObject>({
  name: "kubernetes:delete",
  about: "Deletes the object of an audit event of the Kubernetes API server.",
  example: "protected_namespaces: [kube-system, monitoring]",
  continues: false,
  repeatable: true,
  parameters: {},
  // The object's namespace, whatever else an alert names.
  scopes: [{ name: "namespace", fields: [...targetNameFields("namespace"), ...targetNameFields("object")] }],
  grants: Object.entries(deletable).map(([resource, { group, isReadable }]) => ({
    group,
    resource,
    verbs: isReadable ? ["get", "delete"] : ["delete"],
  })),
  find: objectOf,
  describe: objectText,
  namespace: ({ resource, namespace, name }) => (resource === "namespaces" ? name : namespace),
  async act(object, task) {
    const why = never(object);
    if (why !== undefined) return { outcome: "skipped", reason: why };
    try {
      const uid = object.isReadable ? await uidOf(object, task) : undefined;
      if (uid === "") return { outcome: "skipped", reason: `${objectText(object)} was created after the alert` };
      await task.cluster.request({
        method: "DELETE",
        path: object.path,
        body: {
          apiVersion: "v1",
          kind: "DeleteOptions",
          propagationPolicy: "Background",
          ...(uid !== undefined && { preconditions: { uid } }),
        },
        signal: task.signal,
      });
    } catch (error) {
      if (isStatus(error, 404, 409)) return { outcome: "skipped", reason: `${objectText(object)} is gone` };
      throw error;
    }
    return { outcome: "done", answer: `deleted ${objectText(object)}` };
  },
});

/** Why an object is protected: the cluster depends on it. */
function never({ resource, name }: AuditedObject): string | undefined {
  if (resource === "namespaces" && (name.startsWith("kube-") || name === "default"))
    return `the namespace ${name} is protected`;
  if (resource.startsWith("clusterrole") && (name.startsWith("system:") || name === "cluster-admin"))
    return `${name} belongs to Kubernetes itself`;
  return undefined;
}

/** The uid of an object; "" if it is younger than the alert. */
async function uidOf({ path }: AuditedObject, { cluster, request, signal }: Task): Promise<string> {
  const metadata = factsOf((await cluster.request({ path, signal })).metadata);
  const created = Date.parse(textOf(metadata.creationTimestamp)) || 0;
  return BigInt(created) * 1_000_000n > request.alert.time + CLOCKS ? "" : textOf(metadata.uid);
}

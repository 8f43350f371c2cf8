import { targetNameFields } from "../../../field/roles.ts";
import { type Facts, factsOf, textOf } from "../../../transport/json.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import type { Action, ActionResult, Parameter } from "../../action.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { hasCreated, hasStatus, isLater, requestFields, statesCreation, whyFailed } from "./audited-request.ts";
import { clusterAction, type Task } from "./kubernetes-action.ts";
import { type AuditedObject, deletable, isCustomResource, type NewOnly, objectOf, objectText } from "./objects.ts";
import { ownAccount, reviewSelf } from "./own-account.ts";
import { whyLocal, whyOwn, whyProtected } from "./protected-objects.ts";

const customResources: Parameter = {
  about:
    "Custom resources that can be deleted, as `plural.group`. The role of the action does not include the permissions for them (`get`, `delete`): grant these for each resource.",
  takes: "a list of custom resources (certificates.cert-manager.io)",
  fallback: [],
  check: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === "string" && isCustomResource(each))
      ? value
      : undefined,
};

const resourcesOf = (wanted: NewOnly): string =>
  Object.entries(deletable)
    .flatMap(([resource, { newOnly }]) => (newOnly === wanted ? [resource] : []))
    .join(", ");

/** Deletes the object of an audit event. */
export const action: Action = clusterAction<AuditedObject>({
  name: "kubernetes:delete",
  about:
    "Deletes the object of an audit event of the Kubernetes API server. Objects of failed requests and objects that belong to Kubernetes or Eyas are not deleted.",
  example: "protected_namespaces: [kube-system, monitoring]\ncustom_resources: [certificates.cert-manager.io]",
  continues: false,
  repeatable: true,
  parameters: {
    created_only: flagParameter(
      `Delete only objects that the request created (status 201). Default: true for ${resourcesOf("always")}, because an attacker might intend their deletion; if the alert contains the status, also true for ${resourcesOf("if stated")}; false for other resources.`,
      undefined,
    ),
    custom_resources: customResources,
  },
  fields: requestFields,
  // The budget of the object's namespace applies, even if other fields of the alert name a different namespace.
  scopes: [{ name: "namespace", fields: [...targetNameFields("namespace"), ...targetNameFields("object")] }],
  grants: [
    reviewSelf,
    ...Object.entries(deletable).map(([resource, { group, isReadable }]) => ({
      group,
      resource,
      verbs: isReadable ? ["get", "delete"] : ["delete"],
    })),
  ],
  find: objectOf,
  describe: objectText,
  namespace: ({ resource, namespace, name }) => (resource === "namespaces" ? name : namespace),
  async act(object, task) {
    const { alert } = task.request;
    const early = whyFailed(alert) ?? whyKept(object, statesCreation(alert), task);
    if (early !== undefined) return { outcome: "skipped", reason: early };
    try {
      return await remove(object, task);
    } catch (error) {
      if (isStatus(error, 404, 409)) return { outcome: "skipped", reason: `${objectText(object)} no longer exists` };
      throw error;
    }
  },
});

async function remove(object: AuditedObject, task: Task): Promise<ActionResult> {
  const { cluster, request, signal } = task;
  const own = await ownAccount(task);
  const facts: Facts = object.isReadable ? await cluster.request({ path: object.path, signal }) : {};
  if (isLater(request.alert, facts))
    return { outcome: "skipped", reason: `${objectText(object)} was created after the alert` };
  const isNew = hasCreated(request.alert, facts);
  const why =
    whyOwn(object, facts, isNew, own) ??
    (object.isReadable ? whyKept(object, isNew, task) : undefined) ??
    whyLocal(object, facts);
  if (why !== undefined) return { outcome: "skipped", reason: why };
  const uid = textOf(factsOf(facts.metadata).uid);
  await cluster.request({
    method: "DELETE",
    path: object.path,
    body: {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...(uid !== "" && { preconditions: { uid } }),
    },
    signal,
  });
  return { outcome: "done", answer: `deleted ${objectText(object)}` };
}

/** Returns the reason why an object is kept; undefined if it can be deleted. */
function whyKept(object: AuditedObject, isNew: boolean, { parameters, request }: Task): string | undefined {
  const { newOnly } = object;
  const isNewOnly =
    parameters.created_only === undefined
      ? newOnly === "always" || (newOnly === "if stated" && hasStatus(request.alert))
      : flagIn(parameters, "created_only");
  if (isNewOnly && !isNew) return `${objectText(object)} was not created by the alert's request`;
  return whyProtected(object, isNew);
}

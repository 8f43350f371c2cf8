import { type Facts, factsOf, listOf, textOf } from "../../../../transport/json.ts";
import { isStatus } from "../../../../transport/kubernetes/error.ts";
import type { Action, ActionResult } from "../../../action.ts";
import { flagIn, flagParameter, textIn, textParameter } from "../../../parameters.ts";
import { hasCreated, isLater, requestFields, statesCreation, whyFailed } from "../audited-request.ts";
import { clusterAction, type Task } from "../kubernetes-action.ts";
import { type AuditedObject, objectOf, objectText } from "../objects.ts";
import { onConflict } from "../retry.ts";

const CERTIFICATES = "certificates.k8s.io";

/** Denies a certificate signing request. */
export const action: Action = clusterAction<AuditedObject>({
  name: "kubernetes:deny",
  about:
    "Denies the CertificateSigningRequest of an audit event. An approved request cannot be denied, and its certificate is valid until the certificate expires: remove the access of the user (`kubernetes:revoke`). `kubernetes:delete` deletes a request instead and needs fewer permissions: the API server does not distinguish the permission to deny from the permission to approve. The role of the action is limited to the built-in signers of Kubernetes.",
  example: "message: Certificates are issued by the platform team only.",
  continues: true,
  repeatable: true,
  parameters: {
    reason: textParameter("Reason of the condition `Denied`.", { fallback: "DeniedByEyas" }),
    message: textParameter("Message of the condition.", { fallback: "Eyas denied the request because of an alert." }),
    created_only: flagParameter(
      "Deny only a CertificateSigningRequest that the request of the alert created (status 201).",
      true,
    ),
  },
  fields: requestFields,
  grants: [
    { group: CERTIFICATES, resource: "certificatesigningrequests", verbs: ["get"] },
    { group: CERTIFICATES, resource: "certificatesigningrequests/approval", verbs: ["update"] },
    { group: CERTIFICATES, resource: "signers", verbs: ["approve"] },
  ],
  find(alert) {
    const object = objectOf(alert, {});
    if ("missing" in object || object.found.resource === "certificatesigningrequests") return object;
    return { missing: "ka.target.resource is not certificatesigningrequests" };
  },
  describe: objectText,
  namespace: () => "",
  async act(object, task) {
    const early = whyFailed(task.request.alert) ?? whyNotNew(statesCreation(task.request.alert), task);
    if (early !== undefined) return { outcome: "skipped", reason: `${objectText(object)}: ${early}` };
    try {
      return await onConflict(() => deny(object, task));
    } catch (error) {
      if (isStatus(error, 404)) return { outcome: "skipped", reason: `${objectText(object)} no longer exists` };
      throw error;
    }
  },
});

async function deny(object: AuditedObject, task: Task): Promise<ActionResult> {
  const { cluster, parameters, signal } = task;
  const { path } = object;
  const facts = await cluster.request({ path, signal });
  const why = whyKept(facts, task);
  if (why !== undefined) return { outcome: "skipped", reason: `${objectText(object)}: ${why}` };
  const status = factsOf(facts.status);
  const denied = {
    ...{ type: "Denied", status: "True", lastUpdateTime: new Date().toISOString() },
    ...{ reason: textIn(parameters, "reason"), message: textIn(parameters, "message") },
  };
  // The UID and resource version of the object act as preconditions.
  const body = { ...facts, status: { ...status, conditions: [...listOf(status.conditions), denied] } };
  await cluster.request({ method: "PUT", path: [...path, "approval"], body, signal });
  return { outcome: "done", answer: `denied ${objectText(object)}` };
}

function whyKept(facts: Facts, task: Task): string | undefined {
  const { alert } = task.request;
  if (isLater(alert, facts)) return "it was created after the alert";
  const notNew = whyNotNew(hasCreated(alert, facts), task);
  if (notNew !== undefined) return notNew;
  const status = factsOf(facts.status);
  const types = listOf(status.conditions).map(({ type }) => textOf(type));
  if (types.includes("Denied")) return "it is already denied";
  const issued = textOf(status.certificate) === "" ? "" : ", and the certificate has been issued";
  return types.includes("Approved") ? `it is approved${issued}` : undefined;
}

function whyNotNew(isNew: boolean, { parameters }: Task): string | undefined {
  return flagIn(parameters, "created_only") && !isNew ? "the alert's request did not create it" : undefined;
}

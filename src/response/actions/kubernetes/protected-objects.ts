import { type Facts, factsOf, listOf } from "../../../transport/json.ts";
import { isOwnSubject } from "./access/subject.ts";
import { type AuditedObject, objectText } from "./objects.ts";
import type { OwnAccount } from "./own-account.ts";

/**
 * Returns the reason why an object is protected because the cluster depends on it.
 * @param isNew whether the request created the object; a new role or binding is not protected by its name
 */
export function whyProtected({ resource, namespace, name }: AuditedObject, isNew: boolean): string | undefined {
  if (resource === "namespaces" && (name.startsWith("kube-") || name === "default"))
    return `the namespace ${name} is protected`;
  if (/^(?:clusterroles|roles|clusterrolebindings|rolebindings)$/.test(resource) && isSystemRole(name) && !isNew)
    return `${name} belongs to Kubernetes`;
  if (/^(?:services|endpoints|endpointslices)$/.test(resource) && namespace === "default" && name === "kubernetes")
    return `default/kubernetes (${resource}) exposes the API server`;
  return undefined;
}

/** Whether a role or binding with this name belongs to Kubernetes or kubeadm. */
export function isSystemRole(name: string): boolean {
  return name.startsWith("system:") || name.startsWith("kubeadm:") || name === "cluster-admin";
}

/**
 * Returns the reason why an object is protected because Eyas depends on it.
 * @param isNew whether the request created it
 */
export function whyOwn(object: AuditedObject, facts: Facts, isNew: boolean, own: OwnAccount): string | undefined {
  const { resource, namespace, name } = object;
  const isNamespace = resource === "namespaces" && name === own.namespace;
  if (own.namespace !== "" && (namespace === own.namespace || isNamespace))
    return `${own.namespace} is the namespace of Eyas`;
  if (/^(?:role|clusterrole)bindings$/.test(resource) && isOwnBinding(facts, isNew, own))
    return `${objectText(object)} is a binding of Eyas`;
  return undefined;
}

/**
 * Whether Eyas depends on a binding. False for a new binding that also has other subjects, because an attacker could
 * add Eyas to a binding to protect it.
 * @param isNew whether the request created it
 */
export function isOwnBinding(facts: Facts, isNew: boolean, own: OwnAccount): boolean {
  const subjects = listOf(facts.subjects);
  const isOwn = (subject: Facts): boolean => isOwnSubject(subject, own);
  return isNew ? subjects.length > 0 && subjects.every(isOwn) : subjects.some(isOwn);
}

/** Returns the reason why an APIService is protected because the API server itself serves its group. */
export function whyLocal({ resource, name }: AuditedObject, facts: Facts): string | undefined {
  if (resource !== "apiservices" || Object.keys(factsOf(factsOf(facts.spec).service)).length > 0) return undefined;
  return `${name} belongs to Kubernetes`;
}

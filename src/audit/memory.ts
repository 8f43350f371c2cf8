import { type Document, isArray, isObject, type Json, type JsonObject, member } from "../event/document.ts";
import { isDryRunEvent } from "../event/dry-run.ts";
import { allowsEverything } from "./grants.ts";
import { identityOf } from "./identity.ts";

/**
 * Annotations with information that audit events do not contain: the permissions of the role in a binding, and the
 * previous pod security level of a namespace. Rules read them in the same way as annotations of the API server.
 */
export const ROLE_GRANTS = "eyas/role-grants";
export const POD_SECURITY_LOWERED = "eyas/pod-security-lowered";

/** Roles and namespaces that were listed from the API server. */
export interface KnownObjects {
  /**
   * Whether a role allows everything (see {@link allowsEverything} in grants.ts).
   * @param namespace "" for a cluster role
   */
  allowsEverything(resource: "clusterroles" | "roles", namespace: string, name: string): boolean;
  /** The enforced pod security level of a namespace when it was first listed. */
  levelOf(namespace: string): string | undefined;
}

/** Maximum number of roles, of namespaces, and of annotated events in memory. */
const MOST = 10_000;

/** Pod security levels, most permissive first. */
const LEVELS: readonly string[] = ["privileged", "baseline", "restricted"];
const ENFORCE = "pod-security.kubernetes.io/enforce";

/** Remembers roles and namespaces from earlier audit events. */
export interface AuditMemory {
  /** Returns the event, with annotations if the information is known. */
  annotated(document: Document): Document;
  /**
   * Also uses objects listed from the API server, since there are no events for objects that existed before startup.
   */
  use(objects: KnownObjects | undefined): void;
}

export function openAuditMemory(): AuditMemory {
  /** Roles that allow everything, and enforced pod security levels of namespaces. */
  const wildcardRoles = new Set<string>();
  const levels = new Map<string, string>();
  /** Annotations by event identity, so that an event in a repeated batch gets the same annotations. */
  const given = new Map<string, JsonObject>();
  let known: KnownObjects | undefined;

  function explain(event: JsonObject): JsonObject | undefined {
    const target = member(event, "objectRef");
    const resource = textOf(member(target, "resource"));
    // The whole namespace can be changed through its subresources too, and the response contains its labels.
    if (resource === "namespaces") return ofNamespace(event, target);
    if (member(target, "subresource") !== undefined) return undefined;
    if (resource === "clusterroles" || resource === "roles") noteRole(event, target, resource);
    else if (resource === "clusterrolebindings" || resource === "rolebindings") return ofBinding(event, target);
    return undefined;
  }

  function noteRole(event: JsonObject, target: Json | undefined, resource: string): void {
    const key = roleKey(resource, textOf(member(target, "namespace")), nameIn(event, target));
    const rules = member(bodyOf(event), "rules");
    if (allowsEverything(rules)) {
      if (wildcardRoles.size < MOST) wildcardRoles.add(key);
    } else if (isArray(rules) || isDeletion(event)) wildcardRoles.delete(key);
  }

  function ofBinding(event: JsonObject, target: Json | undefined): JsonObject | undefined {
    const role = member(bodyOf(event), "roleRef");
    const isCluster = textOf(member(role, "kind")) === "ClusterRole";
    const namespace = isCluster ? "" : textOf(member(target, "namespace"));
    const [resource, name] = [isCluster ? "clusterroles" : "roles", textOf(member(role, "name"))] as const;
    const isWildcard =
      wildcardRoles.has(roleKey(resource, namespace, name)) || known?.allowsEverything(resource, namespace, name);
    return isWildcard ? { [ROLE_GRANTS]: "*" } : undefined;
  }

  function ofNamespace(event: JsonObject, target: Json | undefined): JsonObject | undefined {
    const name = nameIn(event, target);
    const verb = textOf(member(event, "verb"));
    if (verb === "delete") {
      if (isDeletion(event)) levels.delete(name);
      return undefined;
    }
    // The response has all labels; a patch request has only the changed ones.
    const labels = member(member(member(event, "responseObject"), "metadata"), "labels");
    if (!isObject(labels)) return undefined;
    const earlier = verb === "create" ? undefined : (levels.get(name) ?? known?.levelOf(name));
    const [before = "", now] = [earlier, textOf(member(labels, ENFORCE))];
    if (levels.size < MOST || levels.has(name)) levels.set(name, now);
    return rank(now) < rank(before) ? { [POD_SECURITY_LOWERED]: `${before} to ${now || "none"}` } : undefined;
  }

  return {
    use(objects) {
      known = objects;
    },
    annotated(document) {
      const { value: event } = document;
      if (!isObject(event) || !changes(event)) return document;
      const id = identityOf(document);
      const before = id === undefined ? undefined : given.get(id);
      const more = before ?? explain(event);
      if (more === undefined) return document;
      if (id !== undefined && before === undefined) {
        if (given.size >= MOST) given.clear();
        given.set(id, more);
      }
      const annotations = member(event, "annotations");
      return { ...document, value: { ...event, annotations: { ...(isObject(annotations) && annotations), ...more } } };
    },
  };
}

const CHANGES: readonly string[] = ["create", "update", "patch", "delete"];

/** Whether an event reports a successful change. */
function changes(event: JsonObject): boolean {
  if (!CHANGES.includes(textOf(member(event, "verb"))) || member(event, "stage") !== "ResponseComplete") return false;
  const code = member(member(event, "responseStatus"), "code");
  return typeof code === "number" && code >= 200 && code < 300 && !isDryRunEvent(event);
}

/**
 * Whether an object was deleted. False without a request body, for example in a truncated event, since the request may
 * be a dry run.
 */
function isDeletion(event: JsonObject): boolean {
  return textOf(member(event, "verb")) === "delete" && isObject(member(event, "requestObject"));
}

/** The changed object: the response body, or the request body if the audit policy does not record response bodies. */
function bodyOf(event: JsonObject): Json | undefined {
  return member(event, "responseObject") ?? member(event, "requestObject");
}

/** The name of the object. Requests that create an object have no name in the path. */
function nameIn(event: JsonObject, target: Json | undefined): string {
  return textOf(member(target, "name")) || textOf(member(member(bodyOf(event), "metadata"), "name"));
}

function roleKey(resource: string, namespace: string, name: string): string {
  return `${resource} ${namespace} ${name}`;
}

function rank(level: string): number {
  return Math.max(0, LEVELS.indexOf(level));
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

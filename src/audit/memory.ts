import { type Document, isArray, isObject, type Json, type JsonObject, member } from "../event/document.ts";
import { isDryRunEvent } from "../event/dry-run.ts";
import { queryParameters } from "../event/request-query.ts";
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
  /** Adds objects listed from the API server, because no events report objects that existed before startup. */
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
    // Requests to subresources can also change the whole namespace, and their bodies contain its labels.
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
    } else if (succeeded(event) && (isArray(rules) || isDeletion(event))) wildcardRoles.delete(key);
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
      if (succeeded(event) && isDeletion(event)) levels.delete(name);
      return undefined;
    }
    const labels = labelsIn(event, verb);
    if (!isObject(labels)) return undefined;
    const earlier = verb === "create" ? undefined : (levels.get(name) ?? known?.levelOf(name));
    const [before = "", now] = [earlier, textOf(member(labels, ENFORCE))];
    // A level that may not have been stored does not replace a stricter level.
    const isKept = succeeded(event) || rank(now) > rank(before);
    if (isKept && (levels.size < MOST || levels.has(name))) levels.set(name, now);
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

/**
 * Codes of errors after which the change may be stored: the API server converts the response to the form that the client
 * accepts only after storing the object, and a client can disconnect before the response.
 */
const NOT_ACCEPTABLE = 406;
const BAD_REQUEST = 400;
const TIMEOUT = 504;
/** Parameter of the conversion to a table. An invalid value results in {@link BAD_REQUEST}. */
const TABLE: ReadonlySet<string> = new Set(["includeObject"]);

/** Whether an event reports a change that was stored or may have been stored. */
function changes(event: JsonObject): boolean {
  if (!CHANGES.includes(textOf(member(event, "verb"))) || member(event, "stage") !== "ResponseComplete") return false;
  return (succeeded(event) || maySucceed(event)) && !isDryRunEvent(event);
}

function succeeded(event: JsonObject): boolean {
  const code = codeOf(event);
  return typeof code === "number" && code >= 200 && code < 300;
}

function maySucceed(event: JsonObject): boolean {
  const code = codeOf(event);
  if (code === NOT_ACCEPTABLE || code === TIMEOUT) return true;
  return code === BAD_REQUEST && queryParameters(textOf(member(event, "requestURI")), TABLE).size > 0;
}

function codeOf(event: JsonObject): Json | undefined {
  return member(member(event, "responseStatus"), "code");
}

/**
 * Whether an object was deleted. False without a request body, for example in a truncated event, since the request may
 * be a dry run.
 */
function isDeletion(event: JsonObject): boolean {
  return textOf(member(event, "verb")) === "delete" && isObject(member(event, "requestObject"));
}

/**
 * Kinds of response bodies other than the changed object: forms that the client requested, or the status of a failed
 * request.
 */
const OTHER_KINDS: ReadonlySet<string> = new Set([
  "PartialObjectMetadata",
  "PartialObjectMetadataList",
  "Table",
  "Status",
]);

/**
 * The changed object: the response body, or the request body if the response has another form or is not recorded
 * because of the audit policy.
 */
function bodyOf(event: JsonObject): Json | undefined {
  const response = member(event, "responseObject");
  const isOther = response === undefined || OTHER_KINDS.has(textOf(member(response, "kind")));
  return isOther ? member(event, "requestObject") : response;
}

/** All labels of a changed object: the labels in the response, or in a request that contains the whole object. */
function labelsIn(event: JsonObject, verb: string): Json | undefined {
  const labels = member(member(member(event, "responseObject"), "metadata"), "labels");
  const request = member(event, "requestObject");
  if (isObject(labels) || verb === "patch" || !isObject(request)) return labels;
  return member(member(request, "metadata"), "labels") ?? {};
}

/** The name of the object. Requests that create an object have no name in the path. */
function nameIn(event: JsonObject, target: Json | undefined): string {
  const named = (body: string): string => textOf(member(member(member(event, body), "metadata"), "name"));
  return textOf(member(target, "name")) || named("responseObject") || named("requestObject");
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

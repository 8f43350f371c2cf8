import { type Document, isObject, type Json, type JsonObject } from "../event/document.ts";
import { isDryRunEvent } from "../event/dry-run.ts";
import { queryParameters, unescaped } from "../event/request-query.ts";
import type { ExecRequestKind, Requester } from "./session.ts";

/** A request to enter a pod: exec, attach or an ephemeral container. Text is stored as byte strings. */
export interface ExecRequest {
  readonly requester: Requester;
  readonly namespace: string;
  readonly pod: string;
  /** Name of the container; "" for the default container if the request names none. */
  readonly container: string;
  /** The command; undefined if the request has none. */
  readonly command: readonly string[] | undefined;
  /** UID of the pod; "" if the event does not contain it. */
  readonly podUid: string;
  /** When the API server received the request: milliseconds since the epoch. */
  readonly at: number;
  /** When the API server reported the event: milliseconds since the epoch. */
  readonly stated: number;
  /** Whether the request has ended. */
  readonly over: boolean;
}

const kinds: Readonly<Record<string, ExecRequestKind>> = {
  exec: "exec",
  attach: "attach",
  ephemeralcontainers: "debug",
};
/** Stages at which the outcome of a request is known. */
const STAGES: ReadonlySet<string> = new Set(["ResponseStarted", "ResponseComplete"]);
/** Maximum number of list items that are read. */
const MAX_VALUES = 256;
/** The pod and container that a request enters. */
interface Place {
  readonly kind: ExecRequestKind;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/**
 * The exec requests that an audit event reports: one for an exec or for an attach with input, and one for each added
 * ephemeral container; none for other requests and rejected ones.
 */
export function execRequestsOf(document: Document["value"]): readonly ExecRequest[] {
  if (!isObject(document)) return [];
  const place = placeOf(document);
  const stage = textOf(document.stage);
  const { code } = objectOf(document.responseStatus);
  if (place === undefined || !STAGES.has(stage) || (typeof code === "number" && code >= 400)) return [];
  const { kind, ...named } = place;
  const user = objectOf(document.user);
  const [sourceIp = ""] = textsOf(document.sourceIPs);
  const requester: Requester = {
    ...{ user: textOf(user.username), groups: textsOf(user.groups), sourceIp, kind },
    ...{ userAgent: textOf(document.userAgent), auditId: textOf(document.auditID) },
  };
  const at = Date.parse(textOf(document.requestReceivedTimestamp));
  const stated = Date.parse(textOf(document.stageTimestamp));
  const common = {
    ...{ ...named, requester, podUid: uidIn(document) },
    ...{ at, stated: Number.isNaN(stated) ? at : stated, over: stage === "ResponseComplete" },
  };
  if (requester.auditId === "" || common.pod === "" || Number.isNaN(at)) return [];
  const parameters = parametersIn(textOf(document.requestURI));
  if (kind === "debug") {
    const { verb } = document;
    if ((verb !== "patch" && verb !== "update") || isDryRunEvent(document)) return [];
    return addedContainers(document).map((container) => ({ ...common, container, command: undefined }));
  }
  if (kind === "exec") {
    const [command] = parameters.get("cmd") ?? []; // parameter of the kubelet's `run`
    return [{ ...common, command: parameters.get("command") ?? command?.split(" ") ?? [] }];
  }
  const [stdin] = parameters.get("stdin") ?? []; // without input, an attach cannot run anything
  return stdin === "true" || stdin === "1" ? [{ ...common, command: undefined }] : [];
}

/** The container that a request enters, directly or through the API server's proxy to a kubelet. */
function placeOf(document: JsonObject): Place | undefined {
  const target = objectOf(document.objectRef);
  const [resource, subresource] = [textOf(target.resource), textOf(target.subresource)];
  const uri = textOf(document.requestURI);
  if (resource === "nodes" && subresource === "proxy") return kubeletPlace(uri);
  if (resource !== "pods" || !Object.hasOwn(kinds, subresource)) return undefined;
  const kind = kinds[subresource]!;
  const [container = ""] = kind === "debug" ? [] : (parametersIn(uri).get("container") ?? []);
  return { kind, namespace: textOf(target.namespace), pod: textOf(target.name), container };
}

/** Path `/exec/NAMESPACE/POD/CONTAINER`. In an older form, the UID of the pod precedes the container. */
const KUBELET = /^\/api\/v1\/nodes\/[^/]+\/proxy\/+(exec|run|attach)\/+([^/]+)\/+([^/]+)\/+(?:[^/]+\/+)?([^/]+)\/*$/;

function kubeletPlace(uri: string): Place | undefined {
  const [path = ""] = uri.split("?", 1);
  const [, call, namespace = "", pod = "", container = ""] = KUBELET.exec(unescaped(path)) ?? [];
  return call === undefined ? undefined : { kind: call === "attach" ? "attach" : "exec", namespace, pod, container };
}

/**
 * Names of the ephemeral containers that a request adds, from the request object or JSON patch. Without these, all
 * ephemeral containers of the pod in the response; without bodies, one unknown name.
 */
function addedContainers({ requestObject, responseObject }: JsonObject): readonly string[] {
  const patched = listOf(requestObject).flatMap((each): readonly Json[] => {
    const { path, value } = objectOf(each);
    if (!EPHEMERAL.test(textOf(path))) return [];
    return Array.isArray(value) ? listOf(value) : [objectOf(value)];
  });
  const named = listOf(objectOf(objectOf(requestObject).spec).ephemeralContainers);
  const after = listOf(objectOf(objectOf(responseObject).spec).ephemeralContainers);
  for (const list of [named, patched, after]) {
    const names = list.map((each) => textOf(objectOf(each).name)).filter((name) => name !== "");
    if (names.length > 0) return names;
  }
  return requestObject === undefined && responseObject === undefined ? [""] : [];
}

/** Path of ephemeral containers in a JSON patch. An API server ignores text before the first slash. */
const EPHEMERAL = /^[^/]*\/spec\/ephemeralContainers/;

/** UID of the pod in the response or the request. The response to an exec or attach has none. */
function uidIn({ responseObject, objectRef }: JsonObject): string {
  return textOf(objectOf(objectOf(responseObject).metadata).uid) || textOf(objectOf(objectRef).uid);
}

/** Query parameters that are read. */
const PARAMETERS: ReadonlySet<string> = new Set(["command", "cmd", "container", "stdin"]);

/**
 * Reads any number of parameters: API servers that reject too many parameters start no command, and older API servers
 * read all parameters.
 */
function parametersIn(uri: string): ReadonlyMap<string, readonly string[]> {
  return queryParameters(uri, PARAMETERS, Number.POSITIVE_INFINITY);
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value.slice(0, MAX_VALUES) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((each) => typeof each === "string");
}

import { randomUUID } from "node:crypto";
import type { DrillAction } from "../../action.ts";

/** A request to a Kubernetes API server. */
export interface ApiRequest {
  readonly verb: string;
  /** Resource, or resource and subresource: `pods/exec`. */
  readonly resource: string;
  /** Namespace. Default: `eyas-drill`; null for cluster-wide requests. */
  readonly namespace?: string | null;
  /** Name of the object. Default: `eyas-drill`; null for lists. */
  readonly name?: string | null;
  /** Name of the user. Default: `eyas-drill`. */
  readonly user?: string;
  readonly impersonates?: { readonly username: string; readonly groups: readonly string[] };
  /** Response code. Default: 201 for create, 101 for sessions, otherwise 200. */
  readonly code?: number;
  /** Authorization decision. Default: derived from the response code; null for requests without a decision. */
  readonly decision?: "allow" | "forbid" | null;
  readonly reason?: string;
  readonly message?: string;
  readonly object?: unknown;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly dryRun?: true;
  /** Timeout that the client requests, such as `9ms`. */
  readonly timeout?: string;
}

/** A drill action that sends an audit event about a request. */
export interface ApiAction {
  readonly name: string;
  readonly rule: string;
  readonly also?: readonly string[];
  /** Description of the reported request, one sentence. */
  readonly does: string;
  readonly request: ApiRequest;
  /**
   * Description of the benign twin. By default, the twin is the same request as a dry run; for token requests, it is a
   * request for an account that does not exist.
   */
  readonly twin?: readonly [does: string, request: ApiRequest];
}

/** Default user, namespace and object of requests. */
const DRILL = "eyas-drill";
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const UNAUTHORIZED = 401;
const SESSIONS = ["exec", "attach", "portforward"];
const LONG_RUNNING = [...SESSIONS, "proxy"];
const AUTHENTICATED = "system:authenticated";

export function apiAction({ name, rule, also, does, request, twin }: ApiAction): DrillAction {
  const [twinDoes, twinRequest] = twin ?? usualTwin(request);
  return {
    name,
    source: "k8s_audit",
    rule,
    ...(also && { also }),
    does,
    harmless: "The event is synthetic: there is no request, and the event names the drill as its client.",
    cleanUp: "No files or processes remain.",
    twin: twinDoes,
    needs: ["endpoint"],
    shows: { "ka.useragent": `${DRILL}/${name}` },
    act: (stage) => stage.send(eventList(`${DRILL}/${name}`, request)),
    benign: (stage) => stage.send(eventList(`${DRILL}/${name}-benign`, twinRequest)),
  };
}

/**
 * Returns the default twin of a request. For deletions, the dry run parameter is in the body; token requests ignore the
 * parameter.
 */
function usualTwin(request: ApiRequest): readonly [does: string, request: ApiRequest] {
  if (request.resource.endsWith("/token"))
    return ["Reports the same request for an account that does not exist.", { ...request, code: NOT_FOUND }];
  const does = "Reports the same request as a dry run, which makes no changes.";
  return request.verb.startsWith("delete")
    ? [does, { ...request, object: { kind: "DeleteOptions", dryRun: ["All"] } }]
    : [does, { ...request, dryRun: true }];
}

/** Returns the audit events that an API server sends to its webhook. */
function eventList(agent: string, request: ApiRequest): object {
  return { kind: "EventList", apiVersion: "audit.k8s.io/v1", metadata: {}, items: [auditEvent(agent, request)] };
}

function auditEvent(agent: string, request: ApiRequest): object {
  const { verb, user = DRILL, namespace = DRILL, name = DRILL, impersonates, object, message } = request;
  const [resource = "", subresource] = request.resource.split("/");
  const code = request.code ?? usualCode(verb, subresource);
  const decision = request.decision === undefined ? usualDecision(code) : request.decision;
  const time = new Date().toISOString().replace("Z", "000Z");
  const isStart = code === UNAUTHORIZED || (subresource !== undefined && LONG_RUNNING.includes(subresource));
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "RequestResponse",
    auditID: `${DRILL}-${randomUUID()}`,
    stage: isStart ? "ResponseStarted" : "ResponseComplete",
    requestURI: uriOf(request, resource, subresource),
    verb,
    user:
      code === UNAUTHORIZED
        ? {}
        : { username: user, groups: [user === "system:anonymous" ? "system:unauthenticated" : AUTHENTICATED] },
    ...(impersonates && { impersonatedUser: impersonates }),
    // A documentation address (RFC 5737).
    sourceIPs: ["192.0.2.1"],
    userAgent: agent,
    objectRef: {
      resource,
      ...(namespace !== null && { namespace }),
      ...(name !== null && { name }),
      apiVersion: "v1",
      ...(subresource !== undefined && { subresource }),
    },
    // The response to a deletion is a status.
    responseStatus: {
      metadata: {},
      ...(verb === "delete" && code < 300 && { status: "Success" }),
      code,
      ...(message !== undefined && { message }),
    },
    ...(object !== undefined && { requestObject: object }),
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: {
      ...(decision !== null && { "authorization.k8s.io/decision": decision }),
      ...(decision !== null && { "authorization.k8s.io/reason": request.reason ?? "" }),
      [DRILL]: agent,
      ...request.annotations,
    },
  };
}

function usualCode(verb: string, subresource: string | undefined): number {
  if (subresource !== undefined && SESSIONS.includes(subresource)) return 101;
  return verb === "create" ? 201 : 200;
}

function usualDecision(code: number): "allow" | "forbid" | null {
  if (code === UNAUTHORIZED) return null;
  return code === FORBIDDEN ? "forbid" : "allow";
}

function uriOf(
  { namespace = DRILL, name = DRILL, dryRun, timeout }: ApiRequest,
  resource: string,
  subresource = "",
): string {
  const path = [
    "/api/v1",
    ...(namespace === null ? [] : ["namespaces", namespace]),
    resource,
    ...(name === null ? [] : [encodeURIComponent(name)]),
    ...(subresource === "" ? [] : [subresource]),
  ].join("/");
  if (timeout !== undefined) return `${path}?timeout=${timeout}`;
  return dryRun ? `${path}?dryRun=All` : path;
}

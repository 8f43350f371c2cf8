import { toByteString } from "../../event/bytes.ts";
import type { Json, JsonObject } from "../../event/document.ts";
import { type Reading, unknown } from "../reading.ts";
import { changed } from "./change.ts";
import { jsonOf, objectOf } from "./json.ts";

/** Verbs of requests to the API server, as used in tests. */
export const AUDIT_VERBS: readonly string[] = [
  "get",
  "list",
  "watch",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
];

const KEYS = [
  "user",
  "as",
  "resource",
  "namespace",
  "name",
  "group",
  "uri",
  "query",
  "object",
  "response",
  "code",
  "message",
  "decision",
  "why",
  "stage",
  "agent",
  "from",
  "annotations",
  "also",
] as const;

type Keys = ReadonlyMap<string, Reading>;

/**
 * Builds the audit events of a request in a test (`create: {resource: pods, user: alice, object: {…}}`), in order.
 * Long-running requests have two events.
 * @param now nanoseconds since the epoch
 */
export function auditEvents(verb: string, words: Reading, number: number, now: bigint): JsonObject[] {
  const keys = words.isNull ? new Map<string, Reading>() : words.keyed(verb, KEYS);
  const [resource = "", subresource = ""] = text(keys, "resource").split("/");
  const code = keys.get("code")?.integer('"code"') ?? usualCode(verb, subresource);
  const time = toByteString(new Date(Number(now / 1_000_000n)).toISOString().replace("Z", "000Z"));
  const stages = keys.has("stage") ? [text(keys, "stage")] : usualStages(verb, subresource, code);
  const event: Record<string, Json> = {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "RequestResponse",
    auditID: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    requestURI: keys.has("uri") ? text(keys, "uri") : usualUri(keys, resource, subresource),
    verb,
    user: code === UNAUTHORIZED && !keys.has("user") ? {} : userOf(keys.get("user"), "alice"),
    sourceIPs: keys.has("from") ? (keys.get("from")?.texts('"from"').map(toByteString) ?? []) : ["192.0.2.7"],
    userAgent: keys.has("agent") ? text(keys, "agent") : "kubectl/v1.36.2 (linux/amd64) kubernetes/abcdef0",
    responseStatus: present({ metadata: {}, ...success(verb, code, keys), code, message: optional(keys, "message") }),
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: annotations(keys, code),
  };
  const as = keys.get("as");
  if (as !== undefined) event.impersonatedUser = userOf(as, "");
  if (resource !== "") event.objectRef = target(keys, resource, subresource);
  const object = keys.get("object");
  if (object !== undefined) event.requestObject = jsonOf(object);
  const response = keys.get("response");
  if (response !== undefined) event.responseObject = jsonOf(response);
  const also = keys.get("also");
  const whole = also === undefined ? event : changed(event, objectOf(also, '"also"'), also.place);
  return stages.map((stage) => ({ ...whole, stage }));
}

const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/**
 * The response to a deletion is a status, unless the response contains the object. Events contain the members of this
 * status.
 */
function success(verb: string, code: number, keys: Keys): JsonObject {
  return verb === "delete" && code < 300 && !keys.has("response") ? { status: "Success" } : {};
}

/** Subresources that upgrade the connection. */
const UPGRADES = ["exec", "attach", "portforward"];
const LONG_RUNNING = [...UPGRADES, "proxy", "log"];

function usualCode(verb: string, subresource: string): number {
  return UPGRADES.includes(subresource) ? 101 : verb === "create" ? 201 : 200;
}

/**
 * Returns the default stages, with one event for each: `ResponseStarted` for unauthorized requests, `ResponseStarted`
 * and `ResponseComplete` for long-running requests, otherwise `ResponseComplete`.
 */
function usualStages(verb: string, subresource: string, code: number): string[] {
  if (code === UNAUTHORIZED) return ["ResponseStarted"];
  return verb === "watch" || LONG_RUNNING.includes(subresource)
    ? ["ResponseStarted", "ResponseComplete"]
    : ["ResponseComplete"];
}

/** Reads a user: a name, or `{name: …, groups: […]}`. */
function userOf(reading: Reading | undefined, usual: string): JsonObject {
  if (reading === undefined) return { username: usual, groups: ["system:authenticated"] };
  if (reading.isScalar) {
    const name = toByteString(reading.text("A user"));
    return {
      username: name,
      groups: [name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated"],
    };
  }
  const keys = reading.keyed("A user", ["name", "groups", "uid", "extra"]);
  const groups = keys.get("groups")?.texts('"groups"').map(toByteString);
  const extra = keys.get("extra");
  return present({
    username: text(keys, "name"),
    uid: optional(keys, "uid"),
    groups: groups ?? ["system:authenticated"],
    extra: extra === undefined ? undefined : jsonOf(extra),
  });
}

function target(keys: Keys, resource: string, subresource: string): JsonObject {
  return present({
    resource,
    namespace: optional(keys, "namespace"),
    name: optional(keys, "name"),
    apiGroup: optional(keys, "group"),
    apiVersion: "v1",
    subresource: subresource === "" ? undefined : subresource,
  });
}

function annotations(keys: Keys, code: number): JsonObject {
  const given = keys.get("decision");
  if (given !== undefined && !["allow", "forbid", "none"].includes(given.text('"decision"'))) {
    throw unknown(given.text('"decision"'), ["allow", "forbid", "none"], "decision", given.place);
  }
  const usual = code === UNAUTHORIZED ? "none" : code === FORBIDDEN ? "forbid" : "allow";
  const decision = given?.text('"decision"') ?? usual;
  const more = keys.get("annotations");
  return present({
    "authorization.k8s.io/decision": decision === "none" ? undefined : decision,
    "authorization.k8s.io/reason": decision === "none" ? undefined : text(keys, "why"),
    ...(more && objectOf(more, '"annotations"')),
  });
}

function usualUri(keys: Keys, resource: string, subresource: string): string {
  const group = text(keys, "group");
  const steps = [group === "" ? "/api/v1" : `/apis/${group}/v1`];
  if (keys.has("namespace")) steps.push("namespaces", text(keys, "namespace"));
  steps.push(resource);
  if (keys.has("name")) steps.push(encodeURIComponent(text(keys, "name")));
  if (subresource !== "") steps.push(subresource);
  const query = keys.get("query");
  if (query === undefined) return steps.join("/");
  const pairs = query
    .entries('"query"')
    .flatMap(({ key, value }) =>
      value.texts(`"${key}" of the query`).map((item) => `${encodeURIComponent(key)}=${encodeURIComponent(item)}`),
    );
  return `${steps.join("/")}?${pairs.join("&")}`;
}

function text(keys: Keys, key: string): string {
  return optional(keys, key) ?? "";
}

function optional(keys: Keys, key: string): string | undefined {
  const reading = keys.get(key);
  return reading === undefined ? undefined : toByteString(reading.text(`"${key}"`));
}

function present(values: Readonly<Record<string, Json | undefined>>): JsonObject {
  const object: Record<string, Json> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) object[key] = value;
  return object;
}

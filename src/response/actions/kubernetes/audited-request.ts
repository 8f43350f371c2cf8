import type { AlertRecord } from "../../../alert/record.ts";
import { isDryRun } from "../../../event/dry-run.ts";
import { factsOf, textOf as textOfValue } from "../../../transport/json.ts";
import { textOf } from "../../fields.ts";
import { CLOCKS } from "./pod.ts";

/** Fields of an audit event that show whether the request succeeded. */
export const statusFields: readonly string[] = [
  "ka.verb",
  "ka.uri",
  "ka.target.subresource",
  "ka.response.code",
  "ka.stage",
];

/** Fields of an audit event that describe the request. */
export const requestFields: readonly string[] = [...statusFields, "ka.resp.name", "ka.user.name"];

/**
 * Maximum time between the creation of an object and its audit event, in nanoseconds. Requests last at most a minute.
 */
const LATENCY = 65_000_000_000n;
/** User name of the API server itself, which creates the default roles. */
const SERVER = "system:apiserver";

/** HTTP status of the request; undefined if the alert does not contain it. */
function statusOf({ fields }: AlertRecord): number | undefined {
  const value = fields.get("ka.response.code");
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : undefined;
}

/** Whether the alert contains the status of the request. */
export function hasStatus(alert: AlertRecord): boolean {
  return statusOf(alert) !== undefined;
}

/**
 * Returns the reason why the request changed nothing, or may have changed nothing; undefined if it succeeded or its
 * status is unknown.
 */
export function whyFailed(alert: AlertRecord): string | undefined {
  const status = statusOf(alert);
  // Alerts of other installations may lack the verb.
  const [verb = "create", uri = ""] = [textOf(alert, "ka.verb"), textOf(alert, "ka.uri")];
  if (isDryRun({ verb, uri, subresource: textOf(alert, "ka.target.subresource") ?? "" }))
    return "the request was a dry run and changed no objects";
  // The event of this stage precedes authorization, so the request may fail.
  if (textOf(alert, "ka.stage") === "RequestReceived") return "the alert does not show whether the request succeeded";
  if (status === undefined || status < 400) return undefined;
  return `the request failed with status ${status} and changed no objects`;
}

/** Whether the alert shows that the request succeeded. */
export function hasSucceeded(alert: AlertRecord): boolean {
  const status = statusOf(alert);
  return status !== undefined && status >= 200 && status < 300;
}

/** Whether the alert shows that the request created an object. False for subresources and for the API server itself. */
export function statesCreation(alert: AlertRecord): boolean {
  return (
    statusOf(alert) === 201 &&
    textOf(alert, "ka.target.subresource") === undefined &&
    textOf(alert, "ka.user.name") !== SERVER
  );
}

/** Whether the request created this object. Its creation time must match the time of the alert. */
export function hasCreated(alert: AlertRecord, facts: Readonly<Record<string, unknown>>): boolean {
  const created = creationOf(facts);
  return statesCreation(alert) && created > alert.time - LATENCY && !isLater(alert, facts);
}

/** Whether an object was created after the alert. */
export function isLater(alert: AlertRecord, facts: Readonly<Record<string, unknown>>): boolean {
  return creationOf(facts) > alert.time + CLOCKS;
}

/** Creation time of an object in nanoseconds since the epoch. */
export function creationOf(facts: Readonly<Record<string, unknown>>): bigint {
  const { creationTimestamp } = factsOf(facts.metadata);
  return BigInt(Date.parse(textOfValue(creationTimestamp)) || 0) * 1_000_000n;
}

/** API group and version of a request. */
export interface ApiVersion {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
}

/**
 * Parses API group and version from a request URI. The API server decodes the URI before it splits it.
 * @returns undefined if the URI is not the path of a resource
 */
export function apiVersionOf(uri: string): ApiVersion | undefined {
  const [path = ""] = uri.split("?");
  let parts: string[];
  try {
    parts = decodeURIComponent(path)
      .split("/")
      .filter((part) => part !== "");
  } catch {
    return undefined;
  }
  const [root, first, second] = parts;
  if (root === "api" && first !== undefined) return { group: "", version: first };
  return root === "apis" && first !== undefined && second !== undefined ? { group: first, version: second } : undefined;
}

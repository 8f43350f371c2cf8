import { isArray, type Json, type JsonObject, member } from "./document.ts";
import { queryParameters } from "./request-query.ts";

/** Verbs for which the query parameter `dryRun` makes a request a dry run. */
const VERBS: ReadonlySet<string> = new Set(["create", "update", "patch"]);
/** Subresources that ignore `dryRun`: sessions, proxies and tokens. */
const IGNORING: ReadonlySet<string> = new Set(["exec", "attach", "portforward", "proxy", "token"]);
/** The annotation with which an API server marks an event after removing its bodies. */
export const TRUNCATED = "audit.k8s.io/truncated";
const DRY_RUN: ReadonlySet<string> = new Set(["dryRun"]);

/** A request to an API server. Text is stored as byte strings. */
interface ApiRequest {
  readonly verb: string;
  /** Name of the subresource; "" if the request is about the object itself. */
  readonly subresource: string;
  readonly uri: string;
}

/**
 * Whether a request is a dry run because of its query. Clients can add `dryRun` to any request, but most requests
 * ignore it.
 */
export function isDryRun({ verb, subresource, uri }: ApiRequest): boolean {
  if (!VERBS.has(verb) || IGNORING.has(subresource)) return false;
  return queryParameters(uri, DRY_RUN).get("dryRun")?.includes("All") === true;
}

/**
 * Whether an audit event is about a dry-run request. For delete requests, only the `dryRun` field of the body counts,
 * since the body overrides the query. An API server ignores a query with too many pairs. A truncated event may lack
 * these pairs, so it never counts as a dry run.
 */
export function isDryRunEvent(event: JsonObject): boolean {
  const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
  const verb = text(member(event, "verb"));
  if (member(member(event, "annotations"), TRUNCATED) === "true") return false;
  if (verb === "delete" || verb === "deletecollection") {
    const stated = member(member(event, "requestObject"), "dryRun");
    return isArray(stated) && stated.includes("All");
  }
  const subresource = text(member(member(event, "objectRef"), "subresource"));
  return isDryRun({ verb, subresource, uri: text(member(event, "requestURI")) });
}

import { isArray, type Json, type JsonObject, member } from "./document.ts";
import { queryParameters } from "./request-query.ts";

/** Verbs of requests that take `dryRun` from their query. */
const VERBS: ReadonlySet<string> = new Set(["create", "update", "patch"]);
/** Subresources that ignore it: sessions, proxies, and tokens, which are issued. */
const IGNORING: ReadonlySet<string> = new Set(["exec", "attach", "portforward", "proxy", "token"]);
const DRY_RUN: ReadonlySet<string> = new Set(["dryRun"]);

/** A request to an API server, with byte strings. */
interface ApiRequest {
  readonly verb: string;
  /** "" for the object itself. */
  readonly subresource: string;
  readonly uri: string;
}

/** Whether the query of a request made it a dry run. Clients can add `dryRun` to any request, and most ignore it. */
export function isDryRun({ verb, subresource, uri }: ApiRequest): boolean {
  if (!VERBS.has(verb) || IGNORING.has(subresource)) return false;
  return queryParameters(uri, DRY_RUN).get("dryRun")?.includes("All") === true;
}

/** Whether an audit event is about a dry run. Deletions state it in their body, beside which their query is ignored. */
export function isDryRunEvent(event: JsonObject): boolean {
  const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
  const verb = text(member(event, "verb"));
  if (verb === "delete" || verb === "deletecollection") {
    const stated = member(member(event, "requestObject"), "dryRun");
    return isArray(stated) && stated.includes("All");
  }
  const subresource = text(member(member(event, "objectRef"), "subresource"));
  return isDryRun({ verb, subresource, uri: text(member(event, "requestURI")) });
}

import { type Document, isObject, type Json, type JsonObject } from "../event/document.ts";
import type { VisitKind, Visitor } from "./session.ts";

/** A request to enter a pod. Text is byte strings. */
export interface Visit {
  readonly visitor: Visitor;
  readonly namespace: string;
  readonly pod: string;
  /** "" if the request names none: the first or only container of the pod. */
  readonly container: string;
  /** The command; undefined if there is none. */
  readonly command: readonly string[] | undefined;
  /** Time of receipt by the API server: milliseconds since the epoch. */
  readonly at: number;
  /** Whether the request is over. */
  readonly over: boolean;
}

const kinds: Readonly<Record<string, VisitKind>> = {
  exec: "exec",
  attach: "attach",
  ephemeralcontainers: "debug",
};
/** Stages after a request was allowed. */
const STAGES: ReadonlySet<string> = new Set(["ResponseStarted", "ResponseComplete"]);
/** Maximum number of values stored for a parameter. */
const MAX_VALUES = 256;

/**
 * The visits of an audit event: one for an exec or an attach with input, one for each ephemeral container. None for
 * other or rejected requests.
 */
export function visitsOf(document: Document["value"]): readonly Visit[] {
  if (!isObject(document)) return [];
  const target = objectOf(document.objectRef);
  const subresource = textOf(target.subresource);
  if (textOf(target.resource) !== "pods" || !Object.hasOwn(kinds, subresource)) return [];
  const kind = kinds[subresource]!;
  const stage = textOf(document.stage);
  const { code } = objectOf(document.responseStatus);
  if (!STAGES.has(stage) || (typeof code === "number" && code >= 400)) return [];
  const user = objectOf(document.user);
  const [sourceIp = ""] = textsOf(document.sourceIPs);
  const visitor: Visitor = {
    ...{ user: textOf(user.username), groups: textsOf(user.groups), sourceIp, kind },
    auditId: textOf(document.auditID),
  };
  const at = Date.parse(textOf(document.requestReceivedTimestamp));
  const common = {
    ...{
      visitor,
      namespace: textOf(target.namespace),
      pod: textOf(target.name),
      at,
      over: stage === "ResponseComplete",
    },
  };
  if (visitor.auditId === "" || common.pod === "" || Number.isNaN(at)) return [];
  if (kind === "debug") {
    const { verb } = document;
    if (verb !== "patch" && verb !== "update") return [];
    const added = objectOf(objectOf(document.requestObject).spec).ephemeralContainers;
    return listOf(added).flatMap((each) => {
      const container = textOf(objectOf(each).name);
      return container === "" ? [] : [{ ...common, container, command: undefined }];
    });
  }
  const parameters = parametersOf(textOf(document.requestURI));
  const [container = ""] = parameters.get("container") ?? [];
  if (kind === "exec") return [{ ...common, container, command: parameters.get("command") ?? [] }];
  const [stdin] = parameters.get("stdin") ?? []; // an attach without input cannot run anything
  return stdin === "true" || stdin === "1" ? [{ ...common, container, command: undefined }] : [];
}

/** The query parameters of a URI, each with its values in order. */
function parametersOf(address: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const [, query = ""] = /\?([^#]*)/.exec(address) ?? [];
  for (const pair of query.split("&")) {
    const [name = "", ...rest] = pair.split("=");
    const values = found.get(name);
    const value = plain(rest.join("="));
    if (values === undefined) found.set(name, [value]);
    else if (values.length < MAX_VALUES) values.push(value);
  }
  return found;
}

function plain(text: string): string {
  return text
    .replaceAll("+", " ")
    .replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
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

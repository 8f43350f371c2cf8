import type { IncomingMessage } from "node:http";
import { checkBody, readBody } from "../server/body.ts";
import type { Reply } from "../server/listener.ts";
import type { RequestMemory } from "../server/memory.ts";
import { parsedSize } from "../server/parsed-size.ts";
import { ApiError, badRequest } from "./api-error.ts";
import { mistakeIn } from "./mistake.ts";
import { isObject } from "./object.ts";
import { type Call, noBody, type Route } from "./route.ts";
import type { Schema } from "./schema.ts";

/** Maximum size of a request body, in bytes. */
export const MAX_BODY = 65_536;
/** Maximum length of a parameter, in characters. */
const MAX_PARAMETER = 4096;

/** The query parameters, validated against the route's schema. Empty parameters are omitted. @throws ApiError */
export function queryOf({ query, fromProvider }: Route, given: URLSearchParams): Call["query"] {
  const entries = (query?.entries ?? {}) as Readonly<Record<string, Schema>>;
  const found: Record<string, string | number> = {};
  for (const [name, text] of given) {
    const schema = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (schema === undefined && fromProvider) continue;
    if (schema === undefined) throw unknownParameter(name, Object.keys(entries));
    if (Object.hasOwn(found, name)) throw badRequest(`Duplicate parameter "${name}".`);
    if (text.length > MAX_PARAMETER)
      throw badRequest(`The parameter "${name}" is longer than ${MAX_PARAMETER} characters.`, "too_long");
    if (text !== "") found[name] = valid(name, text, schema);
  }
  for (const [name, { type }] of Object.entries(entries))
    if (type !== "exact_optional" && !Object.hasOwn(found, name)) throw badRequest(`Missing parameter "${name}".`);
  return found;
}

/** @throws ApiError */
function valid(name: string, text: string, schema: Schema): string | number {
  const place = `The parameter "${name}"`;
  const isNumber = "wrapped" in schema && isObject(schema.wrapped) && schema.wrapped.type === "number";
  if (isNumber && !/^-?\d{1,15}(\.\d+)?$/.test(text)) throw badRequest(`${place} is not a number.`);
  const value = isNumber ? Number(text) : text;
  const mistake = mistakeIn(schema, value, place);
  if (mistake !== undefined) throw badRequest(`${mistake}.`);
  return value;
}

function unknownParameter(name: string, known: readonly string[]): ApiError {
  const others = known.length === 0 ? "" : `; valid parameters: ${known.join(", ")}`;
  return badRequest(`Unknown parameter "${name.slice(0, 40)}"${others}.`);
}

/**
 * The body of a request, validated against the route's schema; an empty object if the route has no schema.
 * @param memory memory shared by all requests
 * @throws ApiError
 */
export async function bodyOf(
  { body: schema }: Route,
  request: IncomingMessage,
  memory: RequestMemory,
): Promise<object> {
  const wrong = checkBody(request, MAX_BODY);
  const read = wrong === undefined ? await readBody(request, MAX_BODY, memory) : { rejection: wrong };
  if (read === undefined) throw badRequest("The request ended before its body was complete.");
  if ("rejection" in read) throw bodyError(read.rejection);
  try {
    const full = read.reserve(parsedSize(read.body));
    if (full !== undefined) throw bodyError(full);
    if (read.body.length === 0 && schema === undefined) return {};
    const [type = ""] = (request.headers["content-type"] ?? "").split(";");
    if (type.trim().toLowerCase() !== "application/json")
      throw new ApiError(415, "type", "The Content-Type must be application/json.");
    const value = parsed(read.body);
    if (!isObject(value)) throw badRequest("The body is not a JSON object.");
    const mistake = mistakeIn(schema ?? noBody, value, "The body");
    if (mistake !== undefined) throw badRequest(`${mistake}.`);
    return value;
  } finally {
    read.done();
  }
}

function bodyError({ status, body, headers }: Reply): ApiError {
  return new ApiError(status, "body", body.trim(), headers);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw badRequest("The body is not valid JSON.");
  }
}

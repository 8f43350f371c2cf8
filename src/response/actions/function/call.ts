import {
  describeResponse,
  type HttpRequest,
  type HttpResponse,
  isSuccess,
  sendRequest,
} from "../../../transport/http/send.ts";
import { excerpt, withoutSecrets } from "../../../transport/text.ts";
import type { ActionRequest, ActionResult, Parameter } from "../../action.ts";
import { tlsIn } from "../../server-parameters.ts";

/** A function call over HTTP. */
export interface Call {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Secrets that must not appear in results. */
  readonly secrets: readonly string[];
  /** Name of the function in results. */
  readonly named: string;
}

export const JSON_TYPE = "application/json; charset=utf-8";

/**
 * Calls a function. The result includes its response.
 * @throws TransportError
 */
export async function call(
  request: ActionRequest,
  { url, headers, body, secrets, named }: Call,
): Promise<ActionResult> {
  const asking: HttpRequest = {
    method: "POST",
    // Enables the receiver to detect repeated calls.
    headers: { "content-type": JSON_TYPE, "idempotency-key": request.key, ...headers },
    body,
    signal: request.signal,
    tls: tlsIn(request.parameters),
  };
  return resultOf(await sendRequest(url, asking), named, secrets);
}

/** Converts a function's response to the result of an action. */
export function resultOf(answer: HttpResponse, named: string, secrets: readonly string[]): ActionResult {
  if (!isSuccess(answer)) return { outcome: "failed", reason: `${named}: ${describeResponse(answer, secrets)}` };
  const words = excerpt(withoutSecrets(answer.body, secrets));
  return {
    outcome: "done",
    answer: `${named} responded with status ${answer.status}${words === "" ? "" : `: ${words}`}`,
  };
}

/** Returns the URL of a call for use in results, without the query, because the query may contain a key. */
export function addressText(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

/** Properties that all function calls share. */
export const callOnly = {
  continues: true,
  cooldown: 0,
  fields: [],
} as const;

/** Creates a parameter for HTTP headers. */
export function headersParameter(about: string): Parameter {
  return {
    about,
    takes: "header names with values",
    secret: true,
    check: (value) => (isHeaders(value) ? value : undefined),
  };
}

/**
 * Headers that rules cannot set: headers of the connection and of message framing, and some headers that actions set.
 */
const RESERVED =
  /^(?:content-length|content-type|transfer-encoding|connection|host|te|trailer|upgrade|ce-.*|webhook-.*)$/i;

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, text]) =>
      /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name) &&
      !RESERVED.test(name) &&
      typeof text === "string" &&
      /^[\t\x20-\x7e\x80-\xff]*$/.test(text),
  );
}

export function headersIn(value: unknown): Readonly<Record<string, string>> {
  return isHeaders(value) ? value : {};
}

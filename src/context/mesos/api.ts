import type { Json } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { sendRequest } from "../../transport/http/send.ts";
import type { TlsMaterial } from "../../transport/tls.ts";

/** Access to the Mesos and Marathon APIs. */
export interface MesosAccess {
  readonly timeout: number;
  readonly tls: TlsMaterial | undefined;
  /** Token for `Authorization: token=…` (DC/OS); "" for none. Called for each request, because tokens expire. */
  readonly token: () => string;
}

/** Maximum size of a response, in bytes. */
const LONGEST = 8 << 20;

/**
 * Requests JSON. Returns undefined for status 404.
 * @throws Error with a message for the user
 */
export async function getJson(address: string, access: MesosAccess, signal: AbortSignal): Promise<Json | undefined> {
  const { timeout, tls } = access;
  const token = access.token();
  const { status, bytes } = await sendRequest(new URL(address), {
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    limit: LONGEST,
    mode: "whole",
    named: "it",
    ...(tls && { tls }),
    headers: token === "" ? {} : { authorization: `token=${token}` },
  });
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`the server responded with status ${status}`);
  return parseJson(bytes);
}

/** Joins an address and a path. */
export function below(address: string, path: string): string {
  return address.replace(/\/+$/, "") + path;
}

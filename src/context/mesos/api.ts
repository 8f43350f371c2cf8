import type { Json } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { type Asking, ask } from "../http.ts";

/** How the APIs of Mesos and Marathon are asked. */
export interface MesosAccess {
  readonly timeout: number;
  readonly tls: Asking["tls"];
  /** For `Authorization: token=…`, as DC/OS has it; asked for each time, since tokens are renewed. "" for none. */
  readonly token: () => string;
}

/**
 * Asks one of them for JSON; undefined where it has no such thing.
 * @throws Error with one sentence
 */
export async function getJson(address: string, access: MesosAccess, signal: AbortSignal): Promise<Json | undefined> {
  const { timeout, tls } = access;
  const token = access.token();
  const { status, body } = await ask(address, {
    timeout,
    signal,
    ...(tls && { tls }),
    headers: token === "" ? {} : { authorization: `token=${token}` },
  });
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`it answered with status ${status}`);
  return parseJson(body);
}

/** An address and a path below it. */
export function below(address: string, path: string): string {
  return address.replace(/\/+$/, "") + path;
}

import { isObject, type JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import type { Cloud } from "../../machine/host.ts";
import { type Answer, type Asking, ask } from "../http.ts";

/** Asks the metadata server of the machine's provider. */
export interface MetadataServer {
  /** @throws Error with one sentence */
  ask(path: string, headers: Readonly<Record<string, string>>, method?: Asking["method"]): Promise<Answer>;
}

/** Finds out where the machine stands; undefined where it is none of that provider's. It may throw. */
export type Provider = (server: MetadataServer) => Promise<Cloud | undefined>;

export function metadataServer(address: string, timeout: number, signal: AbortSignal): MetadataServer {
  return {
    ask: (path, headers, method) =>
      ask(address.replace(/\/+$/, "") + path, { headers, timeout, signal, ...(method && { method }) }),
  };
}

/** @throws Error where the answer is none */
export function jsonIn({ status, body }: Answer): JsonObject {
  if (status !== 200) throw new Error(`it answered with status ${status}`);
  const value = parseJson(body);
  if (!isObject(value)) throw new Error("the answer is no object");
  return value;
}

export function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}

import { isObject, type JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import type { Cloud } from "../../machine/host.ts";
import type { Method } from "../../transport/http/open.ts";
import { type HttpResponse, sendRequest } from "../../transport/http/send.ts";

/** The metadata server of the machine's provider. */
export interface MetadataServer {
  /** @throws Error with one sentence */
  ask(path: string, headers: Readonly<Record<string, string>>, method?: Method): Promise<HttpResponse>;
}

/** The machine's place in a cloud; undefined where it is none of that provider's. It may throw. */
export type Provider = (server: MetadataServer) => Promise<Cloud | undefined>;

export function metadataServer(address: string, timeout: number, signal: AbortSignal): MetadataServer {
  return {
    ask: (path, headers, method) =>
      sendRequest(new URL(address.replace(/\/+$/, "") + path), {
        headers,
        mode: "whole",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
        ...(method && { method }),
      }),
  };
}

/** @throws Error where the answer is no JSON object */
export function jsonIn({ status, bytes }: HttpResponse): JsonObject {
  if (status !== 200) throw new Error(`it answered with status ${status}`);
  const value = parseJson(bytes);
  if (!isObject(value)) throw new Error("the answer is no object");
  return value;
}

export function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}

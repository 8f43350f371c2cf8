import { isObject, type JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import type { Cloud } from "../../machine/host.ts";
import type { Method } from "../../transport/http/open.ts";
import { type HttpResponse, sendRequest } from "../../transport/http/send.ts";

/** Client of a metadata service. */
export interface MetadataServer {
  /**
   * Sends a request.
   * @throws Error whose message is one sentence
   */
  ask(path: string, headers: Readonly<Record<string, string>>, method?: Method): Promise<HttpResponse>;
}

/**
 * Fetches the cloud metadata of this machine; resolves to undefined if the machine does not run at the provider.
 * Rejects with an Error if a request fails or a response is invalid.
 */
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

/** @throws Error if the response is not a JSON object */
export function jsonIn({ status, bytes }: HttpResponse): JsonObject {
  if (status !== 200) throw new Error(`the service responded with status ${status}`);
  const value = parseJson(bytes);
  if (!isObject(value)) throw new Error("the response is not a JSON object");
  return value;
}

export function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === "string" ? value : "";
}

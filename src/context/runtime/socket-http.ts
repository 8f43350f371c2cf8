import type { IncomingMessage } from "node:http";
import type { Json } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { readBody, readLines } from "../../transport/http/body.ts";
import { openResponse } from "../../transport/http/open.ts";

/** Maximum size of a response, in bytes. */
const LONGEST_ANSWER = 16 << 20;
/** Maximum size of a line in a stream, in bytes. */
const LONGEST_LINE = 1 << 20;

/** A response of a server at a Unix socket. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/**
 * Requests JSON.
 * @param path path and query, escaped
 * @throws Error with a message for the user: not reachable, timed out, response too large or not JSON
 */
export async function getJson(socketPath: string, path: string, timeout: number): Promise<Answer> {
  const response = await get(socketPath, path, AbortSignal.timeout(timeout));
  const body = await readBody(response, LONGEST_ANSWER, "whole");
  const status = response.statusCode ?? 0;
  return { status, body: status < 300 ? parseJson(body) : null };
}

/**
 * Reads a stream of JSON lines until it ends or `signal` is aborted.
 * @param begun called once the server has responded
 * @param take called with each line
 */
export async function followJson(
  socketPath: string,
  path: string,
  begun: () => void,
  take: (line: Json) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await get(socketPath, path, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`the runtime responded with status ${response.statusCode}`);
  }
  begun();
  for await (const line of readLines(response, LONGEST_LINE)) take(parseJson(line));
}

function get(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return openResponse(new URL(path, "http://localhost"), { socketPath, signal });
}

import { isObject, type Json, type JsonObject } from "../../../event/document.ts";
import { readBody } from "../../../transport/http/body.ts";
import { openResponse } from "../../../transport/http/open.ts";
import { type ContainerState, type Engine, RESPONSE_TIMEOUT } from "./engine.ts";

/** Maximum size of a response, in bytes. */
const MAX_RESPONSE = 8 << 20;
/** Maximum length of an error message, in characters. */
const MAX_MESSAGE = 300;

/** Engine for the Docker API, which Podman also implements. */
export async function openDockerEngine(name: string, socket: string, signal: AbortSignal): Promise<Engine> {
  const call = (method: "GET" | "POST", path: string, seconds = 0) => send(socket, method, path, seconds, signal);

  /**
   * Changes the state of a container. Status 304 (not modified) is a success.
   * @throws Error if the request is rejected
   */
  async function act(path: string, seconds = 0): Promise<void> {
    const NOT_MODIFIED = 304;
    const { status, body } = await call("POST", path, seconds);
    if (status >= 300 && status !== NOT_MODIFIED)
      throw new Error(`${name} rejected the request: ${messageIn(body, status)}`);
  }

  const { status } = await call("GET", "/_ping");
  if (status !== 200) throw new Error(`${name} responded with status ${status}`);
  return {
    name,
    async find(id) {
      const { status, body } = await call("GET", `/containers/${encodeURIComponent(id)}/json`);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`${name} responded with status ${status}`);
      const facts = objectIn(body);
      const full = facts.Id;
      // The API also accepts names instead of IDs.
      if (typeof full !== "string" || !full.startsWith(id)) return undefined;
      const at = `/containers/${encodeURIComponent(full)}`;
      const state = isObject(facts.State) ? facts.State : {};
      return {
        id: full,
        name: typeof facts.Name === "string" ? facts.Name.replace(/^\//, "") : "",
        state: stateOf(state),
        pid: typeof state.Pid === "number" ? state.Pid : 0,
        pause: () => act(`${at}/pause`),
        resume: () => act(`${at}/unpause`),
        stop: (seconds) => act(`${at}/stop?t=${seconds}`, seconds),
        kill: () => act(`${at}/kill?signal=KILL`),
      };
    },
    close() {},
  };
}

function stateOf({ Running: running, Paused: paused }: JsonObject): ContainerState {
  if (paused === true) return "paused";
  return running === true ? "running" : "ended";
}

function messageIn(body: string, status: number): string {
  const { message } = objectIn(body);
  return typeof message === "string" ? message.slice(0, MAX_MESSAGE) : `status ${status}`;
}

function objectIn(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param seconds duration of the operation in seconds; the response timeout is added to it */
async function send(
  socketPath: string,
  method: "GET" | "POST",
  path: string,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(RESPONSE_TIMEOUT + seconds * 1000)]);
  const response = await openResponse(new URL(path, "http://localhost"), { socketPath, method, signal: limited });
  const body = await readBody(response, MAX_RESPONSE, "whole");
  return { status: response.statusCode ?? 0, body: body.toString() };
}

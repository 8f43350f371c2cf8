import { type IncomingMessage, request } from "node:http";
import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import { ANSWER, type ContainerState, type Engine } from "./engine.ts";

/** Bytes of an answer. */
const LONGEST = 8 << 20;
/** Characters of what a runtime complains of. */
const LONGEST_COMPLAINT = 300;

/** The API of Docker, which Podman's service speaks too. */
export async function openDockerEngine(name: string, socket: string, signal: AbortSignal): Promise<Engine> {
  const ask = (method: "GET" | "POST", path: string, seconds = 0) => send(socket, method, path, seconds, signal);

  /** @throws where it is refused. What it is already is no refusal. */
  async function act(path: string, seconds = 0): Promise<void> {
    const NOT_MODIFIED = 304;
    const { status, body } = await ask("POST", path, seconds);
    if (status >= 300 && status !== NOT_MODIFIED) throw new Error(`${name} refuses: ${complaintIn(body, status)}`);
  }

  const { status } = await ask("GET", "/_ping");
  if (status !== 200) throw new Error(`${name} answered with status ${status}`);
  return {
    name,
    async find(id) {
      const { status, body } = await ask("GET", `/containers/${encodeURIComponent(id)}/json`);
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`${name} answered with status ${status}`);
      const facts = objectIn(body);
      const full = facts.Id;
      // It also takes names for ids.
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

function complaintIn(body: string, status: number): string {
  const { message } = objectIn(body);
  return typeof message === "string" ? message.slice(0, LONGEST_COMPLAINT) : `status ${status}`;
}

function objectIn(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param seconds for which it may wait before it answers, beside what an answer takes */
function send(
  socketPath: string,
  method: string,
  path: string,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER + seconds * 1000)]);
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost" };
    const asking = request({ socketPath, method, path, headers, signal: limit, agent: false }, (response) => {
      readAll(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asking.on("error", reject);
    asking.end();
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response) {
    if (!(piece instanceof Buffer)) continue;
    size += piece.length;
    if (size > LONGEST) throw new Error(`the answer has more than ${LONGEST} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

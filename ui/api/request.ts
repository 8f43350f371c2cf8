import { signal } from "@preact/signals";
import type { AnswerOf, AskedOf, PathOf } from "../../src/api/contract.ts";
import type { Failure } from "../../src/api/schemas/common.ts";
import type { Session } from "../../src/api/schemas/session.ts";

export const API = "/api/v1";

/** The user's session; null: not signed in; undefined: not known yet. */
export const session = signal<Session | null | undefined>(undefined);

/** A refusal of the server, with its sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** The parts of a request that an address is made of. */
interface Addressed {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: object;
}

/**
 * The address of a route.
 * @param asked the texts that stand for names in the path, and the query; its parameters that are undefined or empty are left out
 */
export function address<P extends PathOf<"GET">>(path: P, asked: AskedOf<"GET", P>): string {
  return addressOf(path, asked);
}

function addressOf(path: string, { path: texts = {}, query: parameters = {} }: Addressed): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const where = API + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(texts[name] ?? ""));
  return query.size === 0 ? where : `${where}?${query}`;
}

/**
 * Gets JSON.
 * @throws ApiError with the server's sentence; where the server cannot be reached, with one of ours
 */
export async function get<P extends PathOf<"GET">>(
  path: P,
  asked: AskedOf<"GET", P>,
  signal?: AbortSignal,
): Promise<AnswerOf<"GET", P>> {
  const answer = await send(addressOf(path, asked), { ...(signal !== undefined && { signal }) });
  // The server's tests hold that its answers fit their schemas.
  return (await answer.json()) as AnswerOf<"GET", P>;
}

/**
 * Sends JSON, and returns the JSON that comes back.
 * @throws ApiError
 */
export async function post<P extends PathOf<"POST">>(path: P, asked: AskedOf<"POST", P>): Promise<AnswerOf<"POST", P>> {
  const { body = {} }: { readonly body?: unknown } = asked;
  return (await change("POST", addressOf(path, asked), JSON.stringify(body))) as AnswerOf<"POST", P>;
}

/** @throws ApiError */
export async function remove<P extends PathOf<"DELETE">>(path: P): Promise<AnswerOf<"DELETE", P>> {
  return (await change("DELETE", addressOf(path, {}))) as AnswerOf<"DELETE", P>;
}

async function change(method: "POST" | "DELETE", url: string, body?: string): Promise<unknown> {
  const csrf = session.value?.csrf;
  const answer = await send(url, {
    method,
    headers: { "content-type": "application/json", ...(csrf !== undefined && { "x-eyas-csrf": csrf }) },
    ...(body !== undefined && { body }),
  });
  return answer.json();
}

/** Gets bytes, such as those of captures. @throws ApiError */
export async function bytes<P extends PathOf<"GET">>(
  path: P,
  asked: AskedOf<"GET", P>,
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await send(addressOf(path, asked), {});
  return new Uint8Array(await answer.arrayBuffer());
}

async function send(url: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The server does not answer; is it still running?");
  }
  if (answer.ok) return answer;
  if (answer.status === 401) session.value = null;
  throw await errorFrom(answer);
}

async function errorFrom(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as Failure;
    return new ApiError(answer.status, error.code, error.message);
  } catch {
    return new ApiError(answer.status, "unknown", `The server answered with ${answer.status}.`);
  }
}

import { signal } from "@preact/signals";
import type { Session } from "./types.ts";

export const API = "/api/v1";

/** Who is signed in; null: nobody; undefined: not known yet. */
export const session = signal<Session | null | undefined>(undefined);

/** What the server refused, in its own sentence. */
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

/** Query parameters; what is undefined or empty is left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

export function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? `${API}${path}` : `${API}${path}?${query}`;
}

/**
 * Asks the API for JSON.
 * @throws ApiError with the server's sentence; where the server is gone, with one of ours
 */
export async function get<T>(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<T> {
  const answer = await send(address(path, parameters), { ...(signal !== undefined && { signal }) });
  // The server's shapes are held by its own tests.
  return (await answer.json()) as T;
}

/**
 * Sends JSON and answers with what comes back, undefined where nothing does.
 * @throws ApiError
 */
export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return change<T>("POST", path, body);
}

export async function change<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  const csrf = session.value?.csrf;
  const answer = await send(address(path), {
    method,
    headers: { "content-type": "application/json", ...(csrf !== undefined && { "x-eyas-csrf": csrf }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Bytes: captures. @throws ApiError */
export async function bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await send(address(path), {});
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
  throw await refusal(answer);
}

async function refusal(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    return new ApiError(answer.status, error.code, error.message);
  } catch {
    return new ApiError(answer.status, "unknown", `The server answered with ${answer.status}.`);
  }
}

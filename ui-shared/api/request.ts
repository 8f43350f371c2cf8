import { signal } from "@preact/signals";
import type { AnswerOf, PathOf, RequestOf } from "../../src/api/contract.ts";
import type { Failure } from "../../src/api/schemas/common.ts";
import type { Session } from "../../src/api/schemas/session.ts";
import { takeEarly } from "./early.ts";

export const API = "/api/v1";

/** Session of the user; null if the user is not signed in, undefined until the server has responded. */
export const session = signal<Session | null | undefined>(undefined);

/**
 * Code of the error that states why the session ended; undefined before that. The views stay until the user signs in.
 */
export const sessionEnd = signal<string | undefined>(undefined);

/** Incremented when a session that had ended continues, so that data whose requests failed are fetched again. */
export const resumptions = signal(0);

/** Whether the server has answered the latest request. */
export const reachable = signal(true);

/** An error response from the server, with the error message. */
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

/** Parts of a request that form its URL. */
interface AddressParts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: object;
}

/**
 * Returns the URL of a route.
 * @param input values of the path and query parameters; undefined and empty values are omitted
 */
export function address<P extends PathOf<"GET">>(path: P, input: RequestOf<"GET", P>): string {
  return addressOf(path, input);
}

function addressOf(path: string, { path: values = {}, query: parameters = {} }: AddressParts): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const url = API + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  return query.size === 0 ? url : `${url}?${query}`;
}

/**
 * Fetches JSON.
 * @throws ApiError if the server reports an error or is unreachable
 */
export async function get<P extends PathOf<"GET">>(
  path: P,
  input: RequestOf<"GET", P>,
  signal?: AbortSignal,
): Promise<AnswerOf<"GET", P>> {
  const answer = await send(addressOf(path, input), { ...(signal !== undefined && { signal }) });
  // The type is correct: server tests check all responses against the schemas.
  return (await answer.json()) as AnswerOf<"GET", P>;
}

/**
 * Posts JSON and returns the JSON of the response.
 * @throws ApiError
 */
export async function post<P extends PathOf<"POST">>(
  path: P,
  input: RequestOf<"POST", P>,
  signal?: AbortSignal,
): Promise<AnswerOf<"POST", P>> {
  const { body = {} }: { readonly body?: unknown } = input;
  return (await change("POST", addressOf(path, input), JSON.stringify(body), signal)) as AnswerOf<"POST", P>;
}

/** @throws ApiError */
export async function remove<P extends PathOf<"DELETE">>(
  path: P,
  input: RequestOf<"DELETE", P>,
): Promise<AnswerOf<"DELETE", P>> {
  return (await change("DELETE", addressOf(path, input))) as AnswerOf<"DELETE", P>;
}

type Change = "POST" | "DELETE";

/** Sends a change. Repeats it once if a sign-in in another tab has replaced the session. */
async function change(method: Change, url: string, body?: string, signal?: AbortSignal): Promise<unknown> {
  try {
    return await changeOnce(method, url, body, signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "csrf") throw error;
    await renewSession();
    return await changeOnce(method, url, body, signal);
  }
}

/** Fetches the session. @throws ApiError if another user has signed in, who has not requested the change */
async function renewSession(): Promise<void> {
  const before = session.value?.user;
  session.value = await get("/session", {});
  const { user } = session.value;
  if (user !== before)
    throw new ApiError(403, "other_user", `You are now signed in as ${user}. To continue as ${user}, try again.`);
}

async function changeOnce(method: Change, url: string, body?: string, signal?: AbortSignal): Promise<unknown> {
  const csrf = session.value?.csrf;
  const answer = await send(url, {
    method,
    headers: { "content-type": "application/json", ...(csrf !== undefined && { "x-eyas-csrf": csrf }) },
    ...(body !== undefined && { body }),
    ...(signal !== undefined && { signal }),
  });
  return answer.json();
}

/** Fetches binary data, such as captures. @throws ApiError */
export async function bytes<P extends PathOf<"GET">>(
  path: P,
  input: RequestOf<"GET", P>,
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await send(addressOf(path, input), {});
  return new Uint8Array(await answer.arrayBuffer());
}

async function send(url: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await (takeEarly(url, options) ?? fetch(url, { credentials: "same-origin", ...options }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reachable.value = false;
    throw new ApiError(0, "unreachable", "Cannot reach the server. Check that eyas is running.");
  }
  reachable.value = true;
  if (answer.ok) return answer;
  const error = await errorFrom(answer);
  if (answer.status !== 401) throw error;
  if (!session.peek()) {
    session.value = null;
    throw error;
  }
  sessionEnd.value ??= error.code;
  throw new ApiError(401, error.code, "Your session ended. Try again.");
}

/** Continues with a session after signing in. Another user gets a new page, without the text and data of the views. */
export function continueWith(next: Session): void {
  const hadEnded = sessionEnd.peek() !== undefined;
  if (hadEnded && session.peek()?.user !== next.user) {
    window.location.reload();
    return;
  }
  session.value = next;
  if (!hadEnded) return;
  sessionEnd.value = undefined;
  resumptions.value++;
}

async function errorFrom(answer: Response): Promise<ApiError> {
  try {
    const { error } = (await answer.json()) as Failure;
    return new ApiError(answer.status, error.code, error.message);
  } catch {
    return new ApiError(answer.status, "unknown", `The server responded with status ${answer.status}.`);
  }
}

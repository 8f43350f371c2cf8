import type { JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { type KubernetesClient, openClient, type Watching } from "../../transport/kubernetes/client.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";
import { ApiError } from "../../transport/kubernetes/error.ts";
import type { Call } from "../../transport/kubernetes/request.ts";
import { objectOf } from "../runtime/oci-spec.ts";

/** Maximum number of concurrent requests, excluding watches. */
const AT_ONCE = 4;
/** Maximum time to wait before a retry if the server sends Retry-After, in milliseconds. */
const LONGEST_WAIT = 30_000;

/** Read access to an API server. Methods throw errors of {@link KubernetesClient}. */
export interface Api extends Pick<KubernetesClient, "statuses" | "close"> {
  /** Reads the object or list at a path. */
  get(call: Call): Promise<JsonObject>;
  /** Calls `take` with each event of a watch until the watch ends. */
  follow(call: Call, watching: Omit<Watching, "take">, take: (line: JsonObject) => void): Promise<void>;
}

/**
 * @param timeout milliseconds to wait for a response
 * @param onResponse called after each response; `isAccepted` is true if the server accepted the credentials
 */
export function openApi(
  credentials: Credentials,
  timeout: number,
  onResponse: (isAccepted: boolean) => void = () => {},
): Api {
  const client = openClient(credentials, { timeout, longestWait: LONGEST_WAIT, keepAlive: true });
  const waiting: (() => void)[] = [];
  let free = AT_ONCE;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  }

  async function noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ApiError) onResponse(error.status !== 401);
      throw error;
    }
  }

  return {
    statuses: client.statuses,
    get: (call) =>
      inTurn(async () => {
        const answer = await noting(client.read(call));
        onResponse(true);
        return parsed(answer);
      }),
    follow(call, { begun, silence }, take) {
      const accepted = (): void => {
        onResponse(true);
        begun();
      };
      return noting(client.watch(call, { silence, begun: accepted, take: (line) => take(parsed(line)) }));
    },
    close: () => client.close(),
  };
}

function parsed(bytes: Uint8Array): JsonObject {
  try {
    return objectOf(parseJson(bytes));
  } catch {
    throw new Error("the response is not JSON");
  }
}

import type { JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { type KubernetesClient, openClient, type Watching } from "../../transport/kubernetes/client.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";
import type { Call } from "../../transport/kubernetes/request.ts";
import { objectOf } from "../runtime/oci-spec.ts";

/** Maximum concurrent requests. */
const AT_ONCE = 4;
/** Maximum milliseconds to wait for Retry-After. */
const LONGEST_WAIT = 30_000;

/** Read access to an API server, with objects as documents. Throws errors of {@link KubernetesClient}. */
export interface Api extends Pick<KubernetesClient, "statuses" | "close"> {
  /** The object or list at a path. */
  get(call: Call): Promise<JsonObject>;
  /** Reads the objects of a watch until it ends. */
  follow(call: Call, watching: Omit<Watching, "take">, take: (line: JsonObject) => void): Promise<void>;
}

/** @param timeout milliseconds to wait for an answer */
export function openApi(credentials: Credentials, timeout: number): Api {
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

  return {
    statuses: client.statuses,
    get: (call) => inTurn(async () => parsed(await client.read(call))),
    follow: (call, watching, take) => client.watch(call, { ...watching, take: (line) => take(parsed(line)) }),
    close: () => client.close(),
  };
}

function parsed(bytes: Uint8Array): JsonObject {
  try {
    return objectOf(parseJson(bytes));
  } catch {
    throw new Error("the answer is not JSON");
  }
}

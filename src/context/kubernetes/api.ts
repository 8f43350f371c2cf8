import type { JsonObject } from "../../event/document.ts";
import { parseJson } from "../../event/json-text.ts";
import { type KubernetesClient, openClient, type Watching } from "../../transport/kubernetes/client.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";
import type { Call } from "../../transport/kubernetes/request.ts";
import { objectOf } from "../runtime/oci-spec.ts";

/** Requests that are under way at once; others wait. */
const AT_ONCE = 4;
/** Milliseconds that a request waits at most where the server asks for patience. */
const LONGEST_WAIT = 30_000;

/** An API server that is only read from, with its objects as documents. Errors are those of {@link KubernetesClient}. */
export interface Api extends Pick<KubernetesClient, "statuses" | "close"> {
  /** The one object, or the list, at a path. */
  get(call: Call): Promise<JsonObject>;
  /** Reads the objects of a watch until it ends. */
  follow(call: Call, watching: Omit<Watching, "take">, take: (line: JsonObject) => void): Promise<void>;
}

/** @param timeout milliseconds for an answer */
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
    throw new Error("its answer is no JSON");
  }
}

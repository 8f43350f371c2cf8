import { TransportError } from "../transport/http/error.ts";
import type { KubernetesClient } from "../transport/kubernetes/client.ts";
import { isStatus } from "../transport/kubernetes/error.ts";
import { openDerivation } from "./derive.ts";
import { listObjects } from "./pages.ts";
import { type Resource, resources } from "./permissions.ts";
import type { Reading } from "./reading.ts";

export interface ReadOptions {
  readonly client: Pick<KubernetesClient, "request">;
  /** The address of the API server. */
  readonly server: string;
  /** The node whose pods are read if those of the cluster cannot be; "" for none. */
  readonly node: string;
  readonly signal: AbortSignal;
  /** Maximum duration of the whole reading, in milliseconds. */
  readonly timeout: number;
}

/** A reading in progress. */
export interface Reader {
  readonly reading: Reading;
  /** Settles when everything was read. Never rejects. */
  readonly done: Promise<void>;
}

/** Maximum objects of one list, twice as many pods as the largest supported cluster has. */
const MOST_OBJECTS = 300_000;

/** Reads the objects of a cluster and derives findings from them. */
export function readPosture({ client, server, node, signal, timeout }: ReadOptions): Reader {
  const began = Date.now();
  const derived = openDerivation();
  const refused: Resource[] = [];
  const notes = new Set<string>();
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  let workloads: Reading["workloads"];
  let ended: number | undefined;

  async function read(resource: Resource, fieldSelector?: string): Promise<void> {
    const { path } = resources[resource];
    let count = 0;
    for await (const page of listObjects(client, { path, ...(fieldSelector && { fieldSelector }) }, limited)) {
      if (resource === "pods") workloads ??= fieldSelector === undefined ? "cluster" : { node };
      for (const object of page) derived.take(resource, object);
      count += page.length;
      if (count < MOST_OBJECTS) continue;
      notes.add(`Only the first ${count} ${resource} are considered.`);
      return;
    }
  }

  /** @returns whether other lists can be read */
  async function tryToRead(resource: Resource, fieldSelector?: string): Promise<boolean> {
    try {
      await read(resource, fieldSelector);
      return true;
    } catch (error) {
      if (isStatus(error, 403)) {
        // Authorizers can allow the pods of the own node only.
        if (resource === "pods" && node !== "" && fieldSelector === undefined)
          return tryToRead("pods", `spec.nodeName=${node}`);
        refused.push(resource);
        return true;
      }
      const reason = limited.aborted ? "the time limit is over" : reasonOf(error);
      notes.add(`Incomplete, because ${resource} could not all be read: ${reason}.`);
      return !(limited.aborted || isStatus(error, 401) || error instanceof TransportError);
    }
  }

  async function readAll(): Promise<void> {
    for (const resource of Object.keys(resources)) if (!isResource(resource) || !(await tryToRead(resource))) return;
  }

  const done = readAll().finally(() => {
    ended = Date.now();
  });
  return {
    done,
    reading: {
      ...{ server, began, refused },
      get ended() {
        return ended;
      },
      get workloads() {
        return workloads;
      },
      get pods() {
        return derived.pods;
      },
      get findings() {
        return derived.findings;
      },
      get leftOut() {
        return derived.leftOut;
      },
      get notes() {
        return [...derived.notes, ...notes];
      },
    },
  };
}

function isResource(name: string): name is Resource {
  return Object.hasOwn(resources, name);
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

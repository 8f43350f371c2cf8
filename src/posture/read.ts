import { TransportError } from "../transport/http/error.ts";
import type { KubernetesClient } from "../transport/kubernetes/client.ts";
import { isStatus } from "../transport/kubernetes/error.ts";
import { openDerivation } from "./derive.ts";
import { listObjects } from "./pages.ts";
import { type Resource, resources } from "./permissions.ts";
import type { Reading } from "./reading.ts";

export interface ReadOptions {
  readonly client: Pick<KubernetesClient, "request">;
  /** Address of the API server. */
  readonly server: string;
  /** Node whose pods are read if Eyas may not list the pods of the whole cluster; "" if unknown. */
  readonly node: string;
  readonly signal: AbortSignal;
  /** Maximum duration of the read, in milliseconds. */
  readonly timeout: number;
}

/** A read of the posture that is in progress. */
export interface Reader {
  readonly reading: Reading;
  /** Settles when the read is complete. Never rejects. */
  readonly done: Promise<void>;
}

/** Maximum number of objects of a resource. The largest supported clusters have half as many pods. */
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

  /** Reads a resource. If the read fails, adds a note. @returns whether other resources can still be read */
  async function tryToRead(resource: Resource, fieldSelector?: string): Promise<boolean> {
    try {
      await read(resource, fieldSelector);
      return true;
    } catch (error) {
      if (isStatus(error, 403)) {
        // The node authorizer may allow Eyas to list only the pods of its node.
        if (resource === "pods" && node !== "" && fieldSelector === undefined)
          return tryToRead("pods", `spec.nodeName=${node}`);
        refused.push(resource);
        return true;
      }
      const reason = limited.aborted ? "the time limit was reached" : reasonOf(error);
      notes.add(`Incomplete because not all ${resource} could be read: ${reason}.`);
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

import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "../../machine/container-info.ts";
import type { ContainerSink, OpenRuntime, Runtime, RuntimeOptions } from "./runtime.ts";

/** The socket of a runtime. The socket may not exist yet. */
export interface RuntimeSocket {
  /** Path of the socket on the watched machine. */
  readonly socket: string;
  readonly open: OpenRuntime;
}

/** Called when the connection to a runtime is established or lost. */
export interface RuntimeReports {
  found(runtime: string, socket: string, containers: number): void;
  disconnected(runtime: string, socket: string, reason: string): void;
}

export interface Runtimes {
  /** Names of the runtimes to which a connection exists. */
  readonly connected: readonly string[];
  /**
   * Looks up an unknown container in all runtimes.
   * @returns false if no runtime is connected. Otherwise `answered` is called, with undefined if no runtime has the
   * container.
   */
  ask(id: string, answered: (container: Container | undefined) => void): boolean;
  close(): Promise<void>;
}

/** Initial and maximum delay before a connection to a socket is retried, in milliseconds. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/**
 * Connects to the runtimes at these sockets, and reconnects when a connection is lost. Settles when each runtime has
 * listed its containers or could not be reached, or after a timeout; never throws.
 * @param root mount point of the root file system of the watched machine
 */
export async function watchRuntimes(
  places: readonly RuntimeSocket[],
  root: string,
  options: RuntimeOptions,
  sink: ContainerSink,
  reports: RuntimeReports,
): Promise<Runtimes> {
  const stop = new AbortController();
  const open = new Set<Runtime>();
  const works: Promise<void>[] = [];

  async function keep({ socket, open: connect }: RuntimeSocket, first: () => void): Promise<void> {
    const path = join(root, socket);
    for (let wait = FIRST_WAIT; !stop.signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      let runtime: Runtime | undefined;
      const owner = ownerOf(path);
      if (owner !== undefined) {
        try {
          runtime = ownedBy(owner, await connect(path, options));
          if (runtime !== undefined) {
            await listenTo(runtime, socket, first);
            wait = FIRST_WAIT;
          }
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          if (runtime !== undefined && !stop.signal.aborted) reports.disconnected(runtime.name, socket, reason);
        } finally {
          if (runtime !== undefined) {
            open.delete(runtime);
            runtime.close();
          }
        }
      }
      first();
      await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  }

  /**
   * Subscribes to events before it lists the containers, so that no container is missed. A container that ends while
   * the list is being read is not added again.
   */
  async function listenTo(runtime: Runtime, socket: string, first: () => void): Promise<void> {
    const broken = new AbortController();
    const signal = AbortSignal.any([stop.signal, broken.signal]);
    let begun = (): void => {};
    const following = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let endedWhileListing: Set<string> | undefined = new Set();
    const events: ContainerSink = {
      put(container) {
        endedWhileListing?.delete(container.id);
        sink.put(container);
      },
      end(id) {
        endedWhileListing?.add(id);
        sink.end(id);
      },
    };
    const end = runtime.follow(events, () => begun(), signal);
    end.catch(() => {});
    try {
      await Promise.race([following, end, timeUp(options.timeout)]);
      const containers = await runtime.list();
      for (const container of containers) if (!endedWhileListing.has(container.id)) sink.put(container);
      endedWhileListing = undefined;
      open.add(runtime);
      reports.found(runtime.name, socket, containers.length);
      first();
      await end;
    } finally {
      broken.abort();
    }
  }

  const ready = places.map(
    (place) =>
      new Promise<void>((resolve) => {
        works.push(keep(place, resolve));
      }),
  );
  await Promise.race([Promise.all(ready), sleep(2 * options.timeout, undefined, { ref: false })]);

  return {
    get connected() {
      return [...open].map(({ name }) => name);
    },
    ask(id, answered) {
      if (open.size === 0) return false;
      let left = open.size;
      let done = false;
      const take = (container: Container | undefined): void => {
        left--;
        if (done || (container === undefined && left > 0)) return;
        done = true;
        answered(container);
      };
      for (const runtime of open) runtime.lookUp(id).then(take, () => take(undefined));
      return true;
    },
    async close() {
      stop.abort();
      for (const runtime of open) runtime.close();
      await Promise.all(works);
    },
  };
}

/** UID of the user who owns a socket; undefined if there is none. */
function ownerOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

/** Labels with which kubelets name the pod of a container. */
const OF_POD = "io.kubernetes.";

/**
 * Adds the owner to the containers of a user's runtime, and removes labels that name a pod: users can set any labels,
 * but their containers do not belong to pods.
 */
function ownedBy(owner: number, runtime: Runtime | undefined): Runtime | undefined {
  if (owner === 0 || runtime === undefined) return runtime;
  const without = (labels: ReadonlyMap<string, string>): Map<string, string> =>
    new Map([...labels].filter(([name]) => !name.startsWith(OF_POD)));
  const owned = (container: Container): Container => ({
    ...container,
    owner,
    labels: without(container.labels),
    sandboxLabels: without(container.sandboxLabels),
  });
  return {
    name: runtime.name,
    list: async () => (await runtime.list()).map(owned),
    async lookUp(id) {
      const found = await runtime.lookUp(id);
      return found === undefined ? undefined : owned(found);
    },
    follow: (sink, begun, signal) =>
      runtime.follow({ put: (container) => sink.put(owned(container)), end: (id) => sink.end(id) }, begun, signal),
    close: () => runtime.close(),
  };
}

async function timeUp(milliseconds: number): Promise<never> {
  await sleep(milliseconds, undefined, { ref: false });
  throw new Error("the runtime did not respond in time");
}

import type { AlertRecord } from "../../../alert/record.ts";
import { textOf } from "../../fields.ts";
import type { ActionHost, RuntimeSockets } from "../../host.ts";
import type { Engine, FoundContainer, OpenEngine } from "./engine.ts";

/** A container ID without characters that are special in paths or filters. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Functions that open each kind of runtime. Clients are loaded only when needed. */
const kinds: Readonly<Record<keyof RuntimeSockets, OpenEngine>> = {
  docker: async (socket, signal) => (await import("./docker-engine.ts")).openDockerEngine("Docker", socket, signal),
  podman: async (socket, signal) => (await import("./docker-engine.ts")).openDockerEngine("Podman", socket, signal),
  containerd: async (socket, signal) => (await import("./containerd-engine.ts")).openContainerdEngine(socket, signal),
  cri: async (socket) => (await import("./cri-engine.ts")).openCriEngine(socket),
};

/** Runtimes in order of preference, for containers that several runtimes report. */
const order = ["docker", "podman", "containerd", "cri"] as const;

/** Returns the longest known ID of the alert's container, or the reason if there is none. */
export function containerOf(alert: AlertRecord): { readonly id: string } | { readonly missing: string } {
  const id = textOf(alert, "container.full_id") ?? textOf(alert, "container.id");
  if (id === undefined) return { missing: "The alert has no container.id." };
  if (id === "host") return { missing: "The alert's process is not in a container." };
  return ID.test(id) ? { id } : { missing: "The alert's container.id is not a container ID." };
}

export interface Found {
  readonly engine: Engine;
  readonly container: FoundContainer;
}

/**
 * Finds a container in the runtimes of the host.
 * @param socket the only socket to query; empty: all configured sockets
 * @returns undefined if no runtime has the container
 * @throws Error with a message for the user if the container is not found and a runtime failed or none can be reached
 */
export async function findContainer(
  id: string,
  host: ActionHost,
  { socket, kind }: { readonly socket: string; readonly kind: string },
  signal: AbortSignal,
): Promise<Found | undefined> {
  const troubles: string[] = [];
  let answered = 0;
  for (const each of order) {
    const sockets = socket === "" ? host.runtimes[each] : each === kind ? [socket] : [];
    for (const path of sockets) {
      let engine: Engine | undefined;
      try {
        engine = await kinds[each](path, signal);
        const container = await engine.find(id);
        if (container !== undefined) return { engine, container };
        answered++;
      } catch (error) {
        if (!isAbsent(error)) troubles.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      engine?.close();
      signal.throwIfAborted();
    }
  }
  if (troubles.length > 0) throw new Error(troubles.join("; "));
  if (answered === 0) throw new Error("no container runtime is reachable on this machine");
  return undefined;
}

/**
 * Whether an error shows that no runtime with the expected API listens on a socket, usually because none is installed.
 */
function isAbsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && (error.code === "ENOENT" || error.code === "ECONNREFUSED")) return true;
  return /^UN(AVAILABLE|IMPLEMENTED)\b/.test(error.message);
}

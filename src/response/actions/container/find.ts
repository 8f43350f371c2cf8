import type { ResponseAlert } from "../../action.ts";
import { textOf } from "../../fields.ts";
import type { ActionHost, RuntimeSockets } from "../../host.ts";
import type { Engine, FoundContainer, OpenEngine } from "./engine.ts";

/** What can be a container's id: nothing in it means anything to a path or a filter. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** How each kind of runtime is opened; what that needs is loaded when there is such a socket. */
const kinds: Readonly<Record<keyof RuntimeSockets, OpenEngine>> = {
  docker: async (socket, signal) => (await import("./docker-engine.ts")).openDockerEngine("Docker", socket, signal),
  podman: async (socket, signal) => (await import("./docker-engine.ts")).openDockerEngine("Podman", socket, signal),
  containerd: async (socket, signal) => (await import("./containerd-engine.ts")).openContainerdEngine(socket, signal),
  cri: async (socket) => (await import("./cri-engine.ts")).openCriEngine(socket),
};

/** In which order they are asked: first those that know the container best. */
const order = ["docker", "podman", "containerd", "cri"] as const;

/** The id of the alert's container, as long as the alert tells it; or the sentence that says that it has none. */
export function containerOf(alert: ResponseAlert): { readonly id: string } | { readonly missing: string } {
  const id = textOf(alert, "container.full_id") ?? textOf(alert, "container.id");
  if (id === undefined)
    return { missing: "The alert does not say which container it is about: it has no container.id." };
  if (id === "host") return { missing: "What the alert tells of is in no container." };
  return ID.test(id) ? { id } : { missing: "The alert's container.id is no container's id." };
}

export interface Found {
  readonly engine: Engine;
  readonly container: FoundContainer;
}

/**
 * Looks for a container at all runtimes that there may be.
 * @param socket the only one to ask; "": those of the host
 * @returns undefined where none has it
 * @throws Error with one sentence where none answers
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
        if (!isNobody(error)) troubles.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
      }
      engine?.close();
      signal.throwIfAborted();
    }
  }
  if (troubles.length > 0) throw new Error(troubles.join("; "));
  if (answered === 0) throw new Error("no container runtime answers on this machine");
  return undefined;
}

/** Where nobody listens there is no runtime: that is no trouble. */
function isNobody(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && (error.code === "ENOENT" || error.code === "ECONNREFUSED")) return true;
  return /^UN(AVAILABLE|IMPLEMENTED)\b/.test(error.message);
}

import { setTimeout as sleep } from "node:timers/promises";
import { grpcClient } from "../../../context/runtime/grpc.ts";
import { listOf, objectOf, textOf } from "../../../context/runtime/oci-spec.ts";
import { type ContainerState, type Engine, type FoundContainer, RESPONSE_TIMEOUT } from "./engine.ts";

const FILES = ["", "-namespaces", "-containers", "-tasks"].map((part) => `containerd${part}.proto`);
const CONTAINERS = "containerd.services.containers.v1.Containers";
const TASKS = "containerd.services.tasks.v1.Tasks";
/** Namespaces that other runtimes manage. Docker, for example, would not notice that its container was stopped. */
const OF_OTHERS: ReadonlySet<string> = new Set(["moby"]);

const [SIGKILL, SIGTERM] = [9, 15];
/** Polling interval while waiting for a container to exit, and timeout after SIGKILL, both in milliseconds. */
const LOOK = 50;
const LAST = 5000;

const states: Readonly<Record<string, ContainerState>> = {
  RUNNING: "running",
  CREATED: "running",
  PAUSED: "paused",
  PAUSING: "paused",
};

/** Engine for the containerd API. Covers containers of `ctr`, nerdctl and kubelets. */
export async function openContainerdEngine(socket: string, signal: AbortSignal): Promise<Engine> {
  const client = grpcClient(socket, FILES, RESPONSE_TIMEOUT);
  try {
    await client.ask("containerd.services.version.v1.Version/Version", {});
  } catch (error) {
    client.close();
    throw error;
  }

  async function namespaces(): Promise<string[]> {
    const answer = await client.ask("containerd.services.namespaces.v1.Namespaces/List", {});
    const names = listOf(answer?.namespaces).map((each) => textOf(objectOf(each).name));
    return names.filter((name) => name !== "" && !OF_OTHERS.has(name));
  }

  async function containerIn(namespace: string, id: string): Promise<FoundContainer> {
    const headers = { "containerd-namespace": namespace };
    const call = (method: string, more: object = {}) =>
      client.ask(`${TASKS}/${method}`, { container_id: id, ...more }, headers);

    async function look(): Promise<{ state: ContainerState; pid: number }> {
      const { pid, status } = objectOf(objectOf(await call("Get")).process);
      const state = typeof status === "string" && Object.hasOwn(states, status) ? states[status] : undefined;
      return { state: state ?? "ended", pid: typeof pid === "number" ? pid : 0 };
    }

    async function hasEndedWithin(time: number): Promise<boolean> {
      for (const end = performance.now() + time; (await look()).state !== "ended"; await sleep(LOOK)) {
        signal.throwIfAborted();
        if (performance.now() > end) return false;
      }
      return true;
    }

    async function kill(): Promise<void> {
      await call("Kill", { signal: SIGKILL, all: true });
      // On older kernels, a frozen process exits only after it is thawed.
      if ((await look()).state === "paused") await call("Resume").catch(() => {});
      if (!(await hasEndedWithin(LAST))) throw new Error("the container does not exit");
    }

    return {
      ...(await look()),
      id,
      name: "",
      pause: async () => void (await call("Pause")),
      resume: async () => void (await call("Resume")),
      async stop(seconds) {
        await call("Kill", { signal: SIGTERM });
        if ((await look()).state === "paused") await call("Resume").catch(() => {});
        if (!(await hasEndedWithin(seconds * 1000))) await kill();
      },
      kill,
    };
  }

  return {
    name: "containerd",
    async find(id) {
      const filters = [`id~=^${id.replace(/[^A-Za-z0-9]/g, "\\$&")}`];
      const found: [namespace: string, id: string][] = [];
      for (const namespace of await namespaces()) {
        const answer = await client.ask(`${CONTAINERS}/List`, { filters }, { "containerd-namespace": namespace });
        for (const each of listOf(answer?.containers)) found.push([namespace, textOf(objectOf(each).id)]);
      }
      const exact = found.filter(([, full]) => full === id);
      // Hexadecimal IDs of at least 12 characters are assumed to be unique prefixes.
      const matching = exact.length > 0 ? exact : found.filter(() => /^[0-9a-f]{12,}$/.test(id));
      if (matching.length > 1) throw new Error(`containerd has ${matching.length} containers with the ID ${id}`);
      return matching[0] === undefined ? undefined : containerIn(...matching[0]);
    },
    close: () => client.close(),
  };
}

import { type GrpcClient, grpcClient } from "../../../context/runtime/grpc.ts";
import { listOf, objectOf, textOf } from "../../../context/runtime/oci-spec.ts";
import { type Engine, RESPONSE_TIMEOUT } from "./engine.ts";

const SERVICE = "runtime.v1.RuntimeService";
/** Timeout for stopping a container, in milliseconds. It exceeds the maximum grace period. */
const MAX_DURATION = 330_000;

/**
 * Engine for runtimes that implement the Container Runtime Interface (CRI), such as CRI-O. It can stop containers but
 * not pause them.
 */
export async function openCriEngine(socket: string): Promise<Engine> {
  const client = grpcClient(socket, ["cri.proto"], RESPONSE_TIMEOUT);
  const stopClient = grpcClient(socket, ["cri.proto"], MAX_DURATION);
  const close = (): void => {
    client.close();
    stopClient.close();
  };
  let name: string;
  try {
    name = textOf((await client.ask(`${SERVICE}/Version`, {}))?.runtime_name) || "the runtime";
  } catch (error) {
    close();
    throw error;
  }
  const cannot = async (): Promise<never> => {
    throw new Error(`${name} cannot pause containers over CRI: use container:stop or container:kill`);
  };
  return {
    name,
    async find(id) {
      const answer = await client.ask(`${SERVICE}/ListContainers`, { filter: { id } });
      const [first, ...more] = listOf(answer?.containers).map((each) => textOf(objectOf(each).id));
      if (more.length > 0) throw new Error(`${name} has ${more.length + 1} containers whose IDs begin with ${id}`);
      if (first === undefined || !first.startsWith(id)) return undefined;
      return {
        id: first,
        ...(await statusOf(client, first)),
        pause: cannot,
        resume: cannot,
        stop: (seconds) => stop(stopClient, first, seconds),
        kill: () => stop(stopClient, first, 0),
      };
    },
    close,
  };
}

async function statusOf(
  client: GrpcClient,
  id: string,
): Promise<{ name: string; state: "running" | "ended"; pid: number }> {
  const answer = await client.ask(`${SERVICE}/ContainerStatus`, { container_id: id, verbose: true });
  const status = objectOf(answer?.status);
  const name = textOf(objectOf(status.metadata).name);
  const { info } = objectOf(answer?.info);
  const pid = /"pid":\s*(\d+)/.exec(typeof info === "string" ? info : "")?.[1];
  return { name, state: status.state === "CONTAINER_RUNNING" ? "running" : "ended", pid: Number(pid ?? 0) };
}

async function stop(client: GrpcClient, id: string, timeout: number): Promise<void> {
  await client.ask(`${SERVICE}/StopContainer`, { container_id: id, timeout });
}

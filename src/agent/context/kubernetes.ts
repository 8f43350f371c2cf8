import type { Config } from "../../config/load.ts";
import type { Container } from "../../machine/container-info.ts";
import type { Machine } from "../../machine/machine.ts";
import type { Pod } from "../../machine/pods.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Credentials } from "../../transport/kubernetes/credentials.ts";

/** Pod metadata that rules and outputs need. */
export interface NeededPodData {
  /** Whether pod metadata from the API server is needed. */
  readonly pods: boolean;
  /** Whether objects related to pods are also needed: namespaces, owners and services. */
  readonly related: boolean;
}

/** Counters of the requests to an API server. */
export interface ClusterCounts {
  /** Number of responses by HTTP status; key 0 counts requests without a response. */
  readonly answers: ReadonlyMap<number, number>;
  /** Time of the last response, in milliseconds since the epoch; 0 before the first response. */
  readonly lastAnswer: number;
}

/** A connection to an API server. */
export interface Cluster extends ClusterCounts {
  close(): void;
}

export interface ClusterOptions {
  readonly machine: Machine;
  readonly log: Log;
  /** Called when metadata arrives, since events may be waiting for the metadata. */
  readonly arrived: () => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Directory with the credentials of the service account. */
  readonly account?: string;
}

type Settings = Config["kubernetes"];

/**
 * Keeps the pod table of `machine` up to date. Returns before the first response, for which events of processes in pods
 * wait.
 * @returns undefined if requests are disabled, or if there are no usable credentials for an API server
 */
export async function openCluster(
  settings: Settings,
  wanted: NeededPodData,
  { machine, log, arrived, environment = process.env, account }: ClusterOptions,
): Promise<Cluster | undefined> {
  if (settings.enabled === "false") return undefined;
  const { configuredCredentials, nodeName } = await import("../../transport/kubernetes/configured.ts");
  let credentials: Credentials | undefined;
  try {
    credentials = await configuredCredentials(settings, environment, account);
  } catch (error) {
    log(logLines.clusterUnusable(error instanceof Error ? error.message : String(error)));
    return undefined;
  }
  if (credentials === undefined) {
    if (settings.enabled === "true") log(logLines.noCluster());
    return undefined;
  }
  const { server } = credentials;
  const node = nodeName(settings, environment);
  const [{ watchKubernetes }, { PodTable }] = await Promise.all([
    import("../../context/kubernetes/kubernetes.ts"),
    import("../../machine/pods.ts"),
  ]);
  const pods = new PodTable();
  const { timeout, lifetime, patience } = settings;
  pods.timeout = patience;
  machine.watchPods(pods);
  /** Containers with metadata from the pod status, which is used if no container runtime reports them. */
  const fromStatus = new WeakSet<Container>();
  const changed = ({ containers }: Pod): void => {
    for (const container of containers) {
      const known = machine.containerTable.get(container.id);
      if (known !== undefined && !fromStatus.has(known)) continue;
      fromStatus.add(container);
      // Privileges and mounts are known only from the container runtime.
      machine.containerTable.put(container, machine.containerTable.request === undefined);
    }
    arrived();
  };
  const options = { credentials, node, timeout, lifetime, related: wanted.related };
  const cluster = watchKubernetes(options, pods, changed, {
    synced: (count) => log(logLines.podsSynced(server.origin, count, node)),
    lost(reason) {
      log(logLines.clusterLost(reason));
      arrived();
    },
    credentials: (isAccepted) =>
      log(isAccepted ? logLines.clusterAccepts(server.origin) : logLines.clusterRejects(server.origin)),
  });
  return {
    answers: cluster.answers,
    get lastAnswer() {
      return cluster.lastAnswer;
    },
    close() {
      if (machine.pods === pods) machine.pods = undefined;
      void cluster.close();
    },
  };
}

/** Whether the configuration enables requests to an API server. */
export function usesCluster(
  { enabled, kubeconfig }: Settings,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return enabled !== "false" && (kubeconfig !== "" || environment.KUBERNETES_SERVICE_HOST !== undefined);
}

// All strings in the interfaces of this module are byte strings.
import { boundedLabels } from "./labels.ts";

/** A file system that is mounted in a container. */
export interface Mount {
  readonly source: string;
  readonly destination: string;
  /** Mount options as reported by the runtime. */
  readonly mode: string;
  readonly writable: boolean;
  readonly propagation: string;
}

export type ProbeKind = "healthcheck" | "liveness" | "readiness";

/** A command that the runtime or the kubelet runs periodically in a container to check its health. */
export interface Probe {
  readonly kind: ProbeKind;
  readonly exe: string;
  readonly args: readonly string[];
}

/** A container as described by its runtime. Missing text is "". */
export interface Container {
  /** Short ID: for most engines, the first twelve characters of `fullId`; "host" outside containers. */
  readonly id: string;
  readonly fullId: string;
  /** Runtime: `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly type: string;
  readonly name: string;
  /** Name of the image with which the container was created: `example.org/web:1`. */
  readonly image: string;
  readonly imageId: string;
  readonly repository: string;
  readonly tag: string;
  /** ID of the image: `sha256:…` */
  readonly digest: string;
  readonly privileged: boolean;
  readonly hostPid: boolean;
  readonly hostNetwork: boolean;
  readonly hostIpc: boolean;
  readonly mounts: readonly Mount[];
  readonly labels: ReadonlyMap<string, string>;
  readonly probes: readonly Probe[];
  /** First IPv4 address. */
  readonly ip: string;
  /** Result of the network plugin, as JSON. */
  readonly cniJson: string;
  /** Full ID of the pod's sandbox, for a container in a pod. */
  readonly sandboxId: string;
  /** Labels of the pod's sandbox, for a container in a pod. */
  readonly sandboxLabels: ReadonlyMap<string, string>;
  /** Whether the container itself is a sandbox. */
  readonly isSandbox: boolean;
  /** UID of the user who runs the runtime: 0 unless the runtime is rootless. */
  readonly owner: number;
}

/** Number of characters in a short ID. */
export const SHORT_ID = 12;

const NO_LABELS: ReadonlyMap<string, string> = new Map();

const NOTHING_KNOWN: Container = {
  id: "",
  fullId: "",
  type: "",
  name: "",
  image: "",
  imageId: "",
  repository: "",
  tag: "",
  digest: "",
  privileged: false,
  hostPid: false,
  hostNetwork: false,
  hostIpc: false,
  mounts: [],
  labels: NO_LABELS,
  probes: [],
  ip: "",
  cniJson: "",
  sandboxId: "",
  sandboxLabels: NO_LABELS,
  isSandbox: false,
  owner: 0,
};

/** Creates a container with the given properties. All other properties are empty. */
export function container(facts: Partial<Container> & Pick<Container, "fullId">): Container {
  const { labels, sandboxLabels } = { ...NOTHING_KNOWN, ...facts };
  return {
    ...NOTHING_KNOWN,
    id: facts.fullId.slice(0, SHORT_ID),
    ...facts,
    labels: boundedLabels(labels),
    sandboxLabels: boundedLabels(sandboxLabels),
  };
}

/** The container that represents processes outside containers. */
export const hostContainer: Container = container({ fullId: "host", type: "host", name: "host" });

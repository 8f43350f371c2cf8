import { boundedLabels } from "./labels.ts";

/** A file system mounted into a container. Text is byte strings, here and below. */
export interface Mount {
  readonly source: string;
  readonly destination: string;
  /** Options in the form of the runtime. */
  readonly mode: string;
  readonly writable: boolean;
  readonly propagation: string;
}

export type ProbeKind = "healthcheck" | "liveness" | "readiness";

/** A command that checks the health of a container periodically. */
export interface Probe {
  readonly kind: ProbeKind;
  readonly exe: string;
  readonly args: readonly string[];
}

/** A container as described by its runtime. Missing text is "". */
export interface Container {
  /** The first twelve characters of `fullId`; "host" outside containers. */
  readonly id: string;
  readonly fullId: string;
  /** `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly type: string;
  readonly name: string;
  /** As set at creation: `example.org/web:1`. */
  readonly image: string;
  readonly imageId: string;
  readonly repository: string;
  readonly tag: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly privileged: boolean;
  readonly hostPid: boolean;
  readonly hostNetwork: boolean;
  readonly hostIpc: boolean;
  readonly mounts: readonly Mount[];
  readonly labels: ReadonlyMap<string, string>;
  readonly probes: readonly Probe[];
  /** Its first IPv4 address. */
  readonly ip: string;
  /** Result of the network plugin as JSON. */
  readonly cniJson: string;
  /** For a container in a pod: the full id of the pod's sandbox, and the sandbox's labels. */
  readonly sandboxId: string;
  readonly sandboxLabels: ReadonlyMap<string, string>;
  /** Whether it is a sandbox itself. */
  readonly isSandbox: boolean;
}

/** Length of a short id. */
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
};

/** A container with these properties; the others are empty. */
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

/** Stands for processes outside containers. */
export const hostContainer: Container = container({ fullId: "host", type: "host", name: "host" });

import { boundedLabels } from "./labels.ts";

/** A file system that is mounted into a container. Text is byte strings, here and below. */
export interface Mount {
  readonly source: string;
  readonly destination: string;
  /** Options, as the runtime writes them. */
  readonly mode: string;
  readonly writable: boolean;
  readonly propagation: string;
}

export type ProbeKind = "healthcheck" | "liveness" | "readiness";

/** A command that asks from time to time whether a container is well. */
export interface Probe {
  readonly kind: ProbeKind;
  readonly exe: string;
  readonly args: readonly string[];
}

/** What a runtime tells of one of its containers. Text that it doesn't tell is "". */
export interface Container {
  /** The first twelve characters of `fullId`; "host" for what is in no container. */
  readonly id: string;
  readonly fullId: string;
  /** `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly type: string;
  readonly name: string;
  /** As the container's maker named it: `example.org/web:1`. */
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
  /** What the network plugin said, as JSON. */
  readonly cniJson: string;
  /** Of a container in a pod: the whole id of the pod's sandbox, and the sandbox's labels. */
  readonly sandboxId: string;
  readonly sandboxLabels: ReadonlyMap<string, string>;
  /** Whether it is a sandbox itself. */
  readonly isSandbox: boolean;
}

/** How many characters of an id people use. */
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

/** A container of which only this is known. */
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

/** What stands for everything that is in no container. */
export const hostContainer: Container = container({ fullId: "host", type: "host", name: "host" });

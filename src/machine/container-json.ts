import { isObject, type Json, type JsonObject } from "../event/document.ts";
import { type Container, container, type Mount, type Probe, type ProbeKind } from "./container-info.ts";

/** Runtimes by their number in captures. */
const types: ReadonlyMap<number, string> = new Map([
  [0, "docker"],
  [1, "lxc"],
  [2, "libvirt-lxc"],
  [3, "mesos"],
  [4, "rkt"],
  [6, "cri"],
  [7, "containerd"],
  [8, "cri-o"],
  [9, "bpm"],
  [11, "podman"],
  [0xfffe, "host"],
]);

const probes: readonly (readonly [key: string, kind: ProbeKind])[] = [
  ["Healthcheck", "healthcheck"],
  ["LivenessProbe", "liveness"],
  ["ReadinessProbe", "readiness"],
];

/** Parses the container in a capture: `{"container": {"id": …}}`. Undefined if it has no ID. */
export function containerFromJson(value: Json): Container | undefined {
  const facts = isObject(value) ? value.container : undefined;
  if (!isObject(facts)) return undefined;
  const id = text(facts, "id");
  if (id === "") return undefined;
  return container({
    id,
    fullId: text(facts, "full_id") || id,
    type: types.get(Number(facts.type)) ?? "",
    name: text(facts, "name"),
    image: text(facts, "image"),
    imageId: text(facts, "imageid"),
    repository: text(facts, "imagerepo"),
    tag: text(facts, "imagetag"),
    digest: text(facts, "imagedigest"),
    privileged: facts.privileged === true,
    hostPid: facts.host_pid === true,
    hostNetwork: facts.host_network === true,
    hostIpc: facts.host_ipc === true,
    mounts: list(facts.Mounts).filter(isObject).map(mount),
    labels: labels(facts.labels),
    probes: probes.flatMap(([key, kind]) => probe(facts[key], kind)),
    ip: text(facts, "ip"),
    cniJson: text(facts, "cni_json"),
    sandboxId: text(facts, "pod_sandbox_id"),
    sandboxLabels: labels(facts.pod_sandbox_labels),
    isSandbox: facts.is_pod_sandbox === true,
  });
}

function text(facts: JsonObject, key: string): string {
  const value = facts[key];
  return typeof value === "string" ? value : "";
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function mount(facts: JsonObject): Mount {
  return {
    source: text(facts, "Source"),
    destination: text(facts, "Destination"),
    mode: text(facts, "Mode"),
    writable: facts.RW === true,
    propagation: text(facts, "Propagation"),
  };
}

function labels(value: Json | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (!isObject(value)) return found;
  for (const [name, each] of Object.entries(value)) if (typeof each === "string") found.set(name, each);
  return found;
}

function probe(value: Json | undefined, kind: ProbeKind): Probe[] {
  if (!isObject(value)) return [];
  const args = list(value.args).filter((each) => typeof each === "string");
  return [{ kind, exe: text(value, "exe"), args }];
}

const typeNumbers: ReadonlyMap<string, number> = new Map([...types].map(([number, name]) => [name, number]));

/** Converts a container to JSON text for a capture; the inverse of {@link containerFromJson}. */
export function containerToJson(one: Container): string {
  const { probes: checks } = one;
  const kinds = probes.flatMap(([key, kind]) => {
    const check = checks.find((each) => each.kind === kind);
    return check === undefined ? [] : [[key, { exe: check.exe, args: check.args }]];
  });
  return JSON.stringify({
    container: {
      ...{ id: one.id, full_id: one.fullId, type: typeNumbers.get(one.type), name: one.name },
      ...{ image: one.image, imageid: one.imageId, imagerepo: one.repository, imagetag: one.tag },
      ...{ imagedigest: one.digest, privileged: one.privileged, host_pid: one.hostPid },
      ...{ host_network: one.hostNetwork, host_ipc: one.hostIpc, ip: one.ip, cni_json: one.cniJson },
      ...{ pod_sandbox_id: one.sandboxId, is_pod_sandbox: one.isSandbox },
      Mounts: one.mounts.map(({ source, destination, mode, writable, propagation }) => ({
        ...{ Source: source, Destination: destination, Mode: mode, RW: writable, Propagation: propagation },
      })),
      labels: Object.fromEntries(one.labels),
      pod_sandbox_labels: Object.fromEntries(one.sandboxLabels),
      ...Object.fromEntries(kinds),
    },
  });
}

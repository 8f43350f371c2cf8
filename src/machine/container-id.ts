import type { Cgroups } from "./cgroup.ts";

/**
 * Which container a cgroup belongs to, by the forms that container engines give their cgroups. The matchers are tried in
 * the order of the table; each takes a cgroup path and gives a container id, or "".
 */
type Matcher = (cgroup: string) => string;

const matchers: readonly Matcher[] = [
  // podman
  between([
    ["/libpod-", ".scope"],
    ["/libpod-", ".scope/container"],
    ["/libpod-", ""],
    ["/libpod-payload-", ".scope"],
    ["/libpod-payload-", ".scope/container"],
    ["/libpod-payload-", ""],
  ]),
  // docker
  between([
    ["/", ""],
    ["/docker-", ".scope"],
  ]),
  // cri-o, containerd under a kubelet, and the shims that imitate them
  between([
    ["/", ""],
    ["/crio-", ""],
    ["/cri-containerd-", ".scope"],
    ["/crio-", ".scope"],
    [":cri-containerd:", ""],
    ["/docker-", ".scope"],
    ["/nerdctl-", ".scope"],
  ]),
  containerdId,
  lxcId,
  libvirtId,
  bpmId,
];

const remembered = new Map<string, string>();
const MAX_REMEMBERED = 4096;

/** The short id of the container whose cgroup path this is; "" where it is none's. */
export function containerIdOf(cgroup: string): string {
  const known = remembered.get(cgroup);
  if (known !== undefined) return known;
  let id = "";
  for (const matcher of matchers) {
    id = matcher(cgroup);
    if (id !== "") break;
  }
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(cgroup, id);
  return id;
}

/** By the very object: threads share their cgroups. */
const ofSet = new WeakMap<object, string>();

/** The container id that the first telling cgroup of a thread states. */
export function containerIdOfAll(cgroups: Cgroups): string {
  const known = ofSet.get(cgroups);
  if (known !== undefined) return known;
  let id = "";
  for (const [, path] of cgroups) {
    id = path === "" ? "" : containerIdOf(path);
    if (id !== "") break;
  }
  ofSet.set(cgroups, id);
  return id;
}

const ID_LENGTH = 64;
const SHORT_LENGTH = 12;
const NOT_HEX = /[^0-9a-fA-F]/;

/** Matches 64 hexadecimal digits between the last prefix and the last suffix ("": the end). */
function between(forms: readonly (readonly [prefix: string, suffix: string])[]): Matcher {
  return (cgroup) => {
    for (const [prefix, suffix] of forms) {
      const [from, to] = bounds(cgroup, prefix, suffix);
      if (from >= 0 && to - from === ID_LENGTH && isHex(cgroup, from)) return cgroup.slice(from, from + SHORT_LENGTH);
    }
    return "";
  };
}

function bounds(cgroup: string, prefix: string, suffix: string): readonly [from: number, to: number] {
  const at = cgroup.lastIndexOf(prefix);
  const to = suffix === "" ? cgroup.length : cgroup.lastIndexOf(suffix);
  return at < 0 || to < 0 ? [-1, -1] : [at + prefix.length, to];
}

/** As the reference has it, a foreign character counts only within the path's first 64. */
function isHex(cgroup: string, from: number): boolean {
  const at = cgroup.slice(from).search(NOT_HEX);
  return at < 0 || from + at >= ID_LENGTH;
}

const NAMESPACE = /\/[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\//;

/** containerd puts `/<namespace>/<any id>`. So do others (Mesos, Garden), whose ids are cut short here in the same way. */
function containerdId(cgroup: string): string {
  const namespace = NAMESPACE.exec(cgroup)?.[0];
  if (namespace === undefined) return "";
  const [from, to] = bounds(cgroup, namespace, "");
  const length = to - from;
  if (length === ID_LENGTH && isHex(cgroup, from)) return cgroup.slice(from, from + SHORT_LENGTH);
  if (length <= 0 || length > ID_LENGTH) return "";
  if (cgroup.endsWith(".service") || cgroup.endsWith(".slice") || cgroup.endsWith(".scope")) return "";
  return cgroup.slice(from, from + SHORT_LENGTH);
}

const LXC_PREFIXES = ["/lxc/", "/lxc.payload/", "/lxc.payload."];

function lxcId(cgroup: string): string {
  for (const prefix of LXC_PREFIXES) {
    const at = cgroup.indexOf(prefix);
    if (at < 0) continue;
    const from = at + prefix.length;
    const to = cgroup.indexOf("/", from);
    return cgroup.slice(from, to < 0 ? cgroup.length : to);
  }
  return "";
}

function libvirtId(cgroup: string): string {
  const plain = cgroup.indexOf(".libvirt-lxc");
  if (plain >= 0 && plain === cgroup.length - ".libvirt-lxc".length) {
    const slash = cgroup.lastIndexOf("/");
    if (slash >= 0) return cgroup.slice(slash + 1, plain);
  }
  const escaped = cgroup.indexOf("-lxc\\x2");
  if (escaped >= 0) {
    const end = cgroup.includes(".scope/libvirt") ? ".scope/libvirt" : ".scope";
    const at = cgroup.indexOf(end);
    if (at >= 0 && at === cgroup.length - end.length) return cgroup.slice(escaped + "-lxc\\x2d".length, at);
  }
  const folder = cgroup.indexOf("/libvirt/lxc/");
  return folder < 0 ? "" : cgroup.slice(folder + "/libvirt/lxc/".length);
}

const BPM_ID = /^[A-Za-z0-9._-]+$/;

function bpmId(cgroup: string): string {
  const at = cgroup.indexOf("bpm-");
  if (at < 0) return "";
  const from = at + "bpm-".length;
  const to = cgroup.indexOf(".scope", from);
  const id = cgroup.slice(from, to < 0 ? cgroup.length : to);
  return BPM_ID.test(id) ? id : "";
}

import type { Cgroups } from "./cgroup.ts";

/** The container to which a cgroup path belongs. */
export interface ContainerIdentity {
  /** Short ID; "" outside containers. */
  readonly id: string;
  readonly fullId: string;
  /** The engine that uses this form of path: `docker`, `garden`, …; "" if several engines use it. */
  readonly engine: string;
  /** The UID of the pod in the path; "" if there is none, or if an unprivileged user can choose the path. */
  readonly podUid: string;
  /**
   * UID of the user who owns the cgroup; undefined if only root can create it. Users can give the cgroups below their
   * service manager any name, such as the name of a container of another runtime.
   */
  readonly user: number | undefined;
}

/** The identity of processes outside containers. */
const NOWHERE: ContainerIdentity = { id: "", fullId: "", engine: "", podUid: "", user: undefined };

/**
 * Kubelets write `pod<uid>`. Paths of systemd have `_` instead of `-`, and static pods have a hash instead of the UID.
 */
const POD =
  /[/-]pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?:[/:]|$)/;

/** Matches cgroups below a user's service manager. It is anchored, because containers can have such cgroups inside. */
const OF_USER = /^\/user\.slice\/user-\d+\.slice\/user@([1-9]\d*)\.service\//;

/** Engines without a runtime that can be queried. */
const withoutRuntime: ReadonlySet<string> = new Set(
  "mesos garden bpm lxc libvirt-lxc systemd-nspawn runc crun".split(" "),
);

/** Whether a runtime can be queried about a container of this engine. */
export function isKnownToRuntimes({ engine }: ContainerIdentity): boolean {
  return !withoutRuntime.has(engine);
}

/** UID of the user who owns the cgroup of a path and can give it any name; undefined if only root can create it. */
export function ownerOfCgroup(path: string): number | undefined {
  const [, user] = OF_USER.exec(path) ?? [];
  return user === undefined ? undefined : Number(user);
}

const remembered = new Map<string, ContainerIdentity>();
const MAX_REMEMBERED = 4096;

/** The container of the cgroup with this path. */
export function identityOf(cgroup: string): ContainerIdentity {
  const known = remembered.get(cgroup);
  if (known !== undefined) return known;
  let identity = NOWHERE;
  for (const form of forms) {
    const stated = form(cgroup);
    if (stated === undefined) continue;
    const user = ownerOfCgroup(cgroup);
    const podUid = user === undefined ? (POD.exec(cgroup)?.[1]?.replaceAll("_", "-") ?? "") : "";
    identity = { ...stated, podUid, user };
    break;
  }
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(cgroup, identity);
  return identity;
}

/** Identities cached by cgroups object, since threads share their cgroups. */
const ofSet = new WeakMap<object, ContainerIdentity>();

/** The container of a thread, from the first of its cgroups that belongs to a container. */
export function identityOfAll(cgroups: Cgroups): ContainerIdentity {
  const known = ofSet.get(cgroups);
  if (known !== undefined) return known;
  let identity = NOWHERE;
  for (const [, path] of cgroups) {
    if (path !== "") identity = identityOf(path);
    if (identity !== NOWHERE) break;
  }
  ofSet.set(cgroups, identity);
  return identity;
}

type Stated = Omit<ContainerIdentity, "podUid" | "user">;

/** Finds the container in a cgroup path of a certain form; undefined for other forms. */
type Form = (cgroup: string) => Stated | undefined;

const ID_LENGTH = 64;
const SHORT_LENGTH = 12;
const NOT_HEX = /[^0-9a-fA-F]/;

/**
 * The path forms of container engines, most specific first. For nested containers, the innermost one is found, because
 * the first forms match at the end of a path.
 */
const forms: readonly Form[] = [
  between([
    ["/libpod-", ".scope", "podman"],
    ["/libpod-", ".scope/container", "podman"],
    ["/libpod-", "", "podman"],
    ["/libpod-payload-", ".scope", "podman"],
    ["/libpod-payload-", ".scope/container", "podman"],
    ["/libpod-payload-", "", "podman"],
  ]),
  between([
    ["/", "", ""],
    ["/docker-", ".scope", "docker"],
  ]),
  // CRI-O, containerd with a kubelet or nerdctl, and shims that use the same paths
  between([
    ["/crio-", "", "cri-o"],
    ["/cri-containerd-", ".scope", "containerd"],
    ["/crio-", ".scope", "cri-o"],
    [":cri-containerd:", "", "containerd"],
    ["/nerdctl-", ".scope", "containerd"],
  ]),
  within,
  mesos,
  garden,
  bpm,
  nspawn,
  lxc,
  libvirt,
  bare,
  containerd,
];

function stated(fullId: string, engine: string, id: string = fullId.slice(0, SHORT_LENGTH)): Stated {
  return { id, fullId, engine };
}

/**
 * Creates a function that matches paths with 64 hexadecimal digits between the last prefix and the last suffix. The
 * suffix "" is the end of the path.
 */
function between(places: readonly (readonly [prefix: string, suffix: string, engine: string])[]): Form {
  return (cgroup) => {
    for (const [prefix, suffix, engine] of places) {
      const at = cgroup.lastIndexOf(prefix);
      const to = suffix === "" ? cgroup.length : cgroup.lastIndexOf(suffix);
      if (at < 0 || to < 0) continue;
      const from = at + prefix.length;
      if (to - from === ID_LENGTH && isHex(cgroup, from)) {
        return stated(cgroup.slice(from, to), engine || (cgroup.includes("/docker/") ? "docker" : ""));
      }
    }
    return undefined;
  };
}

/**
 * Whether the path has hexadecimal digits from an offset on. As in Falco, only the first 64 characters of the path are
 * checked.
 */
function isHex(cgroup: string, from: number): boolean {
  const at = cgroup.slice(from).search(NOT_HEX);
  return at < 0 || from + at >= ID_LENGTH;
}

const CONTAINER =
  /[/:](?:(docker|libpod(?:-payload)?|crio|cri-containerd|nerdctl|runc|crun)[-:])?([0-9a-fA-F]{64})(?:\.scope)?\/.*$/;
const MAKERS: ReadonlyMap<string, string> = new Map([
  ["libpod", "podman"],
  ["libpod-payload", "podman"],
  ["crio", "cri-o"],
  ["cri-containerd", "containerd"],
  ["nerdctl", "containerd"],
]);

/**
 * Matches the path of a cgroup that a container created below its own cgroup, for example with systemd. A container
 * cannot hide itself by this kind of path.
 */
function within(cgroup: string): Stated | undefined {
  let inner: RegExpExecArray | null = null;
  for (let rest = cgroup; ; ) {
    const found = CONTAINER.exec(rest);
    if (found === null) break;
    inner = found;
    rest = found[0].slice(1 + found[0].slice(1).indexOf("/"));
  }
  if (inner === null) return undefined;
  const [, maker = "", id = ""] = inner;
  return stated(id, MAKERS.get(maker) ?? (maker || (cgroup.includes("/docker/") ? "docker" : "")));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Handles of Garden. In some, the last group has only four digits. */
const HANDLE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-(?:[0-9a-f]{12}|[0-9a-f]{4})$/i;

/** Matches `/mesos/<uuid>`. Nested containers have `/mesos/<uuid>/mesos/<uuid>`. */
function mesos(cgroup: string): Stated | undefined {
  const at = cgroup.lastIndexOf("/mesos/");
  if (at < 0) return undefined;
  const [id = ""] = cgroup.slice(at + "/mesos/".length).split("/");
  return UUID.test(id) ? stated(id, "mesos") : undefined;
}

/**
 * Matches `/garden/<handle>`, or `/garden-<tag>/<handle>` if Garden has a tag. The handle is below `good` or `bad` if
 * Garden throttles CPU. In older versions, the handle is below Garden's own service or at the root. Processes of a
 * container may be in child cgroups of the container's cgroup.
 */
function garden(cgroup: string): Stated | undefined {
  const parts = cgroup.split("/");
  const root = parts.findIndex((part) => part === "garden" || part.startsWith("garden-"));
  const above =
    root >= 0
      ? root
      : Math.max(
          0,
          parts.findLastIndex((part) => part.endsWith(".service")),
        );
  const throttled = parts[above + 1] === "good" || parts[above + 1] === "bad";
  const handle = parts[above + (throttled ? 2 : 1)] ?? "";
  return (root >= 0 ? handle !== "" : HANDLE.test(handle)) ? stated(handle, "garden") : undefined;
}

const BPM = /(?:^|\/)bpm-([A-Za-z0-9._-]+?)(?:\.scope)?(?:\/|$)/;

/** Matches cgroups of BOSH jobs: `bpm-<job>`, with or without `.scope`. */
function bpm(cgroup: string): Stated | undefined {
  const [, id] = BPM.exec(cgroup) ?? [];
  return id === undefined ? undefined : stated(id, "bpm", id);
}

const MACHINE = /\/(?:machine-(?!qemu\\x2d|lxc\\x2d)([^/]+)\.scope|systemd-nspawn@([^/]+)\.service)(?:\/([^/]+)|$)/;

/** Matches cgroups of systemd-nspawn machines, except the cgroup `supervisor` of their supervising process. */
function nspawn(cgroup: string): Stated | undefined {
  const [, scope, service, below] = MACHINE.exec(cgroup) ?? [];
  const name = scope ?? service;
  if (name === undefined || below === "supervisor") return undefined;
  const plain = name.replaceAll(/\\x([0-9a-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return stated(plain, "systemd-nspawn", plain);
}

const LXC_PREFIXES = ["/lxc/", "/lxc.payload/", "/lxc.payload."];

function lxc(cgroup: string): Stated | undefined {
  for (const prefix of LXC_PREFIXES) {
    const at = cgroup.indexOf(prefix);
    if (at < 0) continue;
    const [name = ""] = cgroup.slice(at + prefix.length).split("/");
    if (name !== "") return stated(name, "lxc", name);
  }
  return undefined;
}

/** Matches `<name>.libvirt-lxc`, or `machine-lxc\x2d<number>\x2d<name>.scope` with systemd. */
const LIBVIRT = /(?:\/([^/]+)\.libvirt-lxc|-lxc\\x2d([^/]+)\.scope)(?:\/|$)/;

function libvirt(cgroup: string): Stated | undefined {
  const [, plain, escaped] = LIBVIRT.exec(cgroup) ?? [];
  const id = plain ?? escaped;
  return id === undefined ? undefined : stated(id, "libvirt-lxc", id);
}

const BARE = /\/(runc|crun)-([^/]+)\.scope(?:\/|$)/;

/** Matches cgroups of runc and crun if they are used without a container engine and with systemd. */
function bare(cgroup: string): Stated | undefined {
  const [, engine, id] = BARE.exec(cgroup) ?? [];
  return engine === undefined || id === undefined ? undefined : stated(id, engine, id);
}

const NAMESPACE = /\/[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\//;
/** Names of systemd units, which are not containers. */
const UNIT = /\.(?:service|slice|scope|mount|socket|swap|automount)$/;
/**
 * Matches a slice or a session, whose cgroup contains systemd units. A runtime without an engine creates the cgroup of
 * a container next to these units.
 */
const AROUND = /(?:\.slice|\/session-[^/]+\.scope)$/;

/**
 * Matches `/<namespace>/<any id>` of containerd. Other engines use this form as well, and their IDs are shortened in
 * the same way. Below systemd units, the path after the last unit is matched.
 */
function containerd(cgroup: string): Stated | undefined {
  if (UNIT.test(cgroup) || cgroup.includes("/lxc.monitor")) return undefined;
  const parts = cgroup.split("/");
  const unit = parts.findLastIndex((part) => UNIT.test(part));
  const around = parts.slice(0, unit + 1).join("/");
  const rest = cgroup.slice(around.length);
  if (AROUND.test(around) && rest.lastIndexOf("/") === 0) return anyId(rest.slice(1), "");
  if (around.endsWith(".scope")) return undefined;
  const namespace = NAMESPACE.exec(rest);
  if (namespace === null) return undefined;
  return anyId(rest.slice(rest.lastIndexOf(namespace[0]) + namespace[0].length), "");
}

function anyId(id: string, engine: string): Stated | undefined {
  return id === "" || id.length > ID_LENGTH ? undefined : stated(id, engine);
}

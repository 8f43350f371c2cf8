import type { Cgroups } from "./cgroup.ts";
import { forms } from "./container-form.ts";

/** Which container a cgroup is of, as its path states it. */
export interface ContainerIdentity {
  /** The short id; "" where it is none's. */
  readonly id: string;
  readonly fullId: string;
  /** Whose form the path has: `docker`, `garden`, …; "" where several engines make their paths alike. */
  readonly engine: string;
  /** The uid of the pod that the path names; "" where it names none. */
  readonly podUid: string;
}

/** In no container. */
const NOWHERE: ContainerIdentity = { id: "", fullId: "", engine: "", podUid: "" };

/** Kubelets write `pod<uid>`, systemd's paths have `_` in it for `-`; of static pods it is a hash. */
const POD =
  /[/-]pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?:[/:]|$)/;

const remembered = new Map<string, ContainerIdentity>();
const MAX_REMEMBERED = 4096;

/** Which container the cgroup with this path is of. */
export function identityOf(cgroup: string): ContainerIdentity {
  const known = remembered.get(cgroup);
  if (known !== undefined) return known;
  let identity = NOWHERE;
  for (const form of forms) {
    const stated = form(cgroup);
    if (stated === undefined) continue;
    identity = { ...stated, podUid: POD.exec(cgroup)?.[1].replaceAll("_", "-") ?? "" };
    break;
  }
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(cgroup, identity);
  return identity;
}

/** By the very object: threads share their cgroups. */
const ofSet = new WeakMap<object, ContainerIdentity>();

/** Which container a thread is in, as the first telling one of its cgroups states it. */
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

/** The container id that the first telling cgroup of a thread states. */
export function containerIdOfAll(cgroups: Cgroups): string {
  return identityOfAll(cgroups).id;
}

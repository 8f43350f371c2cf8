import { isObject, type Json, type JsonObject } from "../../event/document.ts";
import type { Mount } from "../../machine/container-info.ts";

/** Metadata of a container from its OCI specification. */
export interface SpecSummary {
  readonly mounts: readonly Mount[];
  readonly hostPid: boolean;
  readonly hostNetwork: boolean;
  readonly hostIpc: boolean;
  readonly privileged: boolean;
  readonly annotations: JsonObject;
}

/** Parses the content of a container's `config.json`. */
export function readSpec(spec: JsonObject): SpecSummary {
  const linux = objectOf(spec.linux);
  const process = objectOf(spec.process);
  const namespaces = listOf(linux.namespaces).filter(isObject);
  const shares = (type: string): boolean => !namespaces.some((each) => each.type === type && textOf(each.path) === "");
  const mounts = listOf(spec.mounts).filter(isObject);
  return {
    mounts: mounts.map(mountOf),
    hostPid: isLinux(spec) && shares("pid"),
    hostNetwork: isLinux(spec) && shares("network"),
    hostIpc: isLinux(spec) && shares("ipc"),
    privileged: isLinux(spec) && isPrivileged(linux, process, mounts),
    annotations: objectOf(spec.annotations),
  };
}

function isLinux(spec: JsonObject): boolean {
  return isObject(spec.linux);
}

function mountOf(facts: JsonObject): Mount {
  const options = listOf(facts.options).filter((each) => typeof each === "string");
  const mode = options.find((option) => option.startsWith("mode="));
  const propagation = options.find((option) => /^r?(private|shared|slave|unbindable)$/.test(option));
  return {
    source: textOf(facts.source),
    destination: textOf(facts.destination),
    mode: mode === undefined ? "" : mode.slice("mode=".length),
    writable: !options.includes("ro"),
    propagation: propagation ?? "",
  };
}

/**
 * Whether a container is privileged: no masked or read-only paths, no confinement by seccomp, SELinux or AppArmor, the
 * capabilities SYS_ADMIN and SYS_MODULE, and writable sysfs and cgroup mounts.
 */
function isPrivileged(linux: JsonObject, process: JsonObject, mounts: readonly JsonObject[]): boolean {
  if (listOf(linux.maskedPaths).length > 0 || listOf(linux.readonlyPaths).length > 0) return false;
  if (isObject(linux.seccomp) || textOf(process.selinuxLabel) !== "") return false;
  const profile = textOf(process.apparmorProfile);
  if (profile !== "" && profile !== "unconfined") return false;
  const bounding = listOf(objectOf(process.capabilities).bounding);
  if (!bounding.includes("CAP_SYS_ADMIN") || !bounding.includes("CAP_SYS_MODULE")) return false;
  return !mounts.some(({ type, options }) => (type === "sysfs" || type === "cgroup") && listOf(options).includes("ro"));
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

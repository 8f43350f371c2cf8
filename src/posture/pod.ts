import { at, type Facts, factsOf, listOf, numberOf, textAt, textOf, textsOf } from "../transport/json.ts";
import { isAdmin } from "./access.ts";
import { capabilitySeverity } from "./capability.ts";
import { type Finding, type ObjectName, type Severity, short } from "./finding.ts";
import { hostPathSeverity } from "./host-path.ts";
import type { FindingKind } from "./kinds.ts";
import { createdAt, nameOf, writtenAt } from "./metadata.ts";
import { workloadOf } from "./workload.ts";

/**
 * Paths of the node that persistent volume claims refer to, by `NAMESPACE/CLAIM`. These paths are in persistent volumes
 * and not in pod manifests.
 */
export type ClaimedPaths = ReadonlyMap<string, string>;

/** Data, in addition to the manifest of a pod, on which the findings about the pod depend. */
export interface PodContext {
  readonly claimed: ClaimedPaths;
  /** Service accounts with full access to the cluster, as `NAMESPACE/NAME`, `NAMESPACE/*` or `*`. */
  readonly admins: ReadonlySet<string>;
}

type Add = (kind: FindingKind, severity: Severity, detail?: string, container?: string) => void;

/**
 * Returns the weaknesses of a pod, including those of its init and ephemeral containers. Completed and failed pods have
 * no weaknesses, unless they belong to a CronJob.
 */
export function podFindings(pod: Facts, { claimed, admins }: PodContext): readonly Finding[] {
  const spec = factsOf(pod.spec);
  const [object, since, own] = [workloadOf(pod), createdAt(pod), nameOf("Pod", pod)];
  // Completed pods of a CronJob are considered, because the CronJob will create similar pods.
  if (object.kind !== "CronJob" && ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase"))) return [];
  const isOwned = object.kind !== "Pod";
  const written = isOwned ? undefined : writtenAt(pod); // only the controller changes an owned pod
  const related = isOwned || object.name !== own.name ? [own] : [];
  const found: Finding[] = [];
  const add: Add = (kind, severity, detail = "", container = "") => {
    const texts = { container: short(container), detail: short(detail) };
    found.push({ kind, severity, object, ...texts, pods: 1, since, written, related });
  };
  ofPod(spec, add);
  const account = textOf(spec.serviceAccountName);
  if (isAdmin(admins, object.namespace, account) && hasToken(spec))
    add("admin-account", "high", `ServiceAccount ${object.namespace}/${account}`);
  const containers = [spec.containers, spec.initContainers, spec.ephemeralContainers].flatMap(listOf);
  const paths = hostPathsOf(spec, own, claimed);
  for (const container of containers) ofContainer(container, { spec, pod }, add);
  for (const [volume, path] of paths) ofVolume(volume, path, containers, add);
  return found;
}

function ofPod(spec: Facts, add: Add): void {
  if (spec.hostNetwork === true) add("host-network", "medium");
  if (spec.hostPID === true) add("host-pid", "high");
  if (spec.hostIPC === true) add("host-ipc", "medium");
}

/** Whether the service account token is mounted in containers of the pod. */
function hasToken(spec: Facts): boolean {
  if (spec.automountServiceAccountToken !== false) return true;
  const sources = listOf(spec.volumes).flatMap((volume) => listOf(at(volume, "projected", "sources")));
  return sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined);
}

function ofContainer(container: Facts, { spec, pod }: { readonly spec: Facts; readonly pod: Facts }, add: Add): void {
  const name = textOf(container.name);
  const [own, shared] = [factsOf(container.securityContext), factsOf(spec.securityContext)];
  if (own.privileged === true) add("privileged", "high", "", name);
  const isHostProcess = (context: Facts) => at(context, "windowsOptions", "hostProcess") === true;
  if (isHostProcess(own) || isHostProcess(shared)) add("privileged", "high", "process of the Windows host", name);
  ofCapabilities(own, name, add);
  ofProfiles(own, shared, appArmorAnnotation(pod, name), name, add);
  // In a user namespace, root in the pod is not root on the node.
  if (spec.hostUsers !== false && own.privileged !== true) ofUser(own, shared, name, add);
  const ports = listOf(container.ports).flatMap(({ hostPort }) => numberOf(hostPort) ?? []);
  if (ports.some((port) => port > 0) && spec.hostNetwork !== true)
    add("host-port", "low", listed(ports.filter((port) => port > 0).map(String)), name);
}

function ofCapabilities(own: Facts, name: string, add: Add): void {
  const added = at(own, "capabilities", "add");
  const names = Array.isArray(added) ? added.map((each) => textOf(each).toUpperCase().replace(/^CAP_/, "")) : [];
  const dangerous = [...new Set(names)].filter((each) => capabilitySeverity(each) !== undefined).sort();
  if (dangerous.length === 0) return;
  const isHigh = dangerous.some((each) => capabilitySeverity(each) === "high");
  add("capabilities", isHigh ? "high" : "medium", listed(dangerous), name);
}

/** Reports disabled security profiles. A profile that is set for a container overrides the profile of the pod. */
function ofProfiles(own: Facts, shared: Facts, annotation: string, name: string, add: Add): void {
  const typeOf = (profile: string): string => textAt(own, profile, "type") || textAt(shared, profile, "type");
  const off: string[] = [];
  if (typeOf("seccompProfile") === "Unconfined") off.push("seccomp");
  if ((typeOf("appArmorProfile") || annotation).toLowerCase() === "unconfined") off.push("AppArmor");
  const label = textAt(own, "seLinuxOptions", "type") || textAt(shared, "seLinuxOptions", "type");
  if (label === "spc_t" || label === "unconfined_t") off.push("SELinux");
  if (own.procMount === "Unmasked") off.push("/proc masks");
  if (off.length > 0) add("unconfined", "medium", off.join(", "), name);
}

function appArmorAnnotation(pod: Facts, container: string): string {
  return textAt(pod, "metadata", "annotations", `container.apparmor.security.beta.kubernetes.io/${container}`);
}

function ofUser(own: Facts, shared: Facts, name: string, add: Add): void {
  const user = numberOf(own.runAsUser) ?? numberOf(shared.runAsUser);
  if (user === 0) add("root", "medium", "", name);
  else if (user === undefined && (own.runAsNonRoot ?? shared.runAsNonRoot) !== true)
    add("possible-root", "low", "", name);
}

/** Returns the paths of the node that the pod mounts, by volume name. */
function hostPathsOf(spec: Facts, { namespace, name }: ObjectName, claimed: ClaimedPaths): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const volume of listOf(spec.volumes)) {
    // The claim of an ephemeral volume is named after the pod and the volume.
    const ephemeral = volume.ephemeral === undefined ? "" : `${name}-${textOf(volume.name)}`;
    const claim = textAt(volume, "persistentVolumeClaim", "claimName") || ephemeral;
    const path = textAt(volume, "hostPath", "path") || (claim !== "" && claimed.get(`${namespace}/${claim}`)) || "";
    if (path !== "") paths.set(textOf(volume.name), path);
  }
  return paths;
}

/** Reports a path only once, for the container with the most access to it. */
function ofVolume(volume: string, path: string, containers: readonly Facts[], add: Add): void {
  const uses = containers.flatMap((container) =>
    [...listOf(container.volumeMounts), ...listOf(container.volumeDevices)]
      .filter(({ name }) => textOf(name) === volume)
      .map(({ readOnly }) => ({ container: textOf(container.name), writable: readOnly !== true })),
  );
  const use = uses.find(({ writable }) => writable) ?? uses[0];
  if (use === undefined) return;
  const detail = `${path} (${use.writable ? "writable" : "read-only"})`;
  add("host-path", hostPathSeverity(path, use.writable), detail, use.container);
}

function listed(texts: readonly string[]): string {
  return texts.slice(0, 20).join(", ");
}

/** The names of the images that a pod runs. */
export function imagesOf(pod: Facts): readonly string[] {
  return listOf(at(pod, "spec", "containers")).map(({ image }) => textOf(image));
}

export function labelsOf(object: Facts): Readonly<Record<string, string>> {
  return textsOf(at(object, "metadata", "labels"));
}

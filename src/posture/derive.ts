import { at, type Facts, textAt } from "../transport/json.ts";
import { adminAccounts, bindingFindings, openRoles } from "./access.ts";
import { openCollector } from "./collector.ts";
import { openExposure } from "./exposure.ts";
import type { Finding } from "./finding.ts";
import type { Resource } from "./permissions.ts";
import { podFindings } from "./pod.ts";

/** Maximum number of stored persistent volume claims. */
const MOST_CLAIMS = 50_000;
/** Maximum number of stored service accounts with full access. */
const MOST_ADMINS = 20_000;

/** Derives findings from objects. Objects must be added in the order of {@link resources}. */
export interface Derivation {
  take(resource: Resource, object: Facts): void;
  /** The findings, most severe first. */
  readonly findings: readonly Finding[];
  readonly leftOut: number;
  readonly pods: number;
  /** Limitations of the findings, each in one sentence. */
  readonly notes: readonly string[];
}

export function openDerivation(): Derivation {
  const collector = openCollector();
  const roles = openRoles();
  const exposure = openExposure();
  const claimed = new Map<string, string>();
  const admins = new Set<string>();
  const notes = new Set<string>();
  let pods = 0;
  let sorted: readonly Finding[] | undefined;

  const add = (findings: readonly Finding[]): void => {
    for (const finding of findings) collector.add(finding);
    if (findings.length > 0) sorted = undefined;
  };
  const addRole = (kind: "Role" | "ClusterRole", role: Facts): void => {
    if (!roles.add(kind, role)) notes.add("Some roles are not considered because there are too many.");
  };

  const takers: Readonly<Record<Resource, (object: Facts) => void>> = {
    clusterroles: (role) => addRole("ClusterRole", role),
    roles: (role) => addRole("Role", role),
    clusterrolebindings(binding) {
      add(bindingFindings("ClusterRoleBinding", binding, roles));
      for (const account of adminAccounts(binding, roles)) if (admins.size < MOST_ADMINS) admins.add(account);
    },
    rolebindings: (binding) => add(bindingFindings("RoleBinding", binding, roles)),
    persistentvolumes(volume) {
      const path = textAt(volume, "spec", "hostPath", "path") || textAt(volume, "spec", "local", "path");
      const claim = at(volume, "spec", "claimRef");
      if (path === "" || claim === undefined) return;
      if (claimed.size < MOST_CLAIMS) claimed.set(`${textAt(claim, "namespace")}/${textAt(claim, "name")}`, path);
      else notes.add(`Only ${MOST_CLAIMS} persistent volumes with host paths are considered.`);
    },
    pods(pod) {
      pods++;
      exposure.pod(pod);
      add(podFindings(pod, { claimed, admins }));
    },
    services: (service) => add(exposure.service(service)),
    ingresses: (ingress) => add(exposure.ingress(ingress)),
  };

  return {
    take: (resource, object) => takers[resource](object),
    get findings() {
      sorted ??= collector.findings();
      return sorted;
    },
    get leftOut() {
      return collector.leftOut;
    },
    get pods() {
      return pods;
    },
    get notes() {
      return [...notes];
    },
  };
}

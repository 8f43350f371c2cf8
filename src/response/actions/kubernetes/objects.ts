import type { AlertRecord } from "../../../alert/record.ts";
import { textOf } from "../../fields.ts";
import { isLabelName, isObjectName, isSegmentName } from "./names.ts";
import type { Found } from "./target.ts";

/** The object of an audit event. */
export interface AuditedObject {
  /** `secrets`. */
  readonly resource: string;
  readonly group: string;
  /** "" for objects without a namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly path: readonly string[];
  readonly isReadable: boolean;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
  isName(text: string): boolean;
  /** Whether it is read first. Secrets are not: that permission is too powerful. */
  readonly isReadable: boolean;
}

const RBAC = "rbac.authorization.k8s.io";

function kind(group: string, isNamespaced: boolean, changes: Partial<Kind> = {}): Kind {
  return { group, version: "v1", isNamespaced, isName: isObjectName, isReadable: true, ...changes };
}

/** Resources that can be deleted. */
export const deletable: Readonly<Record<string, Kind>> = {
  namespaces: kind("", false, { isName: isLabelName }),
  pods: kind("", true),
  configmaps: kind("", true),
  secrets: kind("", true, { isReadable: false }),
  services: kind("", true),
  serviceaccounts: kind("", true),
  deployments: kind("apps", true),
  daemonsets: kind("apps", true),
  statefulsets: kind("apps", true),
  replicasets: kind("apps", true),
  jobs: kind("batch", true),
  cronjobs: kind("batch", true),
  roles: kind(RBAC, true, { isName: isSegmentName }),
  rolebindings: kind(RBAC, true, { isName: isSegmentName }),
  clusterroles: kind(RBAC, false, { isName: isSegmentName }),
  clusterrolebindings: kind(RBAC, false, { isName: isSegmentName }),
};

/** The object of an audit event. */
export function objectOf(alert: AlertRecord): Found<AuditedObject> {
  const resource = textOf(alert, "ka.target.resource");
  if (resource === undefined) return { missing: "the alert has no ka.target.resource" };
  const kind = Object.hasOwn(deletable, resource) ? deletable[resource] : undefined;
  if (kind === undefined) return { missing: "ka.target.resource is not a resource that can be deleted" };
  const { group, version, isNamespaced, isName, isReadable } = kind;
  const name =
    textOf(alert, "ka.target.name") ?? (resource === "pods" ? textOf(alert, "ka.target.pod.name") : undefined);
  if (name === undefined) return { missing: "the alert has no ka.target.name" };
  if (!isName(name)) return { missing: `ka.target.name is not the name of one of ${resource}` };
  const namespace = isNamespaced ? textOf(alert, "ka.target.namespace") : "";
  if (namespace === undefined) return { missing: "the alert has no ka.target.namespace" };
  if (isNamespaced && !isLabelName(namespace)) return { missing: "ka.target.namespace is not the name of a namespace" };
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const path = [...root, ...(isNamespaced ? ["namespaces", namespace] : []), resource, name];
  return { found: { resource, group, namespace, name, path, isReadable } };
}

export function objectText({ resource, namespace, name }: AuditedObject): string {
  return `${resource} ${namespace === "" ? name : `${namespace}/${name}`}`;
}

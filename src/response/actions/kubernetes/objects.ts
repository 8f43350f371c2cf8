import type { AlertRecord } from "../../../alert/record.ts";
import type { ActionRequest } from "../../action.ts";
import { textOf } from "../../fields.ts";
import { textsIn } from "../../parameters.ts";
import { type ApiVersion, apiVersionOf } from "./audited-request.ts";
import { isLabelName, isObjectName, isSegmentName } from "./names.ts";
import type { Found } from "./target.ts";

/** The object of an audit event. */
export interface AuditedObject {
  /** Resource name: `secrets`, or `certificates.cert-manager.io` for custom resources. */
  readonly resource: string;
  readonly group: string;
  /** Namespace of the object; empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly path: readonly string[];
  readonly isReadable: boolean;
  readonly newOnly: NewOnly;
}

/**
 * Whether, by default, only objects that the request created are deleted, because other objects may depend on existing
 * ones. `if stated`: only if the alert contains the status of the request, which alerts from other installations may
 * lack.
 */
export type NewOnly = "always" | "if stated" | "never";

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
  isName(text: string): boolean;
  /**
   * Whether the object is read before its deletion. Secrets are not read, because permission to read them is too
   * powerful.
   */
  readonly isReadable: boolean;
  readonly newOnly: NewOnly;
}

const RBAC = "rbac.authorization.k8s.io";
const ADMISSION = "admissionregistration.k8s.io";

function kind(group: string, isNamespaced: boolean, changes: Partial<Kind> = {}): Kind {
  const base = { group, version: "v1", isNamespaced, isName: isObjectName, isReadable: true };
  return { ...base, newOnly: "never", ...changes };
}

/**
 * Resources that can be deleted. Nodes are excluded, because they are drained instead. Leases are excluded, because a
 * controller that loses its lease has no leader.
 */
export const deletable: Readonly<Record<string, Kind>> = {
  namespaces: kind("", false, { isName: isLabelName, newOnly: "if stated" }),
  pods: kind("", true),
  configmaps: kind("", true),
  secrets: kind("", true, { isReadable: false }),
  services: kind("", true),
  serviceaccounts: kind("", true),
  endpoints: kind("", true),
  limitranges: kind("", true, { newOnly: "always" }),
  persistentvolumeclaims: kind("", true, { newOnly: "always" }),
  persistentvolumes: kind("", false, { newOnly: "always" }),
  podtemplates: kind("", true),
  replicationcontrollers: kind("", true),
  resourcequotas: kind("", true, { newOnly: "always" }),
  deployments: kind("apps", true),
  daemonsets: kind("apps", true),
  statefulsets: kind("apps", true),
  replicasets: kind("apps", true),
  jobs: kind("batch", true),
  cronjobs: kind("batch", true),
  horizontalpodautoscalers: kind("autoscaling", true, { version: "v2" }),
  poddisruptionbudgets: kind("policy", true),
  endpointslices: kind("discovery.k8s.io", true),
  ingresses: kind("networking.k8s.io", true),
  networkpolicies: kind("networking.k8s.io", true, { newOnly: "always" }),
  certificatesigningrequests: kind("certificates.k8s.io", false, { isName: isSegmentName }),
  roles: kind(RBAC, true, { isName: isSegmentName, newOnly: "if stated" }),
  rolebindings: kind(RBAC, true, { isName: isSegmentName, newOnly: "if stated" }),
  clusterroles: kind(RBAC, false, { isName: isSegmentName, newOnly: "if stated" }),
  clusterrolebindings: kind(RBAC, false, { isName: isSegmentName, newOnly: "if stated" }),
  mutatingwebhookconfigurations: kind(ADMISSION, false, { newOnly: "always" }),
  validatingwebhookconfigurations: kind(ADMISSION, false, { newOnly: "always" }),
  validatingadmissionpolicies: kind(ADMISSION, false, { newOnly: "always" }),
  validatingadmissionpolicybindings: kind(ADMISSION, false, { newOnly: "always" }),
  apiservices: kind("apiregistration.k8s.io", false, { newOnly: "always" }),
  customresourcedefinitions: kind("apiextensions.k8s.io", false, { newOnly: "always" }),
};

const NO_RESOURCE = { missing: "the alert has no ka.target.resource" };

/**
 * Returns the object of an audit event.
 * @param parameters `custom_resources` names additional resources that can be deleted
 */
export function objectOf(alert: AlertRecord, parameters: ActionRequest["parameters"]): Found<AuditedObject> {
  const resource = textOf(alert, "ka.target.resource");
  if (resource === undefined) return NO_RESOURCE;
  const uri = textOf(alert, "ka.uri");
  const api = uri === undefined ? undefined : apiVersionOf(uri);
  if (uri !== undefined && api === undefined) return { missing: "ka.uri is not the path of an object" };
  const kind = kindOf(resource, api, textsIn(parameters, "custom_resources"), alert);
  if (kind === undefined) return { missing: "ka.target.resource is not a resource that can be deleted" };
  const { group, version, isNamespaced, isName, isReadable, newOnly, isCustom } = kind;
  const [field, name] = nameOf(alert, resource);
  if (name === undefined) return { missing: "the alert has no ka.target.name" };
  if (!isName(name)) return { missing: `${field} is not a valid name for ${resource}` };
  const namespace = isNamespaced ? textOf(alert, "ka.target.namespace") : "";
  if (namespace === undefined) return { missing: "the alert has no ka.target.namespace" };
  if (isNamespaced && !isLabelName(namespace)) return { missing: "ka.target.namespace is not a valid namespace name" };
  const root = group === "" ? ["api", version] : ["apis", group, version];
  const path = [...root, ...(isNamespaced ? ["namespaces", namespace] : []), resource, name];
  const shown = isCustom ? `${resource}.${group}` : resource;
  return { found: { resource: shown, group, namespace, name, path, isReadable, newOnly } };
}

const VERSION = /^v\d{1,3}(?:(?:alpha|beta)\d{1,3})?$/;

/**
 * Finds a resource in {@link deletable} or `custom`. The API group is compared too, because resource names are not
 * unique.
 */
function kindOf(
  resource: string,
  api: ApiVersion | undefined,
  custom: readonly string[],
  alert: AlertRecord,
): (Kind & { readonly isCustom: boolean }) | undefined {
  const known = Object.hasOwn(deletable, resource) ? deletable[resource] : undefined;
  if (known !== undefined && (api === undefined || api.group === known.group)) return { ...known, isCustom: false };
  if (api === undefined || !custom.includes(`${resource}.${api.group}`) || !VERSION.test(api.version)) return undefined;
  const isNamespaced = textOf(alert, "ka.target.namespace") !== undefined;
  return { ...kind(api.group, isNamespaced, { version: api.version }), isCustom: true };
}

/** Returns the field that contains the object's name, and the name. Generated names occur only in the response. */
function nameOf(alert: AlertRecord, resource: string): readonly [field: string, name: string | undefined] {
  const fields = [
    "ka.target.name",
    ...(resource === "pods" ? ["ka.target.pod.name"] : []),
    ...(textOf(alert, "ka.target.subresource") === undefined ? ["ka.resp.name"] : []),
  ];
  const field = fields.find((each) => textOf(alert, each) !== undefined) ?? "ka.target.name";
  return [field, textOf(alert, field)];
}

/** Whether a string names a custom resource: `certificates.cert-manager.io`. */
export function isCustomResource(text: string): boolean {
  const [resource = "", ...group] = text.split(".");
  const isKnown = Object.hasOwn(deletable, resource) && deletable[resource]?.group === group.join(".");
  return isLabelName(resource) && group.length > 1 && isObjectName(group.join(".")) && !isKnown;
}

export function objectText({ resource, namespace, name }: AuditedObject): string {
  return `${resource} ${namespace === "" ? name : `${namespace}/${name}`}`;
}

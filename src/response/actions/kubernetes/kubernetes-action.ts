import type { AlertRecord } from "../../../alert/record.ts";
import type { KubernetesClient } from "../../../transport/kubernetes/client.ts";
import type { Action, ActionRequest, ActionResult, Parameter } from "../../action.ts";
import { textIn, textsIn } from "../../parameters.ts";
import { statusFields, whyFailed } from "./audited-request.ts";
import { clusterAt } from "./cluster.ts";
import { clusterParameters } from "./cluster-parameters.ts";
import { clusterFields } from "./fields.ts";
import { nameTest } from "./name-pattern.ts";
import { type Grant, grantText } from "./permissions.ts";
import { findPod, type Pod } from "./pod.ts";
import { type Found, nodeText, type PodName, podOf, podText } from "./target.ts";

/** Context of a running action. */
export interface Task {
  readonly cluster: KubernetesClient;
  readonly request: ActionRequest;
  readonly parameters: ActionRequest["parameters"];
  readonly signal: AbortSignal;
  /** Whether a namespace is protected. */
  isProtected(namespace: string): boolean;
}

type Own = Pick<Action, "name" | "about" | "continues" | "repeatable" | "cooldown" | "scopes" | "example"> &
  Partial<Pick<Action, "effect" | "fields" | "undoneBy">>;

interface ClusterAction<T> extends Own {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly grants: readonly Grant[];
  find(alert: AlertRecord, parameters: ActionRequest["parameters"]): Found<T>;
  /** Describes the object for users: `pod shop/web-1`. */
  describe(found: T, parameters: ActionRequest["parameters"]): string;
  /** Namespace of the object; empty for cluster-scoped objects. */
  namespace(found: T): string;
  /** @throws Error with a message for the user */
  act(found: T, task: Task): Promise<ActionResult>;
}

/** Creates an action on a cluster object. It does not run in protected namespaces, and never throws. */
export function clusterAction<T>(definition: ClusterAction<T>): Action {
  const { find, describe, namespace, act, grants, parameters: own, fields = [], ...rest } = definition;
  return {
    ...rest,
    fields: [...clusterFields, ...fields],
    parameters: { ...own, ...clusterParameters },
    permissions: grants.map(grantText),
    target(alert, parameters) {
      const target = find(alert, parameters);
      return "found" in target ? { target: describe(target.found, parameters) } : target;
    },
    async run(request) {
      const { parameters, signal } = request;
      const target = find(request.alert, parameters);
      if ("missing" in target) return { outcome: "failed", reason: target.missing };
      const { found } = target;
      const isProtected = nameTest([
        ...textsIn(parameters, "protected_namespaces"),
        ...(request.protectedNamespaces ?? []),
      ]);
      if (isProtected(namespace(found)))
        return { outcome: "skipped", reason: `the namespace ${namespace(found)} is protected` };
      try {
        const place = { kubeconfig: textIn(parameters, "kubeconfig"), context: textIn(parameters, "context") };
        const cluster = await clusterAt(place);
        return await act(found, { cluster, request, parameters, signal, isProtected });
      } catch (error) {
        if (signal.aborted) return { outcome: "failed", reason: "timed out" };
        return { outcome: "failed", reason: error instanceof Error ? error.message : "it failed" };
      }
    },
  };
}

interface PodAction extends Own {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Whether the action changes the pod's node instead of the pod. If absent: never. */
  ofNode?(parameters: ActionRequest["parameters"]): boolean;
  /** Whether the action skips audit events of failed requests. Any client can send a failing request about any pod. */
  readonly skipsFailed?: true;
  /** Required permissions. */
  readonly grants: readonly Grant[];
  /** @throws Error with a message for the user */
  act(pod: Pod, task: Task): Promise<ActionResult>;
}

/** Creates an action on the alert's pod, or on a related object, such as its node or owner. */
export function podAction(definition: PodAction): Action {
  const { act, ofNode = () => false, skipsFailed = false, fields = [], ...rest } = definition;
  return clusterAction<PodName>({
    ...rest,
    fields: skipsFailed ? [...fields, ...statusFields] : fields,
    find: podOf,
    describe: (pod, parameters) => (ofNode(parameters) ? nodeText(pod) : podText(pod)),
    namespace: (pod) => pod.namespace,
    async act(name, task) {
      const failed = skipsFailed ? whyFailed(task.request.alert) : undefined;
      if (failed !== undefined) return { outcome: "skipped", reason: failed };
      const found = await findPod(task.cluster, name, task.signal);
      return "gone" in found ? { outcome: "skipped", reason: found.gone } : act(found.pod, task);
    },
  });
}

import type { Action, ActionResult, Parameter } from "../../../action.ts";
import { podAction, type Task } from "../kubernetes-action.ts";
import type { Pod } from "../pod.ts";
import { remoteOf } from "./addresses.ts";
import { policyParameters } from "./parameters.ts";
import { type PolicyKind, policyGrants } from "./policy.ts";
import { type Selection, selectionOf } from "./selection.ts";

interface DenyAction {
  readonly name: string;
  readonly about: string;
  readonly example: string;
  readonly kind: PolicyKind;
  readonly undoneBy: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /**
   * Denies traffic between the pods of the selection and a remote address.
   * @param remote a CIDR block with a single address
   * @throws Error with a message for the user
   */
  deny(remote: string, pod: Pod, selection: Selection, task: Task): Promise<ActionResult>;
}

/** Creates an action that denies traffic with the remote address of the alert's connection. */
export function denyRemoteAction({ name, about, example, kind, undoneBy, parameters, deny }: DenyAction): Action {
  const action = podAction({
    name,
    about,
    example,
    continues: true,
    repeatable: true,
    skipsFailed: true,
    undoneBy,
    parameters: { ...policyParameters, ...parameters },
    grants: policyGrants(kind),
    effect(alert) {
      const remote = remoteOf(alert);
      return "missing" in remote ? "" : remote.found;
    },
    async act(pod, task) {
      const remote = remoteOf(task.request.alert);
      if ("missing" in remote) return { outcome: "failed", reason: remote.missing };
      const selection = await selectionOf(pod, task);
      return "outcome" in selection ? selection : deny(remote.found, pod, selection, task);
    },
  });
  return {
    ...action,
    target(alert, given) {
      const remote = remoteOf(alert);
      return "missing" in remote ? remote : action.target(alert, given);
    },
    async run(request) {
      const remote = remoteOf(request.alert);
      return "missing" in remote ? { outcome: "failed", reason: remote.missing } : action.run(request);
    },
  };
}

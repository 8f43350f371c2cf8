import type { AlertRecord } from "../../alert/record.ts";
import type { ActionEntry, ActionState } from "../../journal/action-entry.ts";
import { reasonOf } from "../../journal/fault.ts";
import { isStatus } from "../../transport/kubernetes/error.ts";
import { excerpt } from "../../transport/text.ts";
import { clusterAt } from "../actions/kubernetes/cluster.ts";
import { type Grant, getPods } from "../actions/kubernetes/permissions.ts";
import { findPod } from "../actions/kubernetes/pod.ts";
import { type PodName, podOf } from "../actions/kubernetes/target.ts";
import { textIn } from "../parameters.ts";
import type { SharedParameters } from "../shared-parameters.ts";

/** Permissions that the notifier requires. */
export const clusterEventGrants: readonly Grant[] = [getPods, { group: "", resource: "events", verbs: ["create"] }];

/** Maximum length of an Event's message in characters (`NoteLengthLimit` in pkg/apis/core/validation of Kubernetes). */
const MAX_MESSAGE = 1024;
/** Maximum number of queued Events. Additional Events are dropped. */
const MAX_WAITING = 100;

const reasons: Readonly<Partial<Record<ActionState, string>>> = {
  done: "ResponseDone",
  skipped: "ResponseSkipped",
  failed: "ResponseFailed",
  unknown: "ResponseInterrupted",
};

export interface ClusterEventOptions {
  /** Shared parameters. `kubernetes` contains the location of the cluster. */
  readonly shared: SharedParameters;
  /** Host name of this machine. */
  readonly hostname: string;
  /** Timeout for an Event, in milliseconds. */
  readonly timeout: number;
  /** Called with the reason when Events cannot be created. `recovered` is called when they can be created again. */
  failed(reason: string): void;
  recovered(): void;
}

/** Creates Events for the results of actions, one at a time. Each Event refers to the alert's pod. */
export class ClusterEvents {
  options: ClusterEventOptions;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #isFailing = false;

  constructor(options: ClusterEventOptions) {
    this.options = options;
  }

  /** Queues an Event. Does nothing for alerts without a pod. */
  notify(step: ActionEntry, alert: AlertRecord): void {
    const pod = podOf(alert);
    if ("missing" in pod) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#fail(`${MAX_WAITING} Events are already queued`);
      return;
    }
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      try {
        await createEvent(step, alert, pod.found, this.options);
        if (this.#isFailing) this.options.recovered();
        this.#isFailing = false;
      } catch (error) {
        this.#fail(reasonOf(error));
      } finally {
        this.#waiting--;
      }
    });
  }

  /** Resolves when all queued Events have been created or have failed. */
  settled(): Promise<void> {
    return this.#last;
  }

  #fail(reason: string): void {
    if (!this.#isFailing) this.options.failed(reason);
    this.#isFailing = true;
  }
}

async function createEvent(
  step: ActionEntry,
  alert: AlertRecord,
  pod: PodName,
  { shared, hostname, timeout }: ClusterEventOptions,
): Promise<void> {
  const signal = AbortSignal.timeout(timeout);
  const place = shared.kubernetes ?? {};
  const cluster = await clusterAt({ kubeconfig: textIn(place, "kubeconfig"), context: textIn(place, "context") });
  const found = await findPod(cluster, pod, signal);
  const { namespace, name } = pod;
  // If an action deleted the pod, use the UID in the alert: Events of a deleted pod remain visible for an hour.
  const uid = "pod" in found ? found.pod.uid : pod.uid;
  const time = new Date(step.ended ?? step.time).toISOString().replace(/\.\d+Z$/, "Z");
  try {
    await cluster.request({
      method: "POST",
      path: ["api", "v1", "namespaces", namespace, "events"],
      body: {
        apiVersion: "v1",
        kind: "Event",
        // One Event per attempt at an action.
        metadata: { namespace, name: `eyas-${step.key}-${step.attempt}-${step.state}` },
        involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, ...(uid !== "" && { uid }) },
        type: step.state === "done" || step.state === "skipped" ? "Normal" : "Warning",
        reason: reasons[step.state] ?? "Response",
        action: step.action,
        message: messageOf(step, alert),
        source: { component: "eyas", host: hostname },
        reportingComponent: "eyas",
        reportingInstance: hostname,
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      },
      signal,
    });
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
}

function messageOf({ action, response, state, answer }: ActionEntry, { rule, output }: AlertRecord): string {
  const result = answer === undefined ? state : `${state}, ${answer}`;
  const text = excerpt(`${action} (${response}): ${result}. Alert "${rule}": ${output}`, MAX_MESSAGE);
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1).toWellFormed()}…` : text;
}

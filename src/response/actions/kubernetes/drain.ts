import { setTimeout as sleep } from "node:timers/promises";
import { listOf } from "../../../transport/json.ts";
import { isStatus } from "../../../transport/kubernetes/error.ts";
import { listPages } from "../../../transport/kubernetes/list.ts";
import { podPath } from "../../../transport/kubernetes/path.ts";
import type { Action, ActionResult } from "../../action.ts";
import { flagIn, flagParameter, numberIn, numberParameter, textIn, textsIn, textsParameter } from "../../parameters.ts";
import { podAction, type Task } from "./kubernetes-action.ts";
import { changeNodes, cordonNode } from "./node.ts";
import { getPods } from "./permissions.ts";
import { type Pod, podFrom } from "./pod.ts";
import { getReplicated, minHealthyReplicas, tooFewHealthy } from "./replicas.ts";
import { skipParameters, whySkipped } from "./skip.ts";
import { podText } from "./target.ts";

/** Maximum number of concurrent evictions. */
const CONCURRENCY = 5;
/**
 * Delay between attempts at an eviction that a disruption budget prevents, and between checks of remaining pods, in
 * milliseconds.
 */
const RETRY_DELAY = 1000;

/** Drains the node of the alert's pod. */
export const action: Action = podAction({
  name: "kubernetes:drain",
  about:
    "Drains the node of the alert's pod: evicts pods if their disruption budgets allow eviction. `kubernetes:uncordon` uncordons the node.",
  example: `min_healthy_replicas: 50%
ignore_daemonsets: true
max_wait_period: 60`,
  continues: true,
  repeatable: true,
  skipsFailed: true,
  undoneBy: "kubernetes:uncordon",
  ofNode: () => true,
  parameters: {
    cordon: flagParameter("Cordon the node first.", true),
    min_healthy_replicas: minHealthyReplicas,
    ...skipParameters,
    ignore_errors: flagParameter("Succeed even if some pods could not be evicted.", false),
    max_wait_period: numberParameter(
      "Seconds to wait for evicted pods and to retry evictions that a disruption budget prevents; 0: do not wait.",
      0,
      [0, 86_400],
    ),
    wait_period_excluded_namespaces: textsParameter(
      "Namespaces whose pods are evicted without retries and without waiting.",
      [],
    ),
  },
  grants: [
    { ...getPods, verbs: ["get", "list"] },
    { group: "", resource: "pods/eviction", verbs: ["create"] },
    changeNodes,
    ...getReplicated,
  ],
  async act(pod, task) {
    const { node } = pod;
    if (node === "") return { outcome: "skipped", reason: `${podText(pod)} is not scheduled to a node` };
    if (flagIn(task.parameters, "cordon")) await cordonNode(task, pod);
    const deadline = performance.now() + numberIn(task.parameters, "max_wait_period") * 1000;
    const tally = await drain(await podsOn(node, task), deadline, task);
    return resultOf(node, tally, task);
  },
});

interface Tally {
  evicted: number;
  skipped: number;
  /** Pods that were not evicted because of a disruption budget, or because the action was aborted. */
  kept: readonly Pod[];
  /** Evicted pods that did not terminate in the wait period. */
  lingering: readonly Pod[];
  readonly errors: string[];
}

async function drain(pods: readonly Pod[], deadline: number, task: Task): Promise<Tally> {
  const { signal, parameters } = task;
  const tally: Tally = { evicted: 0, skipped: 0, kept: [], lingering: [], errors: [] };
  const excluded = textsIn(parameters, "wait_period_excluded_namespaces");
  const isAwaited = (pod: Pod): boolean => !excluded.includes(pod.namespace);
  const isLeft = (): boolean => !signal.aborted && performance.now() < deadline;
  const leaving: Pod[] = [];
  let asked = pods;
  for (let round = 0; asked.length > 0 && (round === 0 || isLeft()); round++) {
    if (round > 0) await pause(signal);
    const kept: Pod[] = [];
    await inTurns(asked, async (pod) => {
      const outcome = signal.aborted ? "kept" : await evict(pod, task, tally);
      if (outcome === "evicted") leaving.push(pod);
      if (outcome === "kept") kept.push(pod);
    });
    tally.kept = [...tally.kept, ...kept.filter((pod) => !isAwaited(pod))];
    asked = kept.filter(isAwaited);
  }
  tally.kept = [...tally.kept, ...asked];
  tally.evicted = leaving.length;
  let lingering = numberIn(parameters, "max_wait_period") === 0 ? [] : leaving.filter(isAwaited);
  for (let [first] = lingering; first !== undefined; [first] = lingering) {
    const there = new Set((await podsOn(first.node, task)).map(({ uid }) => uid));
    lingering = lingering.filter(({ uid }) => there.has(uid));
    if (!isLeft()) break;
    if (lingering.length > 0) await pause(signal);
  }
  tally.lingering = lingering;
  return tally;
}

async function evict(pod: Pod, task: Task, tally: Tally): Promise<"evicted" | "kept" | "none"> {
  const { cluster, parameters, signal } = task;
  try {
    const why =
      (task.isProtected(pod.namespace) ? "its namespace is protected" : whySkipped(pod, parameters)) ??
      (await tooFewHealthy(cluster, pod, textIn(parameters, "min_healthy_replicas"), signal));
    if (why !== undefined) {
      tally.skipped++;
      return "none";
    }
    await cluster.request({
      method: "POST",
      path: podPath(pod, "eviction"),
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { namespace: pod.namespace, name: pod.name },
        deleteOptions: { preconditions: { uid: pod.uid } },
      },
      isFinal: true,
      signal,
    });
    return "evicted";
  } catch (error) {
    if (isStatus(error, 404, 409)) return "none"; // the pod is gone or was replaced
    if (isStatus(error, 429)) return "kept";
    tally.errors.push(`${podText(pod)}: ${error instanceof Error ? error.message : "it failed"}`);
    return "none";
  }
}

function resultOf(node: string, { evicted, skipped, kept, lingering, errors }: Tally, task: Task): ActionResult {
  const parts = [
    `evicted ${evicted} ${evicted === 1 ? "pod" : "pods"}`,
    skipped > 0 && `${skipped} not evicted`,
    kept.length > 0 && `${kept.length} blocked by disruption budgets (${names(kept)})`,
    lingering.length > 0 && `${lingering.length} not terminated in time (${names(lingering)})`,
    errors.length > 0 && `${errors.length} failed (${errors[0]})`,
  ].filter((part) => part !== false);
  const sentence = `node ${node}: ${parts.join(", ")}`;
  const isWhole = kept.length + lingering.length + errors.length === 0;
  return isWhole || flagIn(task.parameters, "ignore_errors")
    ? { outcome: "done", answer: sentence }
    : { outcome: "failed", reason: sentence };
}

/** Returns the names of the first five pods. */
function names(pods: readonly Pod[]): string {
  const shown = pods.slice(0, 5).map(({ namespace, name }) => `${namespace}/${name}`);
  return pods.length > shown.length ? `${shown.join(", ")}, …` : shown.join(", ");
}

async function podsOn(node: string, { cluster, request, signal }: Task): Promise<Pod[]> {
  const pods: Pod[] = [];
  const call = { path: ["api", "v1", "pods"], query: { fieldSelector: `spec.nodeName=${node}` }, signal };
  for await (const page of listPages(cluster.request, call))
    pods.push(...listOf(page.items).map((facts) => podFrom(facts, request.alert.time)));
  return pods;
}

async function inTurns<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const each of left) await work(each);
    }),
  );
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(RETRY_DELAY, undefined, { signal, ref: false }).catch(() => undefined);
}

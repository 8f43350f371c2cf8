import { type JournalAlert, plainValue } from "../../alert/entry.ts";
import type { AlertQuery } from "../../query/ast.ts";
import { everything, type Filter } from "../filter/filter.ts";
import type { TimelineEntry } from "./store.ts";

/** Duration of the period, before or after an alert, in which related alerts are expected, in nanoseconds. */
const SPAN = 600_000_000_000n;
/** Duration of the period to search in the other direction because of clock skew, in nanoseconds. */
const CLOSE = 60_000_000_000n;

const POD = "k8s.pod.name";
const NAMESPACE = "k8s.ns.name";
/** Pods of several clusters in one store may have the same name. */
const CLUSTER = "cluster.name";

/** A search for alerts about audit events and system calls of one pod. */
export interface PodRelation {
  readonly relation: TimelineEntry["relation"];
  readonly filter: Filter;
}

/**
 * Searches that join audit events with system calls:
 * - for an alert about a process in a pod: requests about the pod, and requests from the pod;
 * - for an alert about a request: processes in the pod of the request, and in the pod that sent it.
 */
export function podRelations(alert: JournalAlert): readonly PodRelation[] {
  const field = fieldReader(alert);
  const { time } = alert;
  const relations: PodRelation[] = [];
  const cluster = field(CLUSTER);
  const inCluster: readonly AlertQuery[] = cluster === "" ? [] : [sameOrMissing(CLUSTER, cluster)];
  const add = (relation: TimelineEntry["relation"], since: bigint, until: bigint, ...own: AlertQuery[]): void => {
    const parts = [...own, ...inCluster];
    relations.push({ relation, filter: { ...everything, condition: { kind: "and", parts }, since, until } });
  };
  const [pod, namespace] = [field(POD), field(NAMESPACE)];
  if (pod !== "" && namespace !== "") {
    const began = startOf(field("k8s.exec.time")) ?? time;
    add("request", began - SPAN, time + CLOSE, same("ka.target.name", pod), same("ka.target.namespace", namespace));
    add("call", time - SPAN, time + CLOSE, same("ka.user.pod.name", pod), same("ka.user.pod.namespace", namespace));
  }
  const target = [field("ka.target.name"), field("ka.target.namespace")] as const;
  const caller = [field("ka.user.pod.name"), field("ka.user.pod.namespace")] as const;
  if (!target.includes("")) add("pod", time - CLOSE, time + SPAN, same(POD, target[0]), same(NAMESPACE, target[1]));
  if (!caller.includes("")) add("pod", time - SPAN, time + CLOSE, same(POD, caller[0]), same(NAMESPACE, caller[1]));
  return relations;
}

/**
 * Rank of a relation when a timeline is truncated. Requests rank first, so that they are kept regardless of the number
 * of alerts about the process.
 */
export function rankOf(relation: TimelineEntry["relation"]): number {
  return relation === "request" ? 0 : 1;
}

/** Reads fields of an alert; "" if missing. */
export function fieldReader({ names, values }: Pick<JournalAlert, "names" | "values">): (name: string) => string {
  return (name) => plainValue(values[names.indexOf(name)]) ?? "";
}

function startOf(text: string): bigint | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : BigInt(time) * 1_000_000n;
}

function same(name: string, value: string): AlertQuery {
  return { kind: "test", name, operator: "=", values: [value] };
}

function sameOrMissing(name: string, value: string): AlertQuery {
  const exists: AlertQuery = { kind: "test", name, operator: "exists", values: [] };
  return { kind: "or", parts: [same(name, value), { kind: "not", part: exists }] };
}

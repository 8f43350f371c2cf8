import { type ObjectName, short } from "../../posture/finding.ts";
import { type Priority, priorities } from "../../rule/rule.ts";
import { filterOf } from "../filter/filter.ts";
import type { Store, StoredAlert } from "../store/store.ts";

/** A change to an object, reported by an alert. */
export interface AuditedChange {
  /** Time of the change, in milliseconds since the epoch. */
  readonly time: number;
  readonly user: string;
  /** The ID of the alert. */
  readonly id: string;
  readonly rule: string;
  readonly priority: Priority;
}

/** Changes to objects, from alerts about audit events. */
export interface Changes {
  /**
   * The change that most likely caused a finding: the first of the most severe alerts about any of the objects.
   * @param since creation time of the object in milliseconds; excludes changes to an earlier object with the same name
   */
  of(objects: readonly ObjectName[], since: number): AuditedChange | undefined;
  /** Whether all alerts were searched. */
  readonly isComplete: boolean;
}

/** Maximum number of alerts to search, newest first, and maximum number of alerts to keep per object, oldest first. */
const MOST_ALERTS = 50_000;
const MOST_OF_OBJECT = 50;
const PAGE = 1000;
/** Maximum duration of the search and maximum clock skew, in milliseconds. */
const TIME_LIMIT = 3000;
const SLACK = 60_000;

/**
 * Finds the changes to objects in the alerts of a store, in bounded time.
 * @param wanted creation times in milliseconds by object key; 0 if unknown
 */
export async function findChanges(store: Store, wanted: ReadonlyMap<string, number>): Promise<Changes> {
  const found = new Map<string, AuditedChange[]>();
  const filter = filterOf({ query: "ka.user.name exists" }, store.isField);
  const end = performance.now() + TIME_LIMIT;
  let cursor: string | undefined;
  let isComplete = false;
  for (let seen = 0; seen < MOST_ALERTS && performance.now() < end; ) {
    const page = await store.list(filter, { order: "newest", limit: PAGE, ...(cursor !== undefined && { cursor }) });
    for (const alert of page.alerts) {
      const key = changedObject(alert);
      const since = key === undefined ? undefined : wanted.get(key);
      const time = Date.parse(alert.time);
      if (key === undefined || since === undefined || time < since - SLACK) continue;
      const there = found.get(key) ?? [];
      if (there.length >= MOST_OF_OBJECT) there.shift(); // drops the newest alert of the object
      const { id, rule, priority } = alert;
      there.push({ time, user: short(textOf(alert, "ka.user.name")), id, rule, priority });
      found.set(key, there);
    }
    seen += Math.max(1, page.alerts.length);
    if (page.next === null) {
      isComplete = true;
      break;
    }
    cursor = page.next;
    await new Promise((resolve) => setTimeout(resolve)); // lets other requests run
  }
  return {
    isComplete,
    of(objects, since) {
      const all = objects
        .flatMap((object) => found.get(objectKey(object)) ?? [])
        .filter(({ time }) => time >= since - SLACK);
      return all.sort((one, other) => severityOf(one) - severityOf(other) || one.time - other.time)[0];
    },
  };
}

/** API resources by kind, for the kinds in findings. */
const resourceOf: Readonly<Record<string, string>> = {
  Pod: "pods",
  Deployment: "deployments",
  ReplicaSet: "replicasets",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
  Job: "jobs",
  CronJob: "cronjobs",
  ReplicationController: "replicationcontrollers",
  Service: "services",
  Ingress: "ingresses",
  Role: "roles",
  ClusterRole: "clusterroles",
  RoleBinding: "rolebindings",
  ClusterRoleBinding: "clusterrolebindings",
};

/** The key of an object: equal to the key that {@link changedObject} returns for an alert about the object. */
export function objectKey({ kind, namespace, name }: ObjectName): string {
  return JSON.stringify([Object.hasOwn(resourceOf, kind) ? resourceOf[kind] : kind, namespace, name]);
}

const CHANGES: readonly string[] = ["", "create", "update", "patch"];
/** Field that identifies alerts about rejected requests, which do not always include the response code. */
const ERROR = "json.value[/responseStatus/message]";

/**
 * The key of the object that an alert reports as changed; undefined if the alert does not report a change, or reports a
 * rejected request.
 */
function changedObject(alert: StoredAlert): string | undefined {
  const text = (name: string): string => textOf(alert, name);
  const code = text("ka.response.code");
  const subresource = text("ka.target.subresource");
  // The content of received alerts is not verified.
  if (alert.received || !CHANGES.includes(text("ka.verb")) || (code !== "" && !code.startsWith("2"))) return undefined;
  if (subresource !== "" && subresource !== "ephemeralcontainers") return undefined;
  if (ERROR in alert.fields) return undefined;
  const resource = text("ka.target.resource") || resourceOfFields(Object.keys(alert.fields));
  const name = text("ka.resp.name") || text("ka.target.name");
  return resource === "" || name === "" ? undefined : JSON.stringify([resource, text("ka.target.namespace"), name]);
}

/** The resource of an alert without `ka.target.resource`, derived from the names of the alert's fields. */
function resourceOfFields(names: readonly string[]): string {
  if (names.some((name) => name.startsWith("ka.req.pod."))) return "pods";
  return names.some((name) => name.startsWith("ka.req.service.")) ? "services" : "";
}

function textOf({ fields }: StoredAlert, name: string): string {
  const value = fields[name];
  const text = typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
  return text === "<NA>" ? "" : text;
}

function severityOf({ priority }: AuditedChange): number {
  return priorities.indexOf(priority);
}

import { type Finding as Found, type ObjectName, type Severity, severities } from "../../posture/finding.ts";
import { type Category, type FindingKind, kindNames, kinds } from "../../posture/kinds.ts";
import { type Resource, resources } from "../../posture/permissions.ts";
import type { Look, Reading } from "../../posture/reading.ts";
import { badRequest } from "../api-error.ts";
import type { Change, Finding, KindCount, Posture } from "../schemas/posture.ts";
import type { Paging, Store } from "../store/store.ts";
import { type Changes, findChanges, objectKey } from "./changes.ts";

/** A selection of findings; all conditions must match. */
export interface FindingFilter {
  readonly kind?: FindingKind;
  readonly category?: Category;
  /** The minimum severity. */
  readonly severity?: Severity;
  readonly namespace?: string;
  /** Words in the text of a finding. */
  readonly text?: string;
}

const MOST_NAMESPACES = 500;
const SOME_ALERTS = "Only the newest alerts are searched for changes, because the journal contains too many alerts.";

const absent: Posture = {
  ...{ state: "absent", reason: null, server: "", read: null, workloads: "none", node: null, pods: 0, findings: [] },
  ...{ total: 0, next: null, counts: [], namespaces: [], leftOut: 0, missing: [], notes: [] },
};

/** A page of the findings that match a filter, and the scope of the posture. @throws ApiError for an invalid cursor */
export async function postureAnswer(look: Look, filter: FindingFilter, page: Paging, store: Store): Promise<Posture> {
  if ("absent" in look) return { ...absent, reason: look.absent };
  const { reading, isReading, stale } = look;
  const { findings, workloads, ended } = reading;
  const matching = findings.filter(matcher(filter));
  const from = offsetOf(page.cursor);
  const shown = matching.slice(from, from + page.limit);
  const changes = ended === undefined ? undefined : await changesOf(reading, store);
  return {
    state: isReading ? "reading" : "read",
    reason: null,
    server: reading.server,
    read: ended === undefined ? null : new Date(ended).toISOString(),
    workloads: workloads === undefined ? "none" : workloads === "cluster" ? "cluster" : "node",
    node: typeof workloads === "object" ? workloads.node : null,
    pods: reading.pods,
    findings: shown.map((finding) => stated(finding, changes)),
    total: matching.length,
    next: from + page.limit < matching.length ? String(from + page.limit) : null,
    counts: countsOf(findings),
    namespaces: [...new Set(findings.map(({ object }) => object.namespace))]
      .filter((name) => name !== "")
      .sort()
      .slice(0, MOST_NAMESPACES),
    leftOut: reading.leftOut,
    missing: reading.refused.map(missingOf),
    notes: [
      ...(stale === undefined ? [] : [`The posture could not be read again: ${stale}`]),
      ...reading.notes,
      ...(changes?.isComplete === false ? [SOME_ALERTS] : []),
    ],
  };
}

function missingOf(resource: Resource): { readonly permission: string; readonly hides: string } {
  const { permission, hides } = resources[resource];
  return { permission, hides };
}

function matcher({ kind, category, severity, namespace, text = "" }: FindingFilter): (finding: Found) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const least = severity === undefined ? severities.length : severities.indexOf(severity);
  return (finding) => {
    const { object, container, detail } = finding;
    if (kind !== undefined && finding.kind !== kind) return false;
    if (category !== undefined && kinds[finding.kind].category !== category) return false;
    if (severities.indexOf(finding.severity) > least) return false;
    if (namespace !== undefined && object.namespace !== namespace) return false;
    if (words.length === 0) return true;
    const { what } = kinds[finding.kind];
    const searched = `${what} ${object.kind} ${object.namespace}/${object.name} ${container} ${detail}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  };
}

function countsOf(findings: readonly Found[]): KindCount[] {
  const counts = new Map<FindingKind, number>();
  for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return kindNames.flatMap((kind) => {
    const count = counts.get(kind);
    const { category, what } = kinds[kind];
    return count === undefined ? [] : [{ kind, category, what, findings: count }];
  });
}

function stated(finding: Found, changes: Changes | undefined): Finding {
  const { kind, severity, object, container, detail, pods, since } = finding;
  const { category, what, why } = kinds[kind];
  return {
    ...{ kind, category, severity, what, why, object, container, detail, pods },
    since: since === 0 ? null : new Date(since).toISOString(),
    change: changeOf(finding, changes),
  };
}

function changeOf(finding: Found, changes: Changes | undefined): Change | null {
  const { written } = finding;
  const audited = changes?.of(objectsOf(finding), creationOf(finding));
  if (audited !== undefined) {
    const { time, user, id, rule } = audited;
    return { time: new Date(time).toISOString(), user: user || null, tool: null, alert: id, rule };
  }
  if (written === undefined) return null;
  return {
    time: new Date(written.time).toISOString(),
    user: null,
    tool: written.tool || null,
    alert: null,
    rule: null,
  };
}

/** The objects whose changes may have caused a finding. */
function objectsOf({ object, related }: Found): readonly ObjectName[] {
  return [object, ...related];
}

/**
 * Creation time of the object. 0 for a workload, because only the creation times of its pods are known, and pods are
 * created after their workload.
 */
function creationOf({ object, pods, since }: Found): number {
  return pods === 0 || object.kind === "Pod" ? since : 0;
}

/** The objects of findings by key, with the earliest creation time. */
function wantedOf(findings: readonly Found[]): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  for (const finding of findings) {
    const since = creationOf(finding);
    for (const key of objectsOf(finding).map(objectKey)) wanted.set(key, Math.min(since, wanted.get(key) ?? since));
  }
  return wanted;
}

/**
 * The changes that were found for each reading of the cluster. All pages with findings of a reading share one search of
 * the alerts.
 */
const known = new WeakMap<Reading, Promise<Changes>>();

async function changesOf(reading: Reading, store: Store): Promise<Changes | undefined> {
  let changes = known.get(reading);
  if (changes === undefined) {
    changes = findChanges(store, wantedOf(reading.findings));
    known.set(reading, changes);
  }
  try {
    return await changes;
  } catch {
    known.delete(reading); // the store is currently unavailable
    return undefined;
  }
}

/** @throws ApiError */
function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,7}$/.test(cursor)) throw badRequest("The cursor is invalid.");
  return Number(cursor);
}

import { compare, type Finding, keyOf, type Severity, severities } from "./finding.ts";

/** Maximum findings that are kept. */
export interface CollectorLimits {
  readonly all: number;
  /** Of a namespace and severity, so that findings of one namespace do not displace those of others. */
  readonly ofNamespace: number;
  /** Of an object, a kind and a severity: containers of a pod, subjects of a binding. */
  readonly ofObject: number;
}

const usualLimits: CollectorLimits = { all: 10_000, ofNamespace: 1000, ofObject: 50 };

/** Findings, bounded: the most severe are kept. Those of the pods of a workload are one. */
export interface Collector {
  add(finding: Finding): void;
  /** The most severe first. */
  findings(): readonly Finding[];
  /** Findings that are not kept; those of further pods of one workload count each. */
  readonly leftOut: number;
}

export function openCollector(limits: CollectorLimits = usualLimits): Collector {
  const kept = new Map<Severity, Map<string, Finding>>(severities.map((severity) => [severity, new Map()]));
  /** Number of findings by place: a namespace, or an object and a kind. */
  const counts = new Map<string, number>();
  let size = 0;
  let leftOut = 0;

  const count = (finding: Finding, change: 1 | -1): void => {
    size += change;
    for (const place of [namespaceOf(finding), objectOf(finding)]) {
      const now = (counts.get(place) ?? 0) + change;
      if (now > 0) counts.set(place, now);
      else counts.delete(place);
    }
  };

  const isCrowded = (finding: Finding): boolean =>
    (counts.get(namespaceOf(finding)) ?? 0) >= limits.ofNamespace ||
    (counts.get(objectOf(finding)) ?? 0) >= limits.ofObject;

  /** Removes a less severe finding. @returns whether there was one */
  function makeRoom(severity: Severity): boolean {
    for (const lower of severities.slice(severities.indexOf(severity) + 1).reverse()) {
      const there = kept.get(lower);
      const [first] = there ?? [];
      if (there === undefined || first === undefined) continue;
      there.delete(first[0]);
      count(first[1], -1);
      leftOut++;
      return true;
    }
    return false;
  }

  return {
    add(finding) {
      const there = kept.get(finding.severity);
      const key = keyOf(finding);
      const before = there?.get(key);
      if (before !== undefined) return void there?.set(key, merged(before, finding));
      if (isCrowded(finding) || (size >= limits.all && !makeRoom(finding.severity))) {
        leftOut++;
        return;
      }
      there?.set(key, finding);
      count(finding, 1);
    },
    findings: () => [...kept.values()].flatMap((each) => [...each.values()]).sort(compare),
    get leftOut() {
      return leftOut;
    },
  };
}

function namespaceOf({ severity, object }: Finding): string {
  return `${severity} ${object.namespace}`;
}

function objectOf({ severity, kind, object }: Finding): string {
  return JSON.stringify([severity, kind, object.kind, object.namespace, object.name]);
}

/** Pods of a workload whose names are kept, to find who created them. */
const MOST_RELATED = 5;

function merged(one: Finding, other: Finding): Finding {
  const known = [one.since, other.since].filter((since) => since > 0);
  const since = known.length === 0 ? 0 : Math.min(...known);
  const related = [...one.related, ...other.related].slice(0, MOST_RELATED);
  return { ...one, since, related, pods: one.pods + other.pods };
}

import { compare, type Finding, keyOf, type Severity, severities } from "./finding.ts";

/** Maximum numbers of findings. */
export interface CollectorLimits {
  /** Maximum number in total. */
  readonly all: number;
  /**
   * Maximum number per namespace and severity, so that findings in one namespace do not displace findings in other
   * namespaces.
   */
  readonly ofNamespace: number;
  /**
   * Maximum number per object, kind of finding and severity, for example for the containers of a pod or the subjects of
   * a binding.
   */
  readonly ofObject: number;
}

const usualLimits: CollectorLimits = { all: 10_000, ofNamespace: 1000, ofObject: 50 };

/**
 * Collects a limited number of findings. If there are too many findings, keeps the most severe findings. Merges
 * findings about pods of the same workload.
 */
export interface Collector {
  add(finding: Finding): void;
  /** The findings, most severe first. */
  findings(): readonly Finding[];
  /**
   * Number of findings that were not kept. A finding about several pods of a workload counts once for each pod, but
   * only once if a more severe finding replaced it.
   */
  readonly leftOut: number;
}

export function openCollector(limits: CollectorLimits = usualLimits): Collector {
  const kept = new Map<Severity, Map<string, Finding>>(severities.map((severity) => [severity, new Map()]));
  /** Number of findings by severity and namespace, and by severity, kind and object. */
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

  /** Removes a less severe finding. @returns false if there is no less severe finding */
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

/** Maximum number of pod names per finding. The names are used to find out who created the pods. */
const MOST_RELATED = 5;

function merged(one: Finding, other: Finding): Finding {
  const known = [one.since, other.since].filter((since) => since > 0);
  const since = known.length === 0 ? 0 : Math.min(...known);
  const related = [...one.related, ...other.related].slice(0, MOST_RELATED);
  return { ...one, since, related, pods: one.pods + other.pods };
}

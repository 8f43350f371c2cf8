import { compare, type Finding, keyOf, type Severity, severities } from "./finding.ts";

/** Maximum findings that are kept: of all namespaces, and of one namespace and severity, so that none displaces those of others. */
export const MOST = 10_000;
export const MOST_OF_NAMESPACE = 1000;

/** Findings, bounded: the most severe are kept. Those of the pods of a workload are one. */
export interface Collector {
  add(finding: Finding): void;
  /** The most severe first. */
  findings(): readonly Finding[];
  /** Findings that are not kept; those of further pods of one workload count each. */
  readonly leftOut: number;
}

export function openCollector(most = MOST, mostOfNamespace = MOST_OF_NAMESPACE): Collector {
  const kept = new Map<Severity, Map<string, Finding>>(severities.map((severity) => [severity, new Map()]));
  const ofNamespace = new Map<string, number>();
  let size = 0;
  let leftOut = 0;

  const placeOf = ({ severity, object }: Finding): string => `${severity} ${object.namespace}`;
  const count = (finding: Finding, change: number): void => {
    size += change;
    const place = placeOf(finding);
    const now = (ofNamespace.get(place) ?? 0) + change;
    if (now > 0) ofNamespace.set(place, now);
    else ofNamespace.delete(place);
  };

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
      const isCrowded = (ofNamespace.get(placeOf(finding)) ?? 0) >= mostOfNamespace;
      if (isCrowded || (size >= most && !makeRoom(finding.severity))) {
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

/** Pods of a workload whose names are kept, to look up who created them. */
const MOST_RELATED = 5;

function merged(one: Finding, other: Finding): Finding {
  const since =
    one.since === 0 || other.since === 0 ? Math.max(one.since, other.since) : Math.min(one.since, other.since);
  const related = [...one.related, ...other.related].slice(0, MOST_RELATED);
  return { ...one, since, related, pods: one.pods + other.pods };
}

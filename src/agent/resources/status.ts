import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import { factsOf, listOf, numberOf, textOf } from "../../transport/json.ts";
import { digestOf, REPORT_EVERY } from "./report.ts";

/** The report of a node. */
export interface NodeReport {
  /** Name of the report. */
  readonly name: string;
  readonly node: string;
  /** Time of the report, in milliseconds since the epoch. */
  readonly time: number;
  /** Digest of the resources that the node has loaded or rejected. */
  readonly digest: string;
  /** Reasons for rejections, by the name of the resource. */
  readonly failed: ReadonlyMap<string, string>;
  /** Whether more resources were rejected. */
  readonly isPartial: boolean;
}

/** Numbers of nodes. Nodes that have not reported the current version of a resource count only in `total`. */
export interface NodeCounts {
  readonly loaded: number;
  readonly failed: number;
  readonly total: number;
  /** The name of a node that has rejected the resource, with the reason; empty if no node has rejected it. */
  readonly reason: string;
}

/** Maximum number of remembered sets of resources, which are needed to interpret reports of nodes that are behind. */
const MOST_SETS = 100;
/** Age after which a report is ignored, in milliseconds. */
const STALE = 3 * REPORT_EVERY;

/** Reads a report; returns undefined if the report is invalid. */
export function reportFrom(object: unknown): NodeReport | undefined {
  const { metadata, node, time, digest, failed, omitted } = factsOf(object);
  const name = textOf(factsOf(metadata).name);
  const at = Date.parse(textOf(time));
  if (name === "" || textOf(digest) === "" || Number.isNaN(at)) return undefined;
  const reasons = listOf(failed).map((each): [string, string] => [textOf(each.name), textOf(each.message)]);
  return {
    ...{ name, node: textOf(node), time: at, digest: textOf(digest), failed: new Map(reasons) },
    isPartial: (numberOf(omitted) ?? 0) > 0,
  };
}

/** Reports with the same digest. */
interface Group {
  /** Number of nodes whose reports list all rejected resources. */
  complete: number;
  readonly failed: Map<string, { nodes: number; reason: string }>;
}

/** Counts the nodes on which each resource is loaded or rejected. */
export class NodeCounter {
  /** Sets of resources by digest. Each set maps names of resources to versions. */
  private readonly sets = new Map<string, ReadonlyMap<string, string>>();

  /**
   * Remembers a set of resources. Nodes that have loaded an earlier set have also loaded the resources that are
   * unchanged since.
   */
  remember(resources: readonly RuleResource[]): void {
    const digest = digestOf(resources);
    this.sets.delete(digest); // the newest set is last
    this.sets.set(digest, new Map(resources.map((each) => [each.name, versionOf(each)])));
    for (const oldest of this.sets.keys()) {
      if (this.sets.size <= MOST_SETS) break;
      this.sets.delete(oldest);
    }
  }

  /** Returns the counts for each of these resources. */
  count(resources: readonly RuleResource[], reports: Iterable<NodeReport>, now: number): Map<RuleResource, NodeCounts> {
    const groups = new Map<string, Group>();
    let total = 0;
    for (const report of reports) {
      if (now - report.time > STALE || report.time - now > STALE) continue;
      total++;
      const group: Group = groups.get(report.digest) ?? { complete: 0, failed: new Map() };
      groups.set(report.digest, group);
      if (!report.isPartial) group.complete++;
      for (const [name, reason] of report.failed) {
        const known = group.failed.get(name);
        if (known === undefined) group.failed.set(name, { nodes: 1, reason: `${report.node}: ${reason}` });
        else known.nodes++;
      }
    }
    const known = [...groups].flatMap(([digest, group]) => {
      const set = this.sets.get(digest);
      return set === undefined ? [] : [{ set, group }];
    });
    return new Map(resources.map((resource) => [resource, countsOf(resource, known, total)]));
  }
}

function countsOf(
  resource: RuleResource,
  known: readonly { readonly set: ReadonlyMap<string, string>; readonly group: Group }[],
  total: number,
): NodeCounts {
  let [loaded, failed, reason] = [0, 0, ""];
  for (const { set, group } of known) {
    if (set.get(resource.name) !== versionOf(resource)) continue;
    const rejections = group.failed.get(resource.name);
    failed += rejections?.nodes ?? 0;
    loaded += Math.max(0, group.complete - (rejections?.nodes ?? 0));
    if (rejections !== undefined && (reason === "" || rejections.reason < reason)) reason = rejections.reason;
  }
  return { loaded, failed, total, reason };
}

function versionOf({ uid, generation }: RuleResource): string {
  return `${uid} ${generation}`;
}

/** The part of a status that depends on a resource and its counts, without times. */
export interface StatusFacts {
  readonly accepted: boolean;
  readonly reason: string;
  readonly message: string;
  readonly nodes: Pick<NodeCounts, "loaded" | "failed" | "total">;
}

/** Maximum length of a message in a status, in characters. */
const LONGEST_MESSAGE = 2000;

/** @param rejection reason why this process has rejected the resource; undefined if the resource is loaded */
export function statusFacts({ loaded, failed, total, reason }: NodeCounts, rejection: string | undefined): StatusFacts {
  const nodes = { loaded, failed, total };
  const cut = (text: string): string => text.slice(0, LONGEST_MESSAGE).toWellFormed();
  if (rejection !== undefined) return { accepted: false, reason: "Invalid", message: cut(rejection), nodes };
  if (failed > 0) return { accepted: false, reason: "RejectedByNodes", message: cut(reason), nodes };
  return { accepted: true, reason: "Valid", message: "The rules are valid.", nodes };
}

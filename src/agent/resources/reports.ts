import type { Collection } from "../../context/kubernetes/watch.ts";
import { fromByteString } from "../../event/bytes.ts";
import type { JsonObject } from "../../event/document.ts";
import { type NodeReport, reportFrom } from "./status.ts";

/** Maximum number of reports. A cluster has at most 5,000 nodes, according to Kubernetes' documentation. */
const MOST = 20_000;

/** The reports of nodes, which a watch keeps up to date. */
export interface Reports extends Collection {
  all(): Iterable<NodeReport>;
}

/** @param changed called after each change */
export function trackReports(changed: () => void): Reports {
  let known = new Map<string, NodeReport>();
  const put = (into: Map<string, NodeReport>, item: JsonObject): void => {
    const report = reportFrom(item);
    if (report === undefined || (into.size >= MOST && !into.has(report.name))) return;
    const reasons = [...report.failed].map(([name, reason]): [string, string] => [name, fromByteString(reason)]);
    into.set(report.name, { ...report, failed: new Map(reasons) });
  };
  return {
    get size() {
      return known.size;
    },
    all: () => known.values(),
    take(item) {
      put(known, item);
      changed();
    },
    remove(item) {
      const report = reportFrom(item);
      if (report !== undefined && known.delete(report.name)) changed();
    },
    relist() {
      const listed = new Map<string, NodeReport>();
      return {
        take: (item) => put(listed, item),
        done() {
          known = listed;
          changed();
        },
      };
    },
  };
}

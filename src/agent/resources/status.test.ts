import { expect, test } from "vitest";
import type { RuleResource } from "../../context/kubernetes/rule-resources.ts";
import type { RejectedResource } from "./isolate.ts";
import { digestOf, REPORT_EVERY, REPORT_LIMITS, reportOf } from "./report.ts";
import { trackReports } from "./reports.ts";
import { NodeCounter, type NodeReport, reportFrom, statusFacts } from "./status.ts";
import { statusOf } from "./status-writer.ts";

const NOW = Date.parse("2026-01-14T12:00:00Z");
const resource = (name: string, generation = 1): RuleResource => ({
  ...{ name, uid: `uid-${name}`, generation, order: 0, text: "" },
});

/** The report of a node, as received from the API server. */
function report(node: string, wanted: readonly RuleResource[], failed: readonly string[] = [], time = NOW): NodeReport {
  const rejected = failed.map((name): RejectedResource => ({ resource: resource(name), reason: `${name}: wrong` }));
  const object = reportOf(
    { wanted, inUse: [], rejected },
    { namespace: "eyas", node, environment: {} },
    new Date(time),
  );
  const read = reportFrom(object);
  if (read === undefined) throw new Error("the report is invalid");
  return read;
}

/** Counts after remembering these sets of resources: `loaded/failed/total` by name, for the last set. */
function counts(sets: readonly (readonly RuleResource[])[], reports: readonly NodeReport[]) {
  const counter = new NodeCounter();
  for (const set of sets) counter.remember(set);
  const found = counter.count(sets.at(-1) ?? [], reports, NOW);
  return Object.fromEntries(
    [...found].map(([{ name }, { loaded, failed, total }]) => [name, `${loaded}/${failed}/${total}`]),
  );
}

test("nodes count as loaded or failed for each resource", () => {
  const set = [resource("a"), resource("b")];
  expect(counts([set], [report("n1", set), report("n2", set, ["b"]), report("n3", set)])).toEqual({
    a: "3/0/3",
    b: "2/1/3",
  });
});

test("nodes that are behind count for the resources that have not changed since", () => {
  const [before, now] = [
    [resource("a"), resource("b")],
    [resource("a"), resource("b", 2)],
  ];
  expect(counts([before, now], [report("n1", before), report("n2", now)])).toEqual({ a: "2/0/2", b: "1/0/2" });
});

test("nodes with an unknown set count only in the total", () => {
  const set = [resource("a")];
  expect(counts([set], [report("n1", [resource("a"), resource("z")]), report("n2", set)])).toEqual({ a: "1/0/2" });
});

test("a resource that was created again is a different resource", () => {
  const before = [{ ...resource("a"), uid: "other" }];
  expect(counts([before, [resource("a")]], [report("n1", before)])).toEqual({ a: "0/0/1" });
});

test("old reports and reports from the future are ignored", () => {
  const set = [resource("a")];
  const reports = [-4, -2, 0, 4].map((intervals, i) => report(`n${i}`, set, [], NOW + intervals * REPORT_EVERY));
  expect(counts([set], reports)).toEqual({ a: "2/0/2" });
});

test("if a node cannot list all rejected resources, no resource counts as loaded on the node", () => {
  const names = Array.from({ length: REPORT_LIMITS.failed + 1 }, (_, i) => `r${i}`);
  const set = names.map((name) => resource(name));
  const found = counts([set], [report("n1", set, names), report("n2", set)]);
  expect([found.r0, found[`r${REPORT_LIMITS.failed}`]]).toEqual(["0/1/2", "1/0/2"]);
});

test("the size of a report does not depend on the number of resources", () => {
  const size = (count: number): number => {
    const wanted = Array.from({ length: count }, (_, i) => resource(`r${i}`));
    const options = { namespace: "eyas", node: "n1", environment: {} };
    return JSON.stringify(reportOf({ wanted, inUse: wanted, rejected: [] }, options, new Date(NOW))).length;
  };
  expect(size(1000)).toBe(size(1));
});

test("a report is deleted with its pod, and reasons are on one line", () => {
  const environment = { POD_NAME: "eyas-x", POD_UID: "uid" };
  const rejected = [{ resource: resource("a"), reason: "x\n\u001b[31my".padEnd(2000, "z") }];
  const object = reportOf(
    { wanted: [], inUse: [], rejected },
    { namespace: "ns", node: "n1", environment },
    new Date(NOW),
  );
  expect(object).toMatchObject({
    metadata: { name: "eyas-x", namespace: "ns", ownerReferences: [{ kind: "Pod", name: "eyas-x", uid: "uid" }] },
    node: "n1",
    failed: [{ name: "a", message: expect.stringMatching(/^x \[31myz{480,}…$/) }],
  });
});

test("the digest does not depend on the order of resources", () => {
  const [a, b] = [resource("a"), resource("b")];
  expect(digestOf([a, b])).toBe(digestOf([b, a]));
  expect(digestOf([a])).not.toBe(digestOf([b]));
});

test("reports of deleted pods are removed, and invalid ones are ignored", () => {
  const reports = trackReports(() => {});
  const item = (name: string) => ({ metadata: { name }, node: "n", time: "2026-01-14T12:00:00Z", digest: "d" });
  for (const name of ["a", "b"]) reports.take(item(name));
  reports.take({ metadata: { name: "c" }, time: "never", digest: "d" });
  reports.remove(item("a"));
  expect([...reports.all()].map(({ name }) => name)).toEqual(["b"]);
  const list = reports.relist();
  list.take(item("z"));
  list.done();
  expect([...reports.all()].map(({ name }) => name)).toEqual(["z"]);
});

test.each([
  [undefined, 0, true, "Valid", "The rules are valid."],
  [undefined, 1, false, "RejectedByNodes", "n2: wrong"],
  ["eyasrules/a:1:1: wrong", 1, false, "Invalid", "eyasrules/a:1:1: wrong"],
] as const)(
  "the condition with the rejection %s and %i failed nodes",
  (rejection, failed, accepted, reason, message) => {
    const nodes = { loaded: 2, failed, total: 4 };
    const facts = statusFacts({ ...nodes, reason: failed > 0 ? "n2: wrong" : "" }, rejection);
    expect(facts).toEqual({ accepted, reason, message, nodes });
  },
);

test("the time of a condition changes only with the status of the condition", () => {
  const facts = { accepted: true, reason: "Valid", message: "m", nodes: { loaded: 1, failed: 0, total: 1 } };
  const first = statusOf(resource("a"), facts, undefined, new Date(NOW));
  const later = statusOf(resource("a", 2), { ...facts, message: "n" }, first, new Date(NOW + 60_000));
  const other = statusOf(resource("a", 3), { ...facts, accepted: false }, later, new Date(NOW + 120_000));
  expect(later).toMatchObject({ observedGeneration: 2, conditions: [{ lastTransitionTime: "2026-01-14T12:00:00Z" }] });
  expect(other).toMatchObject({ conditions: [{ status: "False", lastTransitionTime: "2026-01-14T12:02:00Z" }] });
});

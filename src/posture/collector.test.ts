import { expect, test } from "vitest";
import { openCollector } from "./collector.ts";
import type { Finding, Severity } from "./finding.ts";

function finding(name: string, severity: Severity, more: Partial<Finding> = {}): Finding {
  const object = { kind: "Deployment", namespace: "shop", name };
  const common = { container: "", detail: "", pods: 1, since: 2000, written: undefined, related: [] };
  return { kind: "privileged", severity, object, ...common, ...more };
}

const names = (findings: readonly Finding[]): string[] => findings.map(({ object }) => object.name);

test("the same weakness of pods of a workload is one finding with the creation time of the oldest pod", () => {
  const collector = openCollector();
  for (const since of [2000, 1000, 3000]) collector.add(finding("web", "high", { since }));
  collector.add(finding("web", "high", { container: "other" }));
  expect(collector.findings().map(({ container, pods, since }) => [container, pods, since])).toEqual([
    ["", 3, 1000],
    ["other", 1, 2000],
  ]);
});

test("findings are sorted by severity, then by name", () => {
  const collector = openCollector();
  for (const [name, severity] of [
    ["c", "low"],
    ["b", "high"],
    ["a", "high"],
    ["d", "critical"],
  ] as const)
    collector.add(finding(name, severity));
  expect(names(collector.findings())).toEqual(["d", "a", "b", "c"]);
});

test("beyond the limit, more severe findings replace less severe findings", () => {
  const collector = openCollector({ all: 3, ofNamespace: 100, ofObject: 100 });
  for (const name of ["a", "b", "c"]) collector.add(finding(name, "low"));
  collector.add(finding("d", "low"));
  collector.add(finding("e", "high"));
  collector.add(finding("f", "critical"));
  expect(names(collector.findings())).toEqual(["f", "e", "c"]);
  expect(collector.leftOut).toBe(3);
});

test("findings in one namespace do not displace findings in other namespaces", () => {
  const collector = openCollector({ all: 1000, ofNamespace: 5, ofObject: 100 });
  for (let i = 0; i < 50; i++) collector.add(finding(`noise-${i}`, "critical"));
  const object = { kind: "Deployment", namespace: "pay", name: "till" };
  collector.add(finding("", "critical", { object }));
  expect(names(collector.findings())).toContain("till");
  expect(collector.findings()).toHaveLength(6);
  expect(collector.leftOut).toBe(45);
});

test("containers of one pod do not displace other findings of its namespace", () => {
  const collector = openCollector({ all: 1000, ofNamespace: 100, ofObject: 5 });
  for (let i = 0; i < 500; i++) collector.add(finding("noise", "high", { container: `c${i}` }));
  collector.add(finding("till", "high"));
  expect(names(collector.findings())).toEqual(["noise", "noise", "noise", "noise", "noise", "till"]);
  expect(collector.leftOut).toBe(495);
});

import { describe, expect, test } from "vitest";
import type { Priority } from "../../src/rule/rule.ts";
import { addFlows, type Flow, flowMapOf, NO_FLOWS, remoteText } from "./flow-map.ts";
import { edgePath, layoutOf } from "./layout.ts";

function flow(from: string, to: string, count = 1, priority: Priority = "Notice", name = ""): Flow {
  return {
    from: { field: "proc.name", value: from, query: `proc.name = ${from}` },
    to: { address: to, port: 443, name, query: `fd.sip = ${to}` },
    ...{ count, priority, last: "2026-11-25T10:00:00.000Z" },
  };
}

test("responses are added up: counts, and the highest priority", () => {
  const first = addFlows(NO_FLOWS, { flows: [flow("a", "10.0.0.1", 2)], alerts: 5, omitted: 3 });
  const { flows, alerts, omitted } = addFlows(first, {
    flows: [flow("a", "10.0.0.1", 4, "Critical", "db"), flow("b", "10.0.0.1")],
    alerts: 6,
    omitted: 1,
  });
  expect([...flows.values()].map(({ count, priority, to }) => [count, priority, to.name])).toEqual([
    [6, "Critical", "db"],
    [1, "Notice", ""],
  ]);
  expect([alerts, omitted]).toEqual([11, 4]);
});

test("at most 5,000 flows are kept; the others are counted", () => {
  const many = Array.from({ length: 6000 }, (_, i) => flow("a", `10.0.${i >> 8}.${i & 255}`, 2));
  const { flows, omitted } = addFlows(NO_FLOWS, { flows: many, alerts: 12_000, omitted: 0 });
  expect([flows.size, omitted]).toEqual([5000, 2000]);
});

describe("the picture", () => {
  test("has at most 60 nodes, for the most severe flows; the rest is counted", () => {
    const many = Array.from({ length: 100 }, (_, i) => flow("a", `10.0.0.${i}`, 100 - i));
    const { nodes, edges, hidden } = flowMapOf([...many, flow("b", "10.9.9.9", 1, "Critical"), flow("c", "10.0.0.0")]);
    expect(nodes.length).toBe(60);
    expect(edges[0]?.flow.from.value).toBe("b");
    expect(nodes[0]).toMatchObject({ text: "b", priority: "Critical", count: 1 });
    expect(hidden).toEqual({ flows: 102 - edges.length, alerts: expect.any(Number) });
    const shown = edges.reduce((sum, { flow: { count } }) => sum + count, 0);
    expect(shown + hidden.alerts).toBe(5050 + 2);
  });

  test("folds flows with the same end into one node, with the sum of their alerts", () => {
    const { nodes } = flowMapOf([flow("a", "10.0.0.1", 3), flow("b", "10.0.0.1", 4, "Error")]);
    expect(nodes.map(({ text, count, priority }) => [text, count, priority])).toEqual([
      ["b", 4, "Error"],
      ["10.0.0.1:443", 7, "Error"],
      ["a", 3, "Notice"],
    ]);
  });

  test.each([360, 1000])("at %d pixels, nodes do not overlap, and each edge has its own height", (width) => {
    const flows = Array.from({ length: 40 }, (_, i) => flow(`p${i % 7}`, `10.0.0.${i % 11}`));
    const { nodes, edges, nodeWidth, height } = layoutOf(flowMapOf(flows), width);
    for (const [i, one] of nodes.entries())
      for (const other of nodes.slice(i + 1))
        expect(one.x !== other.x || one.y + one.height < other.y || other.y + other.height < one.y).toBe(true);
    expect(new Set(edges.map(({ y2 }) => y2)).size).toBe(edges.length);
    expect(nodes.every(({ x, y, height: own }) => x >= 0 && x + nodeWidth <= width && y + own < height)).toBe(true);
    for (const edge of edges) expect(edgePath(edge)).not.toContain("NaN");
  });
});

test("a remote end is shown with its name, or with its address", () => {
  expect(remoteText({ address: "fd00::1", port: 53, name: "", query: "" })).toBe("[fd00::1]:53");
  expect(remoteText({ address: "10.0.0.1", port: 0, name: "", query: "" })).toBe("10.0.0.1");
  expect(remoteText({ address: "10.0.0.1", port: 443, name: "db.test", query: "" })).toBe("db.test:443");
});

import { describe, expect, it } from "vitest";
import { MAX_CHILDREN, MAX_LEVELS, MAX_NODES } from "./bound.ts";
import { spoken } from "./describe.ts";
import { alert, at, incident, millisecondsAt, process } from "./incident.fixture.ts";
import { edgePath, layoutOf } from "./layout.ts";
import { graphOf } from "./model.ts";
import { type Graph, labelOf, visibleNodes } from "./node.ts";

const EVER = Number.POSITIVE_INFINITY;

/** The nodes of a graph until a time, one line each, indented by level. */
function lines({ roots }: Graph, until = EVER): string[] {
  return visibleNodes(roots, until).map(({ node, level }) => {
    const { text, count } = labelOf(node, until);
    return `${"  ".repeat(level - 1)}${node.kind} ${text}${count > 1 ? ` ×${count}` : ""}`;
  });
}

function idOf(graph: Graph, kind: string, name: string): string {
  const found = visibleNodes(graph.roots, EVER).find(({ node }) => node.kind === kind && node.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found.node.id;
}

describe("the graph of an incident", () => {
  it("has the process tree with siblings, and alerts with their files and connections", () => {
    const graph = graphOf(
      incident({
        processes: [process("init", undefined), process("bash", 0), process("curl", 1), process("sh", 1)],
        objects: [
          { kind: "file", name: "/etc/shadow" },
          { kind: "connection", name: "10.0.0.9:443" },
        ],
        alerts: [
          alert(1, 3, { objects: [0] }),
          alert(2, 2, { rule: "Connection", objects: [1] }),
          alert(3, 1, { rule: "Shell" }),
        ],
      }),
    );
    expect(lines(graph)).toEqual([
      "process init",
      "  process bash",
      "    alert Shell",
      "    process curl",
      "      alert Connection",
      "        connection 10.0.0.9:443",
      "    process sh",
      "      alert File read",
      "        file /etc/shadow",
    ]);
  });

  it("folds repeated alerts and processes, but not the process of the alert", () => {
    const graph = graphOf(
      incident({
        processes: [process("bash", undefined), ...Array.from({ length: 9 }, () => process("cat", 0))],
        alerts: Array.from({ length: 18 }, (_, i) => alert(i, 1 + (i % 9))),
      }),
    );
    expect(lines(graph)).toEqual([
      "process bash",
      "  process cat",
      "    alert File read ×2",
      "  process cat ×8",
      "    alert File read ×16",
    ]);
  });

  it("does not fold processes whose descendants differ", () => {
    const processes = [process("bash", undefined), process("sh", 0), process("sh", 0), process("nc", 2)];
    const graph = graphOf(incident({ processes, alerts: [alert(1, 0), alert(2, 1), alert(3, 2), alert(4, 3)] }));
    expect(lines(graph).filter((line) => line.includes("process sh"))).toEqual(["  process sh", "  process sh"]);
  });

  it("folds more than three files of an alert", () => {
    const objects = Array.from({ length: 5 }, (_, i) => ({ kind: "file" as const, name: `/etc/${i}` }));
    const alerts = objects.map((_, i) => alert(i, 0, { objects: [i] }));
    const graph = graphOf(incident({ processes: [process("cat", undefined)], objects, alerts }));
    expect(lines(graph)).toEqual(["process cat", "  alert File read ×5", "    file 5 files"]);
  });

  it("hides nodes that begin after the selected time, and counts only the items until then", () => {
    const processes = [process("bash", undefined, { time: at(0) }), process("cat", 0, { time: at(20) })];
    const graph = graphOf(
      incident({ processes, alerts: [alert(5, 0), alert(10, 0), alert(30, 1, { rule: "Later" })] }),
    );
    expect(lines(graph, millisecondsAt(4))).toEqual(["process bash"]);
    expect(lines(graph, millisecondsAt(5))).toEqual(["process bash", "  alert File read"]);
    expect(lines(graph, millisecondsAt(20))).toEqual(["process bash", "  alert File read ×2", "  process cat"]);
    expect(lines(graph)).toHaveLength(4);
  });

  it("links alerts about the same file, and a file to the process that executes it", () => {
    const processes = [
      process("bash", undefined),
      process("curl", 0),
      process("dropped", 0, { exepath: "/tmp/dropped" }),
    ];
    const graph = graphOf(
      incident({
        processes,
        objects: [{ kind: "file", name: "/tmp/dropped" }],
        alerts: [alert(1, 1, { rule: "Written", objects: [0] }), alert(2, 2, { rule: "Executed", objects: [0] })],
      }),
    );
    const file = idOf(graph, "file", "/tmp/dropped");
    expect(graph.links).toEqual([
      { kind: "runs", from: file, to: idOf(graph, "process", "dropped") },
      { kind: "same", from: idOf(graph, "alert", "Executed"), to: file },
    ]);
  });

  it("groups alerts without a process by their relation", () => {
    const graph = graphOf(
      incident({
        processes: [process("sh", undefined)],
        alerts: [
          alert(2, 0),
          alert(1, undefined, { rule: "Exec into pod", relation: "request" }),
          alert(3, undefined, { rule: "IDS", relation: "flow" }),
        ],
      }),
    );
    expect(lines(graph)).toEqual([
      "process sh",
      "  alert File read",
      "related API requests for the pod",
      "  alert Exec into pod",
      "related Same connection",
      "  alert IDS",
    ]);
  });

  it("shows an alert without any process", () => {
    const only = { ...alert(1, undefined), relation: undefined };
    const { relation: _, ...subject } = only;
    expect(lines(graphOf(incident({ alerts: [subject] })))).toEqual(["alert File read"]);
  });

  it("shortens long chains of ancestors", () => {
    const processes = Array.from({ length: 12 }, (_, i) => process(`p${i}`, i === 0 ? undefined : i - 1));
    expect(lines(graphOf(incident({ processes, alerts: [alert(1, 11)] })))).toEqual([
      "process p0",
      "  chain 9 processes",
      "    process p10",
      "      process p11",
      "        alert File read",
    ]);
  });
});

describe("an incident made by an attacker", () => {
  const wide = Array.from({ length: 800 }, (_, i) =>
    process(`n${i}`, i === 0 ? undefined : Math.floor((i - 1) / 3), { exepath: `/tmp/${i}` }),
  );

  it("has a bounded number of nodes, always with the alert, and states how many are omitted", () => {
    const alerts = wide.map((_, i) => alert(i % 60, 799 - i, { rule: `rule ${i}` }));
    const graph = graphOf(incident({ processes: wide, alerts }));
    const nodes = visibleNodes(graph.roots, EVER);
    expect(nodes.length).toBeLessThanOrEqual(MAX_NODES);
    expect(graph.omitted).toBe(1600 - nodes.length);
    expect(nodes.some(({ node }) => node.kind === "alert" && node.isSubject)).toBe(true);
  });

  it("has a bounded number of children, nearest in time, and a node for the rest", () => {
    const processes = [process("bash", undefined), ...Array.from({ length: 60 }, (_, i) => process(`x${i}`, 0))];
    const alerts = Array.from({ length: 60 }, (_, i) => alert(59 - i, 60 - i));
    const graph = graphOf(incident({ processes, alerts }));
    expect(graph.roots[0]?.children).toHaveLength(MAX_CHILDREN);
    expect(lines(graph)).toContain("  more 45 more");
    expect(lines(graph)).toContain("  process x59");
    expect(lines(graph)).not.toContain("  process x1");
  });

  it("may be nested deeply, or have a cycle of parents", () => {
    const deep = Array.from({ length: 800 }, (_, i) => process(`p${i}`, i === 0 ? undefined : i - 1));
    const alerts = deep.map((_, i) => alert(1, 799 - i, { rule: `rule ${i}` }));
    const graph = graphOf(incident({ processes: deep, alerts }));
    const nodes = visibleNodes(graph.roots, EVER);
    expect(nodes.length).toBeLessThan(100);
    expect(Math.max(...nodes.map(({ level }) => level))).toBeLessThanOrEqual(MAX_LEVELS);
    expect(nodes.some(({ node }) => node.kind === "alert" && node.isSubject)).toBe(true);
    expect(graph.omitted).toBe(1600 - nodes.length);
    const cycle = [process("a", 1), process("b", 0)];
    expect(graphOf(incident({ processes: cycle, alerts: [alert(1, 0)] })).roots).toEqual([]);
  });

  it("cannot hide characters in the names that screen readers read", () => {
    const graph = graphOf(incident({ processes: [process("a\u202eb", undefined)], alerts: [alert(1, 0)] }));
    expect(spoken(graph.roots[0]!, EVER)).toContain("Process a\\u202eb");
  });
});

describe("the layout", () => {
  const processes = [process("a", undefined), process("b", 0), process("c", 0)];
  const { roots } = graphOf(incident({ processes, alerts: [alert(1, 1), alert(2, 2)] }));

  it.each([1000, 390])("places nodes without overlaps, %d pixels wide", (width) => {
    const layout = layoutOf(roots, width);
    const places = [...layout.places.values()];
    expect(places).toHaveLength(5);
    const overlapping = places.flatMap((one, i) =>
      places.slice(i + 1).filter((other) => Math.abs(one.y - other.y) < 38 && Math.abs(one.x - other.x) < 168),
    );
    expect(overlapping).toEqual([]);
    for (const { x, y } of places) expect([x >= 0, y >= 0]).toEqual([true, true]);
    expect(edgePath({ x: 0, y: 0 }, { x: 100, y: 100 }, layout)).toMatch(/^M[\d.,CHV ]+$/);
  });

  it("fits a narrow picture, however deep the tree is", () => {
    const deep = Array.from({ length: 40 }, (_, i) => process(`p${i}`, i === 0 ? undefined : i - 1));
    const alerts = deep.map((_, i) => alert(1, 39 - i));
    expect(layoutOf(graphOf(incident({ processes: deep, alerts })).roots, 366).width).toBeLessThanOrEqual(366);
  });
});

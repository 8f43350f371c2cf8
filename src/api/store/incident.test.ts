import { describe, expect, it, test } from "vitest";
import type { Entry, JournalAlert } from "../../alert/entry.ts";
import { entry } from "../../journal/alerts.fixture.ts";
import { type IncidentMember, incidentOf, MAX_INCIDENT_ALERTS } from "./incident.ts";
import { objectsOf } from "./incident-objects.ts";
import type { TreeProcess } from "./store.ts";

const stored = (number: number, fields: Readonly<Record<string, unknown>> = {}, changes: Partial<Entry> = {}) =>
  ({ seq: number, id: `id-${number}`, ...entry(number, changes, fields) }) satisfies JournalAlert;

const process = (pid: number, name: string, second?: number): TreeProcess => ({
  ...{ pid, name, cmdline: name, isAlert: false },
  ...(second !== undefined && { time: new Date(second * 1000).toISOString() }),
});

const member = (number: number, ...tree: readonly TreeProcess[]): IncidentMember => ({
  ...{ alert: stored(number), tree, relation: "lineage" },
});

const [init, bash] = [process(1, "init", 1), process(20, "bash", 2)];

function namesOf(members: readonly IncidentMember[]): unknown[] {
  const { processes } = incidentOf(members[0]!, members.slice(1), false);
  return processes.map(({ name, parent }) => [name, parent === undefined ? undefined : processes[parent]?.name]);
}

describe("the processes of an incident", () => {
  it("are one tree, in which each process occurs once", () => {
    expect(
      namesOf([member(1, init, bash, process(30, "cat", 3)), member(2, init, bash, process(31, "curl", 3))]),
    ).toEqual([
      ["init", undefined],
      ["bash", "init"],
      ["cat", "bash"],
      ["curl", "bash"],
    ]);
  });

  it("are different if only the PID is the same", () => {
    expect(namesOf([member(1, process(30, "cat", 3)), member(2, process(30, "curl", 4))])).toHaveLength(2);
  });

  it("are identified by the PID if an alert does not contain their start time", () => {
    expect(namesOf([member(1, process(20, "bash"), process(40, "id")), member(2, init, bash)])).toEqual([
      ["init", undefined],
      ["bash", "init"],
      ["id", "bash"],
    ]);
  });

  it("have the parent that another alert contains, but parents never form a cycle", () => {
    expect(namesOf([member(1, bash, process(30, "cat", 3)), member(2, init, bash)])).toContainEqual(["bash", "init"]);
    const [a, b] = [process(5, "a", 1), process(6, "b", 1)];
    expect(namesOf([member(1, a, b), member(2, b, a)])).toEqual([
      ["a", undefined],
      ["b", "a"],
    ]);
  });

  it("of a received alert are never merged with processes of this machine", () => {
    const received = { ...member(2, init, bash), alert: stored(2, {}, { received: true }) };
    expect(namesOf([member(1, init, bash), received])).toHaveLength(4);
  });

  it("and alerts are limited in number, and their texts are limited in length", () => {
    const members = Array.from({ length: 600 }, (_, i) =>
      member(i, init, process(100 + 2 * i, "x".repeat(5000), i), process(101 + 2 * i, "😀".repeat(3000), i)),
    );
    const incident = incidentOf(members[0]!, members.slice(1), false);
    expect(incident.alerts).toHaveLength(MAX_INCIDENT_ALERTS);
    expect(incident.more).toBe(true);
    expect(incident.processes).toHaveLength(800);
    expect(incident.omitted.processes).toBeGreaterThan(0);
    for (const { name, cmdline } of incident.processes) {
      expect(name.length).toBeLessThanOrEqual(300);
      expect([cmdline.length <= 1000, cmdline.isWellFormed()]).toEqual([true, true]);
    }
  });
});

test("alerts are ordered by time, and refer to their process and objects", () => {
  const later = { ...member(9, init, bash), alert: stored(9, { "fd.name": "/etc/file-1" }) };
  const { processes, objects, alerts } = incidentOf(later, [{ ...member(1, init), relation: "process" }], false);
  expect(alerts.map(({ id, relation, process: at, objects: those }) => [id, relation, at, those])).toEqual([
    ["id-1", "process", processes.findIndex(({ name }) => name === "init"), [0]],
    ["id-9", "lineage", processes.findIndex(({ name }) => name === "bash"), [0]],
  ]);
  expect(objects).toEqual([{ kind: "file", name: "/etc/file-1" }]);
});

test("the number of objects of an alert is limited", () => {
  const files = Array.from({ length: 15 }, (_, i) => `/tmp/${i}`);
  const { alerts, omitted } = incidentOf({ alert: stored(1, { "fd.name": files }), tree: [] }, [], false);
  expect([alerts[0]?.objects.length, omitted.objects]).toEqual([10, 5]);
});

describe("the objects of an alert", () => {
  it.each([
    [{ "fd.name": "/etc/shadow" }, ["file /etc/shadow"]],
    [{ "fd.name": ["/a", "/b"] }, ["file /a", "file /b"]],
    [{ "fd.name": "10.0.0.1:40000->10.0.0.2:443" }, ["connection 10.0.0.2:443"]],
    [{ "fd.name": "pipe:[123]" }, []],
    [{ "fd.name": null, "fd.sip": "::1", "fd.sport": 22 }, ["connection [::1]:22"]],
    [{ "fd.name": "", "net.dst.ip": "10.0.0.3", "net.dst.port": 53 }, ["connection 10.0.0.3:53"]],
    [{ "fd.name": "", "fim.path": "/etc/passwd" }, ["file /etc/passwd"]],
    [
      { "fd.name": "", "ka.target.resource": "pods", "ka.target.namespace": "prod", "ka.target.name": "web-1" },
      ["resource pods prod/web-1"],
    ],
    [{ "fd.name": "->".repeat(50_000) }, []],
    [{ "fd.name": `${"1".repeat(50_000)}->${"1".repeat(50_000)}` }, []],
  ])("with %j are %j", (fields, objects) => {
    expect(objectsOf(stored(1, fields)).map(({ kind, name }) => `${kind} ${name}`)).toEqual(objects);
  });
});

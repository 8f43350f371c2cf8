import { describe, expect, test } from "vitest";
import type { JournalAlert } from "../../alert/entry.ts";
import { entry } from "../../journal/alerts.fixture.ts";
import type { Priority } from "../../rule/rule.ts";
import { FlowTally } from "./flows.ts";

function alert(fields: Readonly<Record<string, unknown>>, priority: Priority = "Warning"): JournalAlert {
  const { received: _, background: __, ...made } = entry(1, { priority }, { "fd.name": null, ...fields });
  return { ...made, seq: 1, id: "", output: undefined } as unknown as JournalAlert;
}

function flowsOf(...alerts: readonly JournalAlert[]) {
  const tally = new FlowTally();
  for (const one of alerts) tally.add(one);
  return tally.answer(500);
}

describe("the flow of an alert", () => {
  test.each([
    [
      "the name of the connection",
      { "fd.name": "10.0.0.1:4000->10.0.0.2:443" },
      { address: "10.0.0.2", port: 443, name: "", query: 'fd.name endswith "->10.0.0.2:443"' },
    ],
    [
      "the name of a connection with IPv6",
      { "fd.name": "fd00::1:4000->fd00::2:443" },
      { address: "fd00::2", port: 443, query: 'fd.name endswith "->fd00::2:443"' },
    ],
    [
      "the server's address and port",
      { "fd.name": "10.0.0.1:4000->10.0.0.2:443", "fd.sip": "10.0.0.2", "fd.sport": 443, "fd.sip.name": "db" },
      { address: "10.0.0.2", port: 443, name: "db", query: 'fd.sip = "10.0.0.2" and fd.sport = "443"' },
    ],
    [
      "the client's address if this machine is the server, without the port, which differs in each connection",
      { "fd.cip": "10.0.0.9", "fd.cport": 4000, "fd.sip": "10.0.0.2", "fd.sport": 22, "fd.is_server": true },
      { address: "10.0.0.9", port: 0, query: 'fd.cip = "10.0.0.9" and fd.is_server = true' },
    ],
    [
      "the destination of a network event",
      { "net.src.ip": "10.0.0.1", "net.dst.ip": "10.0.0.2", "net.dst.port": 53 },
      { address: "10.0.0.2", port: 53, query: 'net.dst.ip = "10.0.0.2" and net.dst.port = "53"' },
    ],
  ])("has the remote end %s", (_, fields, to) => {
    expect(flowsOf(alert(fields)).flows).toMatchObject([{ to, count: 1 }]);
  });

  test.each([
    ["a file", { "fd.name": "/etc/passwd" }],
    ["a file with the name of a connection inside", { "fd.name": "/tmp/1.1.1.1:1->2.2.2.2:2" }],
    ["several names", { "fd.name": ["10.0.0.1:1->10.0.0.2:2"] }],
    ["no address", { "fd.sip": '10.0.0.2" or priority exists', "fd.sport": 1 }],
    ["nothing", {}],
  ])("does not exist with %s", (_, fields) => {
    expect(flowsOf(alert(fields))).toEqual({ flows: [], alerts: 0, omitted: 0 });
  });

  test("has the workload or program, or otherwise the source address, as its other end", () => {
    const to = { "fd.sip": "10.0.0.2", "fd.sport": 1 };
    const found = (fields: object) => flowsOf(alert({ ...to, ...fields })).flows[0]?.from;
    expect(found({ "container.name": "web" })).toMatchObject({ field: "container.name", value: "web" });
    expect(found({ "container.name": "host" })).toMatchObject({ field: "proc.name", value: "cat" });
    expect(found({ "proc.name": null, "net.src.ip": "10.0.0.7" })).toMatchObject({
      field: "net.src.ip",
      value: "10.0.0.7",
    });
    expect(found({ "proc.name": null })).toMatchObject({ field: "", value: "" });
    expect(found({ "proc.name": 'a" or "b' })?.query).toContain('proc.name = "a\\" or \\"b"');
  });
});

test("alerts of a flow are added up, most severe flows first, and alerts of flows beyond the limit are counted", () => {
  const to = (port: number) => ({ "fd.sip": "10.0.0.2", "fd.sport": port });
  const tally = new FlowTally();
  for (const one of [alert(to(1)), alert(to(1)), alert(to(2)), alert(to(2), "Critical"), alert(to(3))]) tally.add(one);
  const { flows, alerts, omitted } = tally.answer(2);
  expect(flows.map(({ to, count, priority }) => [to.port, count, priority])).toEqual([
    [2, 2, "Critical"],
    [1, 2, "Warning"],
  ]);
  expect([alerts, omitted]).toEqual([5, 1]);
});

test("the number of counted flows is limited", () => {
  const tally = new FlowTally();
  for (let i = 0; i < 6000; i++) tally.add(alert({ "fd.sip": `10.0.${i >> 8}.${i & 255}`, "fd.sport": 1 }));
  const { flows, alerts, omitted } = tally.answer(10_000);
  expect([flows.length, alerts, omitted]).toEqual([5000, 6000, 1000]);
});

test("the name of an address can be from any alert of the flow", () => {
  const to = { "fd.sip": "10.0.0.2", "fd.sport": 1 };
  expect(flowsOf(alert(to), alert({ ...to, "fd.sip.name": "db" }), alert(to)).flows).toMatchObject([
    { count: 3, to: { name: "db" } },
  ]);
});

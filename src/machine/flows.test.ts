import { describe, expect, test } from "vitest";
import { cloneValues, process, Stage, values } from "../../test/stage.ts";
import { addressOf } from "../event/address.ts";
import { EventCode } from "../event/code.ts";
import type { Flow } from "../event/flow.ts";
import type { FlowLimits } from "./flows.ts";
import { openJoiner } from "./join.ts";
import { Observed } from "./observed.ts";

const [INET, STREAM, DGRAM] = [2, 1, 2];
const [TCP, UDP] = [6, 17];
const SECOND = 1_000_000_000n;

const ip = (text: string) => text.split(".").map(Number);
const port = (number: number) => [number & 0xff, number >> 8];
const address = (to: string, number: number) => Uint8Array.from([INET, ...ip(to), ...port(number)]);
const tuple = (from: string, sport: number, to: string, dport: number) =>
  Uint8Array.from([INET, ...ip(from), ...port(sport), ...ip(to), ...port(dport)]);

function flow(protocol: number, from: string, sourcePort: number, to: string, destinationPort: number): Flow {
  const [source, destination] = [addressOf(from) ?? "", addressOf(to) ?? ""];
  return { protocol, source, destination, sourcePort, destinationPort };
}

/** A machine at 10.0.0.5 with the processes init (1), sh (100) and curl (200), a child of sh. Flows are tracked. */
function staged(limits: FlowLimits = {}) {
  const stage = new Stage({}, [
    process(1, 0, { comm: "systemd" }),
    process(100, 1, { comm: "sh" }),
    process(200, 100, { comm: "curl" }),
    process(300, 1, { comm: "nginx" }),
  ]);
  stage.machine.interfaces([
    { name: "eth0", address: "\x0a\0\0\x05", netmask: "\xff\xff\xff\0", broadcast: "", linkSpeed: 0n },
  ]);
  const joiner = openJoiner(stage.machine, limits);
  const event = new Observed(joiner.machine);
  const { flows } = stage.machine;
  if (flows === undefined) throw new Error("no flows");
  /** Names of the process that owns the flow of a document, of its parent and of its grandparent. */
  function who(proto: string, from: string, sport: number, to: string, dport: number): (string | undefined)[] {
    event.document = { src_ip: from, src_port: sport, dest_ip: to, dest_port: dport, proto };
    joiner.join(event);
    const { thread, machine } = event;
    if (thread === undefined) return [];
    const parent = machine.threads.get(thread.ptid);
    const grandparent = parent === undefined ? undefined : machine.threads.get(parent.ptid);
    return [thread.comm, parent?.comm, grandparent?.comm];
  }
  return { stage, joiner, flows, who, event };
}

function connect(stage: Stage, tid: number, sport: number, res = 0, to = "192.0.2.1"): void {
  stage.happen(EventCode.SOCKET_X, tid, [3, INET, STREAM, 0, 0]);
  stage.happen(EventCode.CONNECT_X, tid, [res, tuple("10.0.0.5", sport, to, 443), 3, address(to, 443)]);
}

function exit(stage: Stage, tid: number): void {
  stage.happen(
    EventCode.PROCEXIT_1_E,
    tid,
    values(EventCode.PROCEXIT_1_E, { status: 0, ret: 0, sig: 0, core: 0, reaper_tid: 1 }),
  );
}

/** Starts another process with the ID of an earlier process. */
function reborn(stage: Stage, tid: number, comm: string): void {
  stage.happen(
    EventCode.CLONE_20_X,
    tid,
    cloneValues(0, { tid, pid: tid, ptid: 1, comm, exe: comm, vtid: tid, vpid: tid }),
  );
}

const CURL = ["curl", "sh", "systemd"];

describe("a connection", () => {
  test.each([
    ["outgoing", "10.0.0.5", 40000, "192.0.2.1", 443],
    ["incoming", "192.0.2.1", 443, "10.0.0.5", 40000],
  ] as const)("belongs to its process, %s", (_, from, sport, to, dport) => {
    const { stage, who } = staged();
    connect(stage, 200, 40000);
    expect(who("TCP", from, sport, to, dport)).toEqual(CURL);
  });

  test("that continues in the background does too", () => {
    const { stage, who } = staged();
    connect(stage, 200, 40000, -115);
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual(CURL);
  });

  test("with other ends or another protocol has no process", () => {
    const { stage, who, joiner } = staged();
    connect(stage, 200, 40000);
    expect(who("TCP", "10.0.0.5", 40001, "192.0.2.1", 443)).toEqual([]);
    expect(who("UDP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual([]);
    expect(who("TCP", "10.0.0.6", 40000, "192.0.2.1", 443)).toEqual([]);
    expect(joiner.isKnown({ src_ip: "10.0.0.6", dest_ip: "192.0.2.1", src_port: 1, dest_port: 2, proto: "TCP" })).toBe(
      false,
    );
    expect(joiner.isKnown({ event_type: "stats" })).toBe(true);
  });

  test("that was refused belongs to its process for some time, with or without its local port", () => {
    const { stage, who } = staged();
    connect(stage, 200, 40000, -111);
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual(CURL);
    stage.happen(EventCode.CONNECT_X, 200, [-110, null, 3, address("192.0.2.2", 443)]);
    expect(who("TCP", "10.0.0.5", 40007, "192.0.2.2", 443)).toEqual(CURL);
    expect(who("TCP", "10.0.0.77", 40007, "192.0.2.2", 443)).toEqual([]);
    stage.time += 11n * SECOND;
    stage.happen(EventCode.SOCKET_X, 200, [4, INET, STREAM, 0, 0]);
    expect(who("TCP", "10.0.0.5", 40007, "192.0.2.2", 443)).toEqual([]);
  });

  test("between two local processes belongs to the initiator", () => {
    const { stage, flows } = staged();
    stage.happen(EventCode.ACCEPT_5_X, 300, [7, tuple("10.0.0.5", 40000, "10.0.0.5", 443), 0, 0, 0]);
    const ours = flow(TCP, "10.0.0.5", 40000, "10.0.0.5", 443);
    expect([flows.find(ours)?.process.thread.comm, flows.find(ours)?.isInitiator]).toEqual(["nginx", false]);
    connect(stage, 200, 40000, 0, "10.0.0.5");
    expect([flows.find(ours)?.process.thread.comm, flows.find(ours)?.isInitiator]).toEqual(["curl", true]);
  });
});

test("that is pending has a flow if the sockets of the kernel can be read, otherwise none", () => {
  const { stage, flows } = staged();
  stage.happen(EventCode.SOCKET_X, 200, [3, INET, STREAM, 0, 0]);
  stage.happen(EventCode.SOCKET_X, 300, [4, INET, DGRAM, 0, 0]);
  connect(stage, 300, 40001);
  const ours = flow(TCP, "10.0.0.5", 40000, "192.0.2.1", 443);
  const asked: (readonly [number, number])[] = [];
  const look = (ends: Flow) => (pid: number, fd: number) => {
    asked.push([pid, fd]);
    return ends;
  };
  expect(flows.find(ours)).toBeUndefined();
  expect(flows.search(ours, look(flow(TCP, "10.0.0.5", 40000, "192.0.2.2", 443)))).toBe(false);
  expect(flows.search(flow(TCP, "192.0.2.1", 443, "10.0.0.5", 40000), look(ours))).toBe(true);
  expect(flows.find(ours)?.process.thread.comm).toBe("curl");
  // The datagram socket and the connected socket are not read.
  expect(asked).toEqual([
    [200, 3],
    [200, 3],
  ]);
});

describe("the exit of a process", () => {
  test("keeps the process and its ancestors with its flows, even if their ids are reused", () => {
    const { stage, who } = staged();
    connect(stage, 200, 40000);
    exit(stage, 200);
    exit(stage, 100);
    reborn(stage, 100, "other");
    reborn(stage, 200, "another");
    stage.time += 299n * SECOND;
    stage.happen(EventCode.SOCKET_X, 300, [3, INET, STREAM, 0, 0]);
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual(CURL);
  });

  test("removes its flows five minutes later", () => {
    const { stage, who, flows } = staged();
    connect(stage, 200, 40000);
    exit(stage, 200);
    stage.time += 301n * SECOND;
    stage.happen(EventCode.SOCKET_X, 300, [3, INET, STREAM, 0, 0]);
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual([]);
    connect(stage, 300, 50000);
    expect(flows.size).toBe(1);
  });

  test("does not affect running processes: their current ancestors count", () => {
    const { stage, who } = staged();
    connect(stage, 200, 40000);
    exit(stage, 100);
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual(["curl", "systemd", undefined]);
  });

  test("that was missed counts from the time of its detection", () => {
    const { stage, who } = staged();
    connect(stage, 200, 40000);
    stage.machine.thread(process(200, 1, { comm: "new" }));
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)[0]).toBe("curl");
    stage.time += 301n * SECOND;
    stage.happen(EventCode.SOCKET_X, 300, [3, INET, STREAM, 0, 0]);
    expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual([]);
  });
});

describe("datagrams", () => {
  test("belong to their sender, although its local address is unknown", () => {
    const { stage, who } = staged();
    stage.happen(EventCode.SOCKET_X, 200, [3, INET, DGRAM, 0, 0]);
    stage.happen(EventCode.SENDTO_X, 200, [5, "hello", 3, 5, tuple("0.0.0.0", 40000, "192.0.2.53", 53)]);
    expect(who("UDP", "10.0.0.5", 40000, "192.0.2.53", 53)).toEqual(CURL);
    expect(who("UDP", "172.17.0.9", 40000, "192.0.2.53", 53)).toEqual(CURL);
    expect(who("UDP", "192.0.2.53", 53, "172.17.0.9", 40000)).toEqual(CURL);
  });
});

describe("a listening socket", () => {
  test.each([
    ["on all addresses", "0.0.0.0"],
    ["on the address", "10.0.0.5"],
  ])("%s gets incoming flows before they are accepted", (_, at) => {
    const { stage, who } = staged();
    stage.happen(EventCode.SOCKET_X, 300, [3, INET, STREAM, 0, 0]);
    stage.happen(EventCode.BIND_X, 300, [0, address(at, 80), 3]);
    expect(who("TCP", "198.51.100.1", 5000, "10.0.0.5", 80)[0]).toBe("nginx");
    expect(who("TCP", "10.0.0.5", 80, "198.51.100.1", 5000)[0]).toBe("nginx");
  });

  test("in a container gets flows without a listening process of the host", () => {
    const { stage, who } = staged();
    const listen = (tid: number) => {
      stage.happen(EventCode.SOCKET_X, tid, [3, INET, STREAM, 0, 0]);
      stage.happen(EventCode.BIND_X, tid, [0, address("0.0.0.0", 80), 3]);
    };
    stage.happen(EventCode.SETSID_X, 1, [1]); // the first event sets containers according to cgroups
    stage.thread(200).containerId = "0123456789ab";
    listen(200);
    expect(who("TCP", "198.51.100.1", 5000, "10.0.0.5", 80)[0]).toBe("curl");
    listen(300);
    stage.happen(EventCode.SOCKET_X, 200, [5, INET, STREAM, 0, 0]);
    stage.happen(EventCode.BIND_X, 200, [0, address("0.0.0.0", 80), 5]);
    expect(who("TCP", "198.51.100.1", 5000, "10.0.0.5", 80)[0]).toBe("nginx");
  });

  test("does not get flows to the same port of another host", () => {
    const { stage, who } = staged();
    stage.happen(EventCode.SOCKET_X, 300, [3, INET, STREAM, 0, 0]);
    stage.happen(EventCode.BIND_X, 300, [0, address("0.0.0.0", 80), 3]);
    expect(who("TCP", "10.0.0.5", 5000, "198.51.100.1", 80)).toEqual([]);
  });
});

test("the number of flows is limited, and the latest flows are kept", () => {
  const { stage, who, flows } = staged({ most: 100 });
  for (let i = 0; i < 500; i++) {
    stage.happen(EventCode.SOCKET_X, 200, [3, INET, STREAM, 0, 0]);
    stage.happen(EventCode.CONNECT_X, 200, [0, tuple("10.0.0.5", 1024 + i, "192.0.2.1", 443), 3, null]);
  }
  expect(flows.size).toBe(100);
  expect(who("TCP", "10.0.0.5", 1024 + 499, "192.0.2.1", 443)).toEqual(CURL);
  expect(who("TCP", "10.0.0.5", 1024 + 399, "192.0.2.1", 443)).toEqual([]);
});

test("existing connections are known", () => {
  const stage = new Stage({}, [process(1, 0), process(100, 1, { comm: "sshd" })]);
  stage.machine.interfaces([
    { name: "eth0", address: "\x0a\0\0\x05", netmask: "\xff\xff\xff\0", broadcast: "", linkSpeed: 0n },
  ]);
  connect(stage, 100, 40000);
  openJoiner(stage.machine);
  expect(stage.machine.flows?.find(flow(TCP, "10.0.0.5", 40000, "192.0.2.1", 443))?.process.thread.comm).toBe("sshd");
  expect(stage.machine.flows?.find(flow(UDP, "10.0.0.5", 40000, "192.0.2.1", 443))).toBeUndefined();
});

test("an event without a flow has no thread, regardless of the previous event", () => {
  const { stage, who, event } = staged();
  connect(stage, 200, 40000);
  expect(who("TCP", "10.0.0.5", 40000, "192.0.2.1", 443)).toEqual(CURL);
  expect(event.tid).toBe(200);
  expect(who("TCP", "10.0.0.5", 40000, "192.0.2.9", 443)).toEqual([]);
  expect([event.thread, event.tid]).toEqual([undefined, -1]);
});

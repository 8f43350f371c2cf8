import { describe, expect, test } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { L4 } from "../event/constants.ts";
import { FdKind } from "../event/snapshot.ts";
import { isConnected, isServer, protocol } from "./descriptor.ts";

const INET = 2;
const INET6 = 10;
const UNIX = 1;
const STREAM = 1;
const DGRAM = 2;

function ip4(text: string): number[] {
  return text.split(".").map(Number);
}
function port(number: number): number[] {
  return [number & 0xff, number >> 8];
}
function address(ip: string, number: number): Uint8Array {
  return Uint8Array.from([INET, ...ip4(ip), ...port(number)]);
}
function tuple(sip: string, sport: number, dip: string, dport: number): Uint8Array {
  return Uint8Array.from([INET, ...ip4(sip), ...port(sport), ...ip4(dip), ...port(dport)]);
}
const loopback6 = [...new Array(15).fill(0), 1];
function mapped(ip: string): number[] {
  return [...new Array(10).fill(0), 0xff, 0xff, ...ip4(ip)];
}
function tuple6(sip: number[], sport: number, dip: number[], dport: number): Uint8Array {
  return Uint8Array.from([INET6, ...sip, ...port(sport), ...dip, ...port(dport)]);
}
function unix(source: number, destination: number, path: string): Uint8Array {
  const bytes = new Uint8Array(17 + path.length + 1);
  const view = new DataView(bytes.buffer);
  bytes[0] = UNIX;
  view.setBigUint64(1, BigInt(source), true);
  view.setBigUint64(9, BigInt(destination), true);
  bytes.set(new TextEncoder().encode(path), 17);
  return bytes;
}

function stageWith(family: number, type: number, isLive = false): Stage {
  const stage = new Stage(isLive ? { isAlive: () => true } : {}, [process(1, 0), process(100, 1)]);
  stage.machine.interfaces([
    { name: "eth0", address: "\x0a\0\0\x05", netmask: "\xff\xff\xff\0", broadcast: "", linkSpeed: 0n },
  ]);
  stage.happen(EventCode.SOCKET_X, 100, [3, family, type, 0, 0]);
  return stage;
}

describe("a connection", () => {
  test.each([
    ["that succeeded", 0],
    ["that continues in the background", -115],
  ])("%s sets both ends", (_what, res) => {
    const stage = stageWith(INET, STREAM);
    const { fd } = stage.happen(EventCode.CONNECT_X, 100, [
      res,
      tuple("10.0.0.5", 4000, "1.2.3.4", 443),
      3,
      address("1.2.3.4", 443),
    ]);
    if (fd === undefined) throw new Error("no descriptor");
    expect([fd.name, fd.sip, fd.dip, fd.sport, fd.dport]).toEqual([
      "10.0.0.5:4000->1.2.3.4:443",
      "\x0a\0\0\x05",
      "\x01\x02\x03\x04",
      4000,
      443,
    ]);
    expect([isConnected(fd), isServer(fd), protocol(fd)]).toEqual([true, false, 2]);
    expect(stage.event.fdNameChanged).toBe(true);
  });

  test("that fails leaves the socket without a name", () => {
    const stage = stageWith(INET, STREAM);
    const { fd } = stage.happen(EventCode.CONNECT_X, 100, [
      -111,
      tuple("10.0.0.5", 4000, "1.2.3.4", 443),
      3,
      address("1.2.3.4", 443),
    ]);
    expect([fd?.name, fd === undefined ? undefined : isConnected(fd)]).toEqual(["", false]);
  });

  test("over IPv6 has a name in IPv6 form, or in IPv4 form between mapped addresses", () => {
    const stage = stageWith(INET6, STREAM);
    const six = stage.happen(EventCode.CONNECT_X, 100, [0, tuple6(loopback6, 9, loopback6, 80), 3, null]).fd;
    expect([six?.name, six?.kind]).toEqual(["::1:9->::1:80", FdKind.ipv6]);
    const other = stageWith(INET6, STREAM);
    const four = other.happen(EventCode.ACCEPT4_6_X, 100, [
      4,
      tuple6(mapped("1.2.3.4"), 9, mapped("10.0.0.5"), 80),
      0,
      0,
      0,
      0,
    ]).fd;
    expect([four?.name, four?.kind]).toEqual(["1.2.3.4:9->10.0.0.5:80", FdKind.ipv4]);
  });

  test("between Unix sockets has the kernel addresses and the path in its name", () => {
    const stage = stageWith(UNIX, STREAM);
    const { fd } = stage.happen(EventCode.CONNECT_X, 100, [0, unix(0xabc, 0xdef, "/run/x.sock"), 3, null]);
    expect([fd?.name, fd?.unixSource, fd?.unixDestination]).toEqual(["abc->def /run/x.sock", 0xabcn, 0xdefn]);
  });

  test("of an unknown address family leaves a Unix socket unchanged", () => {
    const stage = stageWith(UNIX, STREAM);
    const { fd } = stage.happen(EventCode.CONNECT_X, 100, [0, Uint8Array.of(99, 1), 3, null]);
    expect([fd?.name, fd?.unixSource, fd?.unixDestination]).toEqual(["", 0n, 0n]);
  });

  test("that is accepted creates a server socket", () => {
    const stage = stageWith(INET, STREAM);
    stage.happen(EventCode.BIND_X, 100, [0, address("0.0.0.0", 80), 3]);
    expect([stage.event.fd?.name, stage.event.fd?.kind, stage.event.fd?.sport]).toEqual([
      "0.0.0.0:80",
      FdKind.ipv4Server,
      80,
    ]);
    const { fd, fdNum } = stage.happen(EventCode.ACCEPT_5_X, 100, [7, tuple("1.2.3.4", 4000, "10.0.0.5", 80), 0, 0, 0]);
    expect([fd?.name, fdNum, fd !== undefined && isServer(fd)]).toEqual(["1.2.3.4:4000->10.0.0.5:80", 7, true]);
  });
});

test.each([
  ["on a running machine", true, L4.TCP],
  ["in a capture, as in Falco", false, L4.UNKNOWN],
])("a connection with MPTCP has the protocol %s", (_what, isLive, expected) => {
  const stage = stageWith(INET, STREAM, isLive);
  stage.happen(EventCode.SOCKET_X, 100, [4, INET, STREAM, 262, 0]);
  const ends = tuple("10.0.0.5", 4000, "1.2.3.4", 443);
  const { fd } = stage.happen(EventCode.CONNECT_X, 100, [0, ends, 4, null]);
  expect(fd === undefined ? -1 : protocol(fd)).toBe(expected);
});

describe("a connection of an unknown socket", () => {
  const connect = (stage: Stage, res: number, ends: Uint8Array) =>
    stage.happen(EventCode.CONNECT_X, 100, [res, ends, 9, null]).fd;

  test.each([
    ["IPv4", 0, tuple("10.0.0.5", 4000, "1.2.3.4", 443), "10.0.0.5:4000->1.2.3.4:443"],
    ["IPv4 in the background", -115, tuple("10.0.0.5", 4000, "1.2.3.4", 443), "10.0.0.5:4000->1.2.3.4:443"],
    ["IPv6", 0, tuple6(loopback6, 9, loopback6, 80), "::1:9->::1:80"],
    ["Unix", 0, unix(0xabc, 0xdef, "/run/x.sock"), "abc->def /run/x.sock"],
  ])("adds it on a running machine, and its duplicates are known: %s", (_what, res, ends, name) => {
    const stage = stageWith(INET, STREAM, true);
    const fd = connect(stage, res, ends);
    expect([fd?.name, stage.event.fdNum, fd !== undefined && isConnected(fd)]).toEqual([name, 9, true]);
    stage.happen(EventCode.DUP2_X, 100, [0, 9, 0]);
    expect(stage.thread(100).fds.get(0)?.name).toBe(name);
  });

  test("adds nothing if it fails, or in a capture, as in Falco", () => {
    const ends = tuple("10.0.0.5", 4000, "1.2.3.4", 443);
    expect(connect(stageWith(INET, STREAM, true), -111, ends)).toBeUndefined();
    expect(connect(stageWith(INET, STREAM), 0, ends)).toBeUndefined();
  });
});

describe("a datagram", () => {
  test("that is sent sets the ends of an unconnected socket, and the address of the outgoing interface", () => {
    const stage = stageWith(INET, DGRAM);
    const { fd } = stage.happen(EventCode.SENDTO_X, 100, [1, "x", 3, 1, tuple("0.0.0.0", 4000, "10.0.0.9", 53)]);
    expect([fd?.name, fd === undefined ? -1 : protocol(fd)]).toEqual(["10.0.0.5:4000->10.0.0.9:53", 3]);
    stage.happen(EventCode.SENDTO_X, 100, [1, "x", 3, 1, tuple("0.0.0.0", 4000, "10.0.0.8", 53)]);
    expect(stage.event.fd?.name).toBe("10.0.0.5:4000->10.0.0.8:53");
  });

  test.each([
    ["IPv4", INET, tuple("10.0.0.5", 4000, "10.0.0.9", 5400), "10.0.0.5:4000->10.0.0.9:5400"],
    ["IPv6", INET6, tuple6(loopback6, 4000, loopback6, 5400), "::1:4000->::1:5400"],
  ])("to another address leaves a connected socket connected, over %s", (_what, family, own, name) => {
    const stage = stageWith(family, DGRAM, true);
    const send = (ends: Uint8Array) => stage.happen(EventCode.SENDTO_X, 100, [1, "x", 3, 1, ends]).fd?.name;
    const write = () => stage.happen(EventCode.WRITE_X, 100, [1, "x", 3, 1]).fd?.name;
    stage.happen(EventCode.CONNECT_X, 100, [0, own, 3, null]);
    expect([send(tuple("10.0.0.5", 4000, "10.0.0.8", 53)), write()]).toEqual(["10.0.0.5:4000->10.0.0.8:53", name]);
    const mappedTuple = tuple6(mapped("10.0.0.5"), 4000, mapped("10.0.0.7"), 53);
    expect([send(mappedTuple), write()]).toEqual(["10.0.0.5:4000->10.0.0.7:53", name]);
    expect([send(own), write()]).toEqual([name, name]);
    expect(stage.event.fdNameChanged).toBe(false);
    // Without a peer, the last address is used again.
    stage.happen(EventCode.CONNECT_X, 100, [0, tuple("10.0.0.5", 4000, "0.0.0.0", 0), 3, null]);
    expect([send(tuple("10.0.0.5", 4000, "10.0.0.6", 53)), write()]).toEqual([
      "10.0.0.5:4000->10.0.0.6:53",
      "10.0.0.5:4000->10.0.0.6:53",
    ]);
  });

  test("that a server receives has the sender as source", () => {
    const stage = stageWith(INET, DGRAM);
    stage.happen(EventCode.BIND_X, 100, [0, address("10.0.0.5", 53), 3]);
    const { fd } = stage.happen(EventCode.RECVFROM_X, 100, [1, "x", tuple("10.0.0.9", 4000, "10.0.0.5", 53), 3, 1]);
    expect(fd?.name).toBe("10.0.0.9:4000->10.0.0.5:53");
  });

  test("from an unknown socket adds it", () => {
    const stage = stageWith(INET, DGRAM);
    const { fd, fdNum } = stage.happen(EventCode.SENDTO_X, 100, [
      1,
      "x",
      9,
      1,
      tuple("10.0.0.5", 4000, "10.0.0.9", 53),
    ]);
    expect([fd?.name, fdNum]).toEqual(["10.0.0.5:4000->10.0.0.9:53", 9]);
  });
});

test("a socket of a forked child does not change with the socket of the parent", () => {
  const stage = stageWith(INET, STREAM);
  const parent = stage.thread(100);
  const child = parent.fds.fork();
  stage.happen(EventCode.CONNECT_X, 100, [0, tuple("10.0.0.5", 4000, "1.2.3.4", 443), 3, null]);
  expect([parent.fds.get(3)?.name, child.get(3)?.name]).toEqual(["10.0.0.5:4000->1.2.3.4:443", ""]);
});

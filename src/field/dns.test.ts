import { describe, expect, it, test } from "vitest";
import { process, Stage, values } from "../../test/stage.ts";
import { addressOf } from "../event/address.ts";
import { EventCode } from "../event/code.ts";
import { ResolvedNames } from "../machine/dns/resolved-names.ts";
import { writeDns } from "../machine/dns/write.ts";
import type { Observed } from "../machine/observed.ts";
import { vocabulary } from "./catalogue.ts";
import { dnsClasses } from "./dns.ts";
import type { Scalar, Value } from "./field.ts";

const words = vocabulary({}, dnsClasses);
const ip = (text: string) => addressOf(text) ?? "";

function read(event: Observed, name: string): Value | undefined {
  return words.lookup(name)?.field.bind(undefined)(event);
}

function holds(event: Observed, name: string, operator: string, ...operands: Scalar[]): boolean | undefined {
  return words.lookup(name)?.field.test?.(undefined, operator, operands)?.(event);
}

function tuple(source: string, sourcePort: number, destination: string, port: number): Uint8Array {
  const end = (address: string, port: number) => [...Buffer.from(ip(address), "latin1"), port & 255, port >> 8];
  return Uint8Array.from([2, ...end(source, sourcePort), ...end(destination, port)]);
}

/** A process with a datagram socket. */
function begin(): Stage {
  const stage = new Stage({}, [process(10, 1)]);
  stage.machine.names = new ResolvedNames();
  stage.happen(EventCode.SOCKET_X, 10, values(EventCode.SOCKET_X, { fd: 3, domain: 2, type: 2, proto: 17 }));
  return stage;
}

function send(stage: Stage, data: Uint8Array, port = 53): Observed {
  const named = {
    res: data.length,
    data,
    fd: 3,
    size: data.length,
    tuple: tuple("10.0.0.1", 40_000, "10.0.0.2", port),
  };
  return stage.happen(EventCode.SENDTO_X, 10, values(EventCode.SENDTO_X, named));
}

function receive(stage: Stage, data: Uint8Array): Observed {
  const named = { res: data.length, data, fd: 3, size: data.length, tuple: tuple("10.0.0.2", 53, "10.0.0.1", 40_000) };
  return stage.happen(EventCode.RECVFROM_X, 10, values(EventCode.RECVFROM_X, named));
}

function connect(stage: Stage, address: string): Observed {
  stage.happen(EventCode.SOCKET_X, 10, values(EventCode.SOCKET_X, { fd: 4, domain: 2, type: 1, proto: 6 }));
  const named = { res: 0, fd: 4, tuple: tuple("10.0.0.1", 50_000, address, 443) };
  return stage.happen(EventCode.CONNECT_X, 10, values(EventCode.CONNECT_X, named));
}

function resolve(stage: Stage, name: string, address: string): void {
  send(stage, writeDns({ id: 1, name }));
  receive(stage, writeDns({ id: 1, name }, [{ address: ip(address) }]));
}

const NAMES = ["dns.type", "dns.id", "dns.name", "dns.name.length", "dns.rrtype", "dns.rcode", "dns.answers"];

describe("fields of DNS messages in system calls", () => {
  it("have the fields of the question", () => {
    const event = send(begin(), writeDns({ id: 515, name: "Www.Example.Test", type: 65 }));
    const expected = ["query", 515, "www.example.test", 16, "HTTPS", undefined, undefined];
    expect(NAMES.map((name) => read(event, name))).toEqual(expected);
  });

  it("have the fields of the answer", () => {
    const stage = begin();
    const records = [
      { alias: "cdn.test" },
      { owner: "cdn.test", address: ip("192.0.2.1") },
      { owner: "cdn.test", address: ip("2001:db8::1") },
    ];
    const event = receive(stage, writeDns({ id: 515, name: "a.test" }, records));
    const answers = ["cdn.test", "192.0.2.1", "2001:db8::1"];
    expect(NAMES.map((name) => read(event, name))).toEqual(["answer", 515, "a.test", 6, "A", "NOERROR", answers]);
    expect(read(receive(stage, writeDns({ id: 515, name: "a.test" }, [], 3)), "dns.rcode")).toBe("NXDOMAIN");
  });

  it("are absent for other ports, other data, and sent answers", () => {
    const stage = begin();
    const absent = NAMES.map(() => undefined);
    expect(NAMES.map((name) => read(send(stage, writeDns({ id: 1, name: "a.test" }), 54), name))).toEqual(absent);
    expect(NAMES.map((name) => read(send(stage, Uint8Array.from([1, 2, 3])), name))).toEqual(absent);
    expect(NAMES.map((name) => read(send(stage, writeDns({ id: 1, name: "a.test" }, [])), name))).toEqual(absent);
    expect(NAMES.map((name) => read(connect(stage, "192.0.2.1"), name))).toEqual(absent);
  });
});

describe("names of addresses", () => {
  it("are the latest names of the ends of a connection", () => {
    const stage = begin();
    resolve(stage, "a.test", "192.0.2.1");
    const event = connect(stage, "192.0.2.1");
    expect([read(event, "fd.sip.name"), read(event, "fd.cip.name")]).toEqual(["a.test", undefined]);
    expect(read(connect(stage, "192.0.2.2"), "fd.sip.name")).toBeUndefined();
  });

  test.each<[string, readonly Scalar[], boolean]>([
    ["=", ["A.test."], true],
    ["=", ["b.test"], true],
    ["=", ["c.test"], false],
    ["in", ["c.test", "b.test"], true],
    ["in", ["c.test", "d.test"], false],
    ["!=", ["a.test"], false],
    ["!=", ["c.test"], true],
  ])("%s %j is compared with each name of the address", (operator, operands, expected) => {
    const stage = begin();
    resolve(stage, "a.test", "192.0.2.1");
    resolve(stage, "b.test", "192.0.2.1");
    expect(holds(connect(stage, "192.0.2.1"), "fd.sip.name", operator, ...operands)).toBe(expected);
  });

  it("are available for the local and the remote end", () => {
    const stage = begin();
    resolve(stage, "a.test", "192.0.2.1");
    resolve(stage, "own.test", "10.0.0.1");
    const netmask = ip("255.0.0.0");
    stage.machine.interfaces([{ name: "eth0", address: ip("10.0.0.1"), netmask, broadcast: "", linkSpeed: 0n }]);
    const event = connect(stage, "192.0.2.1");
    expect([read(event, "fd.lip.name"), read(event, "fd.rip.name")]).toEqual(["own.test", "a.test"]);
    expect(read(event, "fd.cip.name")).toBe("own.test");
  });

  it("are unequal to a name only once the name is resolved", () => {
    const stage = begin();
    const event = connect(stage, "192.0.2.1");
    expect([holds(event, "fd.sip.name", "=", "a.test"), holds(event, "fd.sip.name", "!=", "a.test")]).toEqual([
      false,
      false,
    ]);
    stage.machine.names?.learn("a.test", new Set([ip("192.0.2.7")]));
    expect(holds(event, "fd.sip.name", "!=", "a.test")).toBe(true);
    stage.machine.names?.learn("a.test", new Set([ip("192.0.2.1")]));
    expect(holds(event, "fd.sip.name", "=", "a.test")).toBe(true);
  });

  it("are compared individually by other operators", () => {
    const stage = begin();
    resolve(stage, "a.test", "192.0.2.1");
    resolve(stage, "b.test", "192.0.2.1");
    const event = connect(stage, "192.0.2.1");
    const any = words.lookup("fd.sip.name")?.field.any?.(undefined);
    expect(["a.test", "b.test", "c.test"].map((name) => any?.(event, (value) => value === name))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("are absent and match no operand if names are not tracked", () => {
    const stage = begin();
    stage.machine.names = undefined;
    const event = connect(stage, "192.0.2.1");
    expect(read(event, "fd.sip.name")).toBeUndefined();
    expect(["=", "!=", "in"].map((operator) => holds(event, "fd.sip.name", operator, "a.test"))).toEqual([
      false,
      false,
      false,
    ]);
    expect(read(event, "fd.sip.is_resolved")).toBeUndefined();
  });
});

it("fd.sip.is_resolved has a value for processes that started after the sensor", () => {
  const stage = begin();
  resolve(stage, "a.test", "192.0.2.1");
  expect(read(connect(stage, "192.0.2.2"), "fd.sip.is_resolved")).toBeUndefined();
  stage.thread(10).cloneTime = stage.time;
  expect(read(connect(stage, "192.0.2.1"), "fd.sip.is_resolved")).toBe(true);
  expect(read(connect(stage, "192.0.2.2"), "fd.sip.is_resolved")).toBe(false);
});

import { describe, expect, it, test } from "vitest";
import { process, Stage, values } from "../../../test/stage.ts";
import { addressOf, addressText } from "../../event/address.ts";
import { EventCode } from "../../event/code.ts";
import type { Observed } from "../observed.ts";
import { type NameLimits, ResolvedNames } from "./resolved-names.ts";
import { type AnswerRecord, overTcp, writeDns } from "./write.ts";

const ip = (text: string) => addressOf(text) ?? "";
const SERVER = "10.0.0.2";
const SECOND = 1_000_000_000n;

/** The bytes of a socket tuple with two IPv4 ends. */
function tuple(source: string, sourcePort: number, destination: string, port: number): Uint8Array {
  const end = (address: string, port: number) => [...Buffer.from(ip(address), "latin1"), port & 255, port >> 8];
  return Uint8Array.from([2, ...end(source, sourcePort), ...end(destination, port)]);
}

/** A machine whose processes send queries to DNS servers. */
class Machines extends Stage {
  readonly names: ResolvedNames;

  constructor(limits: NameLimits = {}) {
    super({}, [process(10, 1), process(20, 1)]);
    this.names = new ResolvedNames(limits);
    this.machine.names = this.names;
  }

  socket(pid: number, fd = 3): void {
    const named = { fd, domain: 2, type: 2, proto: 17 };
    this.happen(EventCode.SOCKET_X, pid, values(EventCode.SOCKET_X, named));
  }

  ask(pid: number, name: string, { id = 7, fd = 3, server = SERVER, type = 1 } = {}): void {
    if (this.thread(pid).fds.get(fd) === undefined) this.socket(pid, fd);
    const data = writeDns({ id, name, type });
    const named = { res: data.length, data, fd, size: data.length, tuple: tuple("10.0.0.1", 40_000 + fd, server, 53) };
    this.happen(EventCode.SENDTO_X, pid, values(EventCode.SENDTO_X, named));
  }

  answer(pid: number, name: string, records: readonly AnswerRecord[], { id = 7, fd = 3, server = SERVER } = {}): void {
    const data = writeDns({ id, name }, records);
    const named = { res: data.length, data, fd, size: data.length, tuple: tuple(server, 53, "10.0.0.1", 40_000 + fd) };
    this.happen(EventCode.RECVFROM_X, pid, values(EventCode.RECVFROM_X, named));
  }

  resolve(pid: number, name: string, ...addresses: readonly string[]): void {
    this.ask(pid, name);
    this.answer(
      pid,
      name,
      addresses.map((address) => ({ address: ip(address) })),
    );
  }

  /** An event of a process at the current time. */
  at(pid: number): Observed {
    return this.happen(EventCode.CLOSE_X, pid, values(EventCode.CLOSE_X, { res: 0, fd: 99 }));
  }

  latest(pid: number, address: string): string | undefined {
    return this.names.latest(this.at(pid), ip(address));
  }
}

describe("a name of an address", () => {
  it("is the name of the question or one of its aliases", () => {
    const machines = new Machines();
    machines.ask(10, "www.Example.test");
    machines.answer(10, "www.example.TEST", [
      { alias: "edge.cdn.test" },
      { owner: "edge.cdn.test", address: ip("192.0.2.1") },
      { owner: "other.test", address: ip("192.0.2.9") },
    ]);
    expect(machines.latest(10, "192.0.2.1")).toBe("www.example.test");
    expect(machines.names.isNamed(machines.at(10), ip("192.0.2.1"), "edge.cdn.test")).toBe(true);
    expect(machines.latest(10, "192.0.2.9")).toBeUndefined();
  });

  it("is the latest of the process, otherwise the latest of another process", () => {
    const machines = new Machines();
    machines.resolve(10, "a.test", "192.0.2.1");
    machines.resolve(20, "b.test", "192.0.2.1");
    expect([machines.latest(10, "192.0.2.1"), machines.latest(20, "192.0.2.1")]).toEqual(["a.test", "b.test"]);
    machines.resolve(20, "c.test", "192.0.2.2");
    expect(machines.latest(10, "192.0.2.2")).toBe("c.test");
  });

  it("is not known in another container", () => {
    const machines = new Machines();
    machines.at(20);
    machines.thread(20).containerId = "abcdef012345";
    machines.resolve(20, "a.test", "192.0.2.1");
    expect([machines.latest(10, "192.0.2.1"), machines.latest(20, "192.0.2.1")]).toEqual([undefined, "a.test"]);
  });

  it("counts for its TTL, but at least 10 minutes and at most a day", () => {
    const machines = new Machines();
    const lasts = (ttl: number, seconds: bigint): boolean => {
      machines.ask(10, "a.test");
      machines.answer(10, "a.test", [{ address: ip("192.0.2.1"), ttl }]);
      machines.time += seconds * SECOND;
      return machines.latest(10, "192.0.2.1") !== undefined;
    };
    expect([lasts(1, 599n), lasts(1, 601n)]).toEqual([true, false]);
    expect([lasts(3600, 3599n), lasts(3600, 3601n)]).toEqual([true, false]);
    expect([lasts(2 ** 31 - 1, 86_399n), lasts(2 ** 31 - 1, 86_401n)]).toEqual([true, false]);
  });
});

describe("an answer does not count", () => {
  const records = [{ address: ip("192.0.2.1") }];

  test.each<[string, (machines: Machines) => void, bigint?]>([
    ["without a question", () => {}],
    ["with another id", (machines) => machines.ask(10, "a.test", { id: 8 })],
    ["with another name", (machines) => machines.ask(10, "b.test")],
    ["with another type", (machines) => machines.ask(10, "a.test", { type: 28 })],
    ["on another socket", (machines) => machines.ask(10, "a.test", { fd: 4 })],
    ["of another server", (machines) => machines.ask(10, "a.test", { server: "10.0.0.3" })],
    ["of another process", (machines) => machines.ask(20, "a.test")],
    ["after half a minute", (machines) => machines.ask(10, "a.test"), 31n],
  ])("%s", (_, before, seconds = 0n) => {
    const machines = new Machines();
    before(machines);
    machines.time += seconds * SECOND;
    if (machines.thread(10).fds.get(3) === undefined) machines.socket(10);
    machines.answer(10, "a.test", records);
    expect(machines.latest(10, "192.0.2.1")).toBeUndefined();
    expect([machines.names.answers, machines.names.unsolicited]).toEqual([0, 1]);
  });

  it("a second time", () => {
    const machines = new Machines();
    machines.resolve(10, "a.test", "192.0.2.1");
    machines.answer(10, "a.test", [{ address: ip("192.0.2.2") }]);
    expect(machines.latest(10, "192.0.2.2")).toBeUndefined();
  });

  it("from another port", () => {
    const machines = new Machines();
    machines.socket(10);
    const data = writeDns({ id: 7, name: "a.test" });
    const sent = { res: data.length, data, fd: 3, size: data.length, tuple: tuple("10.0.0.1", 40_000, SERVER, 5353) };
    machines.happen(EventCode.SENDTO_X, 10, values(EventCode.SENDTO_X, sent));
    const answer = writeDns({ id: 7, name: "a.test" }, records);
    const got = { res: answer.length, data: answer, fd: 3, tuple: tuple(SERVER, 5353, "10.0.0.1", 40_000) };
    machines.happen(EventCode.RECVFROM_X, 10, values(EventCode.RECVFROM_X, got));
    expect(machines.names.answers).toBe(0);
  });
});

it("reads connected sockets, including a TCP response in parts", () => {
  const machines = new Machines();
  const named = { fd: 3, domain: 2, type: 1, proto: 6 };
  machines.happen(EventCode.SOCKET_X, 10, values(EventCode.SOCKET_X, named));
  const connected = { res: 0, tuple: tuple("10.0.0.1", 40_000, SERVER, 53), fd: 3 };
  machines.happen(EventCode.CONNECT_X, 10, values(EventCode.CONNECT_X, connected));
  const question = overTcp(writeDns({ id: 7, name: "a.test" }));
  const sent = { res: question.length, data: question, fd: 3, size: question.length };
  machines.happen(EventCode.WRITEV_X, 10, values(EventCode.WRITEV_X, sent));
  const answer = writeDns({ id: 7, name: "a.test" }, [{ address: ip("192.0.2.1") }]);
  machines.happen(EventCode.READ_X, 10, values(EventCode.READ_X, { res: 2, data: overTcp(answer).slice(0, 2), fd: 3 }));
  machines.happen(EventCode.READ_X, 10, values(EventCode.READ_X, { res: answer.length, data: answer, fd: 3 }));
  expect(machines.latest(10, "192.0.2.1")).toBe("a.test");
});

describe("whether an address is resolved", () => {
  it("is known for processes that started after the first event", () => {
    const machines = new Machines();
    machines.resolve(10, "a.test", "192.0.2.1");
    const is = (pid: number, address: string) => machines.names.isResolved(machines.at(pid), ip(address));
    expect([is(10, "192.0.2.1"), is(20, "192.0.2.1"), is(10, "192.0.2.2")]).toEqual([true, true, undefined]);
    machines.thread(10).cloneTime = machines.time;
    expect([is(10, "192.0.2.1"), is(10, "192.0.2.2")]).toEqual([true, false]);
    machines.time += 86_401n * SECOND;
    expect(is(10, "192.0.2.1")).toBe(false);
  });
});

describe("the limits", () => {
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;

  it("keep the names of other processes if one process resolves many", () => {
    const machines = new Machines({ most: 1000, perContainer: 500, perProcess: 100 });
    machines.resolve(20, "a.test", "192.0.2.1");
    for (let i = 0; i < 2000; i++) machines.resolve(10, `n${i}.test`, address(i));
    expect(machines.names.addresses).toBe(101);
    expect(machines.latest(20, "192.0.2.1")).toBe("a.test");
    expect([machines.latest(10, address(0)), machines.latest(10, address(1999))]).toEqual([undefined, "n1999.test"]);
  });

  it("drop the oldest address of the container with the most addresses", () => {
    const machines = new Machines({ most: 10 });
    machines.at(20);
    machines.thread(20).containerId = "abcdef012345";
    machines.resolve(20, "a.test", "192.0.2.1");
    for (let i = 0; i < 50; i++) machines.resolve(10, `n${i}.test`, address(i));
    expect(machines.names.addresses).toBe(10);
    expect(machines.latest(20, "192.0.2.1")).toBe("a.test");
  });

  it("apply to the names of an address, of which a process replaces only its own", () => {
    const machines = new Machines();
    machines.resolve(20, "a.test", "192.0.2.1");
    for (let i = 0; i < 50; i++) machines.resolve(10, `n${i}.test`, "192.0.2.1");
    const found: string[] = [];
    machines.names.some(machines.at(10), ip("192.0.2.1"), (name) => found.push(name) < 0);
    expect(found).toEqual(["a.test", ...Array.from({ length: 7 }, (_, i) => `n${43 + i}.test`)]);
  });

  it("apply to the size of names", () => {
    const machines = new Machines({ bytes: 10_000 });
    const long = `${"x".repeat(60)}.`.repeat(3);
    for (let i = 0; i < 100; i++) machines.resolve(10, `${long}n${i}.test`, address(i));
    expect(machines.names.addresses).toBeLessThan(45);
    expect(machines.latest(10, address(99))).toBe(`${long}n99.test`);
    for (let i = 0; i < 500; i++) machines.resolve(10, `n${i % 20}.test`, address(i % 7));
    expect(machines.names.addresses).toBeGreaterThanOrEqual(7);
  });

  it("apply to queries without a response", () => {
    const machines = new Machines();
    for (let i = 0; i < 5000; i++) machines.ask(10, `n${i}.test`);
    machines.resolve(20, "a.test", "192.0.2.1");
    expect(machines.latest(20, "192.0.2.1")).toBe("a.test");
    machines.time += 31n * SECOND;
    machines.resolve(10, "b.test", "192.0.2.2");
    expect(machines.latest(10, "192.0.2.2")).toBe("b.test");
  });
});

it("has the addresses of names that rules compare with", () => {
  const machines = new Machines();
  const { names } = machines;
  names.learn("pool.test", new Set([ip("192.0.2.1"), ip("2001:db8::1")]));
  expect(machines.latest(10, "192.0.2.1")).toBe("pool.test");
  expect(names.isNamed(machines.at(10), ip("2001:db8::1"), "pool.test")).toBe(true);
  names.keepListed(new Set(["other.test"]));
  expect(machines.latest(10, "192.0.2.1")).toBeUndefined();
  expect(addressText(ip("2001:db8::1"))).toBe("2001:db8::1");
});

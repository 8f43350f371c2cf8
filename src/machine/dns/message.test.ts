import { describe, expect, it, test } from "vitest";
import { seeded } from "../../../test/damaged/random.ts";
import { addressOf } from "../../event/address.ts";
import { parseDns, parseDnsData } from "./message.ts";
import { overTcp, writeDns } from "./write.ts";

const parse = (bytes: Uint8Array, to = bytes.length) => parseDns(bytes, 0, to);
const bytes = (...parts: (number | string)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...Buffer.from(part, "latin1")])));

const ip = (text: string) => addressOf(text) ?? "";
const a = { id: 1, name: "a.test" };
const two = [{ address: ip("192.0.2.1") }, { address: ip("192.0.2.2") }];

/** A header for one question and the given number of answers. */
const header = (answers = 0) => bytes(0, 7, answers > 0 ? 0x80 : 1, 0, 0, 1, 0, answers, 0, 0, 0, 0);
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const tail = bytes(0, 1, 0, 1);

describe("a DNS message", () => {
  it("has the question in lower case", () => {
    expect(parse(writeDns({ id: 4711, name: "WwW.Example.COM", type: 28 }))).toEqual({
      ...{ id: 4711, isAnswer: false, rcode: 0, name: "www.example.com", type: 28, records: [] },
    });
  });

  it("has addresses, names of aliases and TTLs of the answer", () => {
    const message = parse(
      writeDns({ id: 1, name: "a.test" }, [
        { alias: "b.test", ttl: 5 },
        { owner: "b.test", address: ip("192.0.2.1"), ttl: 70_000 },
        { owner: "b.test", address: ip("2001:db8::1") },
      ]),
    );
    expect(message?.records).toEqual([
      { owner: "a.test", type: 5, ttl: 5, address: "", text: "b.test" },
      { owner: "b.test", type: 1, ttl: 70_000, address: ip("192.0.2.1"), text: undefined },
      { owner: "b.test", type: 28, ttl: 60, address: ip("2001:db8::1"), text: undefined },
    ]);
  });

  it("has the response code", () => {
    expect(parse(writeDns({ id: 1, name: "none.test" }, [], 3))).toMatchObject({ isAnswer: true, rcode: 3 });
  });

  it("escapes special and unprintable bytes in a name", () => {
    const name = bytes(4, "a.b\\", 3, 0, 0xff, 32, 1, "c", 0);
    expect(parse(join(header(), name, tail))?.name).toBe("a\\.b\\\\.\\000\\255\\032.c");
  });

  it("joins the texts of a TXT record", () => {
    const record = bytes(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 5, 1, "a", 2, "bc");
    expect(parse(join(header(1), bytes(1, "x", 0), tail, record))?.records[0]?.text).toBe("abc");
  });

  it("is parsed up to the point of truncation", () => {
    const whole = writeDns(a, two);
    expect(parse(whole, whole.length - 1)?.records).toHaveLength(1);
    expect(parse(whole, 12 + 8 + 4)).toMatchObject({ name: "a.test", records: [] });
    expect(parse(whole, 12 + 8 + 3)).toBeUndefined();
    expect(parse(whole, 11)).toBeUndefined();
  });

  test.each([
    ["a pointer to itself", bytes(0xc0, 12)],
    ["pointers to each other", bytes(0xc0, 14, 0xc0, 12)],
    ["a pointer forwards", bytes(0xc0, 14, 1, "x", 0)],
    ["a pointer to its own label", bytes(1, "x", 0xc0, 12)],
    ["a pointer to the header", bytes(0xc0, 0)],
    ["a pointer behind the message", bytes(0xff, 0xff)],
    ["half a pointer", bytes(0xc0)],
    ["a reserved kind of label", bytes(0x40, "x", 0)],
    ["a name of 256 bytes", bytes(...Array.from({ length: 4 }, () => [63, "x".repeat(63)]).flat(), 0)],
    ["a label behind the end", bytes(63, "x")],
  ])("is rejected with %s in its question", (_, name) => {
    expect(parse(join(header(), name, tail))).toBeUndefined();
  });

  it("may have a name of 255 bytes", () => {
    const name = bytes(...Array.from({ length: 3 }, () => [63, "x".repeat(63)]).flat(), 61, "y".repeat(61), 0);
    expect(parse(join(header(), name, tail))?.name).toHaveLength(63 * 3 + 61 + 3);
  });

  it("is rejected with several questions, another operation or another class", () => {
    const question = writeDns(a);
    const changed = (at: number, value: number) => Uint8Array.from(question).with(at, value);
    expect(parse(changed(5, 2))).toBeUndefined();
    expect(parse(changed(5, 0))).toBeUndefined();
    expect(parse(changed(2, 0x28))).toBeUndefined(); // UPDATE
    expect(parse(changed(question.length - 1, 3))).toBeUndefined();
  });

  it("has at most 64 records", () => {
    const answers = Array.from({ length: 200 }, (_, i) => ({ address: ip(`10.0.0.${i}`) }));
    expect(parse(writeDns(a, answers))?.records).toHaveLength(64);
  });

  it("has no records beyond the limit for the work on names", () => {
    const name = `${"x".repeat(60)}.${"y".repeat(60)}.${"z".repeat(60)}`;
    const record = bytes(0xc0, 12 + 61, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1);
    const question = writeDns({ id: 1, name }).with(2, 0x80).with(7, 64);
    const found = parse(join(question, ...Array.from({ length: 64 }, () => record)))?.records;
    expect(found?.length).toBeGreaterThan(10);
    expect(found?.length).toBeLessThan(20);
    expect(found?.[0]?.owner).toBe(name.slice(61));
  });

  it("is read in bounded time if all records have long chains of pointers", () => {
    const chain: number[] = [];
    for (let i = 0; i < 8000; i++) chain.push(0xc0 | ((12 + 7 + 2 * (i - 1)) >> 8), (12 + 7 + 2 * (i - 1)) & 255);
    const records = Array.from({ length: 64 }, (_, i) => [...chain.slice(-2 * (i + 1)), 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(parse(join(header(64), bytes(1, "x", 0), tail, Uint8Array.from(records.flat())))?.name).toBe("x");
  });
});

describe("the data of a call over TCP", () => {
  const question = writeDns(a);

  it("may begin with the length of the message", () => {
    const framed = overTcp(question);
    expect(parseDnsData(framed, 0, framed.length, framed.length)?.name).toBe("a.test");
    expect(parseDnsData(question, 0, question.length, question.length)?.name).toBe("a.test");
    expect(parseDnsData(framed, 0, 2, 2)).toBeUndefined();
  });

  it("may have several messages, and may be truncated", () => {
    const both = join(overTcp(question), overTcp(writeDns({ id: 8, name: "b.test" })));
    expect(parseDnsData(both, 0, both.length, both.length)?.name).toBe("a.test");
    const answer = overTcp(writeDns(a, two));
    expect(parseDnsData(answer, 0, 45, answer.length)?.records).toHaveLength(1);
  });
});

it("parses damaged messages without an error", () => {
  const random = seeded(53);
  const whole = writeDns({ id: 1, name: "mail.example.test" }, [
    { alias: "x.example.test" },
    { owner: "x.example.test", address: ip("192.0.2.1") },
    { address: ip("2001:db8::1") },
  ]);
  let parsed = 0;
  for (let i = 0; i < 20_000; i++) {
    const size = i % 3 === 0 ? random.below(80) : whole.length;
    const message = i % 3 === 0 ? Uint8Array.from({ length: size }, () => random.below(256)) : Uint8Array.from(whole);
    for (let changes = random.below(6); changes > 0; changes--) message[random.below(size)] = random.below(256);
    const to = random.below(size + 1);
    const found = parseDnsData(message, 0, to, random.below(200));
    if (found === undefined) continue;
    parsed++;
    expect(found.name.length).toBeLessThanOrEqual(255 * 4);
    for (const { owner, address, text } of found.records) {
      expect(owner.length).toBeLessThanOrEqual(255 * 4);
      expect([0, 4, 16]).toContain(address.length);
      expect(text?.length ?? 0).toBeLessThanOrEqual(1024);
    }
  }
  expect(parsed).toBeGreaterThan(1000);
});

import { afterAll, describe, expect, test } from "vitest";
import { QueryError } from "../query/error.ts";
import { parseQuery } from "../query/parse.ts";
import { entry, newJournal } from "./alerts.fixture.ts";
import { openReader } from "./read.ts";
import { openWriter } from "./write.ts";

const NOW = Date.UTC(2026, 10, 25, 12);
const HOUR = 3_600_000_000_000n;
const noon = BigInt(NOW) * 1_000_000n;

const file = newJournal();
const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
writer.append([
  entry(
    1,
    { time: noon - 30n * HOUR, rule: "Terminal shell in container" },
    { "k8s.ns.name": "prod", "proc.cmdline": "sh -c id" },
  ),
  entry(2, { time: noon - 3n * HOUR, priority: "Critical" }, { "k8s.ns.name": "prod", "fd.name": "/etc/shadow" }),
  entry(
    3,
    { time: noon - HOUR, tags: ["network"] },
    { "k8s.ns.name": "staging", "fd.sport": 443, "proc.name": "curl" },
  ),
  entry(
    4,
    { time: noon - HOUR / 2n, priority: "Debug", hostname: "node-2" },
    { "container.name": "web,1", "proc.name": "nginx" },
  ),
  entry(5, { time: noon, message: "Größe: 100% <éclair> shadowy" }, { "fd.name": "/" }),
]);
writer.close();
const reader = openReader(file);
afterAll(() => reader?.close());

function found(...words: readonly string[]): number[] {
  return [...(reader?.find(parseQuery(words, { now: NOW, isField: reader?.isField }), "newest") ?? [])].map(
    ({ seq }) => seq,
  );
}

describe("a query", () => {
  test.each<[string[], number[]]>([
    [[], [5, 4, 3, 2, 1]],
    [["rule=Terminal shell in container"], [1]],
    [["rule=terminal SHELL in container"], [1]],
    [['rule="Terminal shell in container" ns=prod'], [1]],
    [["rule~shell"], [1]],
    [["rule!~shell"], [5, 4, 3, 2]],
    [["rule=none"], []],
    [["ns=prod"], [2, 1]],
    [["ns=prod,staging"], [3, 2, 1]],
    [["ns!=prod"], [5, 4, 3]],
    [
      ["not", "ns=prod"],
      [5, 4, 3],
    ],
    [["not not ns=prod"], [2, 1]],
    [["priority>=warning"], [5, 3, 2, 1]],
    [["priority>warning"], [2]],
    [["priority<warning"], [4]],
    [["priority=critical,debug"], [4, 2]],
    [["priority!=warning"], [4, 2]],
    [["priority>=debug"], [5, 4, 3, 2, 1]],
    [["tag=network"], [3]],
    [["tag!=network"], [5, 4, 2, 1]],
    [["host=node-2"], [4]],
    [['container="web,1"'], [4]],
    [["container~WEB"], [4]],
    [["proc=curl,nginx"], [4, 3]],
    [["fd.name=/etc/shadow"], [2]],
    [["file=/"], [5]],
    [["fd.name~SHAD"], [2]],
    [["fd.sport>=443", "fd.sport<444"], [3]],
    [["pid>3"], [5, 4]],
    [["not pid>3"], [3, 2, 1]],
    [["proc.cmdline=sh -c id"], [1]],
    [["shadow"], [2]],
    [["SHADOW"], [2]],
    [["shad*"], [5, 2]],
    [
      ["not", "shadow"],
      [5, 4, 3, 1],
    ],
    [["/etc/shadow"], [2]],
    [['"read the file"'], [4, 3, 2, 1]],
    [['"file the read"'], []],
    [["read", "file", "container"], [1]],
    [["größe"], [5]],
    [["%", "<"], [5]],
    [
      ["since", "2h"],
      [5, 4, 3],
    ],
    [["since 2h until 40m"], [3]],
    [["since=2026-11-24T00:00Z", "until", "2026-11-24"], []],
    [
      ["until", "2026-11-25T09:00:00Z"],
      [2, 1],
    ],
    [["until", "2026-11-25T08:59:59.999999999Z"], [1]],
    [["time>=2026-11-25T12:00Z"], [5]],
    [["since", "1h", "not", "priority=debug", "ns=staging"], [3]],
    [["not since 2h"], [2, 1]],
    [["priority = critical or proc.name in (nginx, none)"], [4, 2]],
    [["(shadow or curl) and not ns=staging"], [2]],
    [["not (shadow or curl)"], [5, 4, 1]],
    [["not", "rule=FILE read"], [1]],
    [["fd.name startswith /etc and since 2h"], [4, 3]],
    [["fd.name regex '/etc/.*[34]'"], [4, 3]],
    [["tags exists and container exists"], [4]],
    [["not container exists"], [5, 3, 2, 1]],
    [["tag glob net*"], [3]],
    [["host endswith -2 or message icontains ÉCLAIR"], [5, 4]],
    [["fd.sport > 1 or (since 2h until 40m)"], [3]],
    [["not fd.sport > 1"], [5, 4, 2, 1]],
    [["container in ('web,1')"], [4]],
  ])("%j finds %j", (words, expected) => {
    expect(found(...words)).toEqual(expected);
  });

  test.each([
    ["priority>=loud", /is not a priority/],
    ["since", /Expected a time/],
    ["since tomorrow-ish", /is not a time/],
    ['rule="open', /Missing closing quote/],
    ["no.such.field=1", /No alert has a field/],
    ["pid>many", /compares numbers/],
    ["a not", /Expected a condition after "not"/],
    ["rule = x and (", /Expected a condition/],
  ])("%s is rejected with an error message", (words, sentence) => {
    expect(() => found(words)).toThrow(QueryError);
    expect(() => found(words)).toThrow(sentence);
  });

  test("repeats count as alerts", () => {
    const file = newJournal();
    const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
    writer.append([
      entry(1),
      entry(2, { message: "x (repeats: 41)" }, { "eyas.repeats": 41 }),
      entry(3, { message: "repeats", rule: "Other" }),
    ]);
    writer.close();
    const counted = openReader(file);
    const count = (by: string, ...words: readonly string[]) =>
      Object.fromEntries((counted?.count(parseQuery(words), by) ?? []).map(({ value, count }) => [value, count]));
    expect(count("rule")).toEqual({ "File read": 43, Other: 1 });
    expect(count("rule", "rule=Other")).toEqual({ Other: 1 });
    expect(count("priority")).toEqual({ Warning: 44 });
    expect(count("fd.name")).toEqual({ "/etc/file-1": 1, "/etc/file-2": 42, "/etc/file-3": 1 });
    counted?.close();
  });

  test("alerts are counted by columns, by fields, by tags and by time", () => {
    const count = (by: string, ...words: readonly string[]) =>
      Object.fromEntries(
        (reader?.count(parseQuery(words, { now: NOW, isField: reader?.isField }), by) ?? []).map(({ value, count }) => [
          String(value),
          count,
        ]),
      );
    expect(count("rule")).toEqual({ "File read": 4, "Terminal shell in container": 1 });
    expect(count("rule", "since 2h")).toEqual({ "File read": 3 });
    expect(count("priority", "ns=prod")).toEqual({ Critical: 1, Warning: 1 });
    expect(count("ns")).toEqual({ prod: 2, staging: 1, undefined: 2 });
    expect(count("fd.sport")).toEqual({ "443": 1, undefined: 4 });
    expect(count("tag", "pid>1")).toEqual({ T1005: 3, host: 3, network: 1 });
    expect(count("day")).toEqual({ "2026-11-24": 1, "2026-11-25": 4 });
    expect(() => count("nonsense")).toThrow(QueryError);
  });

  test("an alert is found by its sequence number, its ID and a prefix of its ID", () => {
    const all = reader?.read(0, 10) ?? [];
    expect(all).toHaveLength(5);
    for (const { seq, id } of all) {
      expect(reader?.named(String(seq)).map((one) => one.id)).toEqual([id]);
      expect(reader?.named(id).map((one) => one.seq)).toEqual([seq]);
    }
    expect(reader?.named(all[0]!.id.slice(0, 8))).toHaveLength(2);
    expect(reader?.named("ffffffff")).toEqual([]);
    expect(reader?.named("no id")).toEqual([]);
  });
});

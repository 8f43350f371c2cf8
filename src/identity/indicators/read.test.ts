import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type IndicatorKind, IndicatorSet } from "../../condition/indicator-set.ts";
import { readIndicators } from "./read.ts";

const HASH = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-indicators-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(name: string, kind: IndicatorKind, text: string) {
  const file = join(folder, name);
  writeFileSync(file, text);
  const { data, invalid, examples } = readIndicators({ file, kind }, 7);
  const set = new IndicatorSet("x", kind);
  set.replace([data]);
  return { has: (value: string) => set.has(value), size: set.size, invalid, examples, file };
}

const address = (...bytes: number[]): string => String.fromCharCode(...bytes);

describe("plain text", () => {
  test("has one indicator per line, with comments, whitespace and Windows line endings", () => {
    const { has, size, invalid } = read(
      "a.txt",
      "hash",
      `# list\r\n\r\n  ${HASH.toUpperCase()}  # EICAR\r\n${"ab".repeat(16)}`,
    );
    expect([size, invalid]).toEqual([2, 0]);
    expect([has(HASH), has("ab".repeat(16)), has(HASH.replace("2", "3")), has("")]).toEqual([true, true, false, false]);
  });

  test("reports invalid lines with their location, and counts them", () => {
    const { size, invalid, examples, file } = read(
      "a.txt",
      "address",
      "10.0.0.1\nfoo\n10.0.0.256\n1.2.3\n::1\n10.0.0.0/33\n",
    );
    expect([size, invalid]).toEqual([2, 4]);
    expect(examples).toEqual([
      `${file}:2: "foo" is not an address or a network.`,
      `${file}:3: "10.0.0.256" is not an address or a network.`,
      `${file}:4: "1.2.3" is not an address or a network.`,
    ]);
  });

  test("a line of several mebibytes is one invalid line, also without a line ending", () => {
    const { size, invalid } = read("a.txt", "domain", `${"a".repeat(3 << 20)}\nevil.example\n${"b".repeat(5 << 20)}`);
    expect([size, invalid]).toEqual([1, 2]);
  });

  test("a million indicators are all found", () => {
    const lines = Array.from({ length: 1_000_000 }, (_, i) => `${(i >> 16) + 11}.${(i >> 8) & 255}.${i & 255}.7`);
    const { size, has } = read("a.txt", "address", lines.join("\n"));
    expect(size).toBe(1_000_000);
    for (let i = 0; i < 1_000_000; i += 1009)
      expect(has(address((i >> 16) + 11, (i >> 8) & 255, i & 255, 7))).toBe(true);
    expect(has(address(10, 0, 0, 7))).toBe(false);
  }, 300_000);
});

test("networks contain their IPv4 and IPv6 addresses", () => {
  const { has } = read("a.txt", "address", "198.51.100.0/24\n203.0.113.128/25\n2001:db8::/33\n192.0.2.7\n");
  expect(has(address(198, 51, 100, 77))).toBe(true);
  expect(has(address(198, 51, 101, 77))).toBe(false);
  expect([has(address(203, 0, 113, 128)), has(address(203, 0, 113, 127))]).toEqual([true, false]);
  expect([has(address(192, 0, 2, 7)), has(address(192, 0, 2, 8))]).toEqual([true, false]);
  const v6 = (third: number) => address(0x20, 1, 0x0d, 0xb8, third, ...Array<number>(11).fill(9));
  expect([has(v6(0x7f)), has(v6(0x80))]).toEqual([true, false]);
});

test("only the end of a name that is longer than a domain is looked up", () => {
  const label = "a".repeat(61);
  const longest = `${label}.${label}.${label}.${label}.test`;
  const { has, size } = read("a.txt", "domain", `*.example.com\n*.${longest}\n${longest}\n`);
  expect([size, longest.length]).toEqual([3, 252]);
  expect([has(longest), has(`b.${longest}`), has(`${longest}x`)]).toEqual([true, true, false]);
  const labels = "a.".repeat(100_000); // all suffixes together would be 10 billion characters
  expect([has(`${labels}example.com`), has(`${labels}example.org`), has(labels)]).toEqual([true, false, false]);
});

test("domains match themselves in any case; those with *. match subdomains only", () => {
  const { has } = read("a.txt", "domain", "Evil.example\n*.bad.example\n.worse.example\nno domain\n");
  expect([has("evil.EXAMPLE"), has("evil.example."), has("a.evil.example"), has("evil.example.com")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([has("a.bad.example"), has("a.b.bad.example."), has("bad.example"), has("xbad.example")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([has("x.worse.example"), has("."), has("")]).toEqual([true, false, false]);
});

test("CSV: the first valid cell of a line is used, and column names are ignored", () => {
  const { size, has, invalid } = read(
    "a.csv",
    "hash",
    `"sha256","name"\n1,"${HASH}","eicar"\n2;${"cd".repeat(20)};x\n3,none\n`,
  );
  expect([size, invalid]).toEqual([2, 1]);
  expect([has(HASH), has("cd".repeat(20))]).toEqual([true, true]);
});

describe("STIX", () => {
  const bundle = (...objects: readonly object[]) => JSON.stringify({ type: "bundle", id: "bundle--1", objects });
  const indicator = (pattern: string, more: object = {}) => ({
    type: "indicator",
    id: "indicator--1",
    pattern,
    pattern_type: "stix",
    ...more,
  });

  test("reads values of the kind from comparisons in patterns and from observed objects", () => {
    const text = bundle(
      indicator(`[file:hashes.'SHA-256' = '${HASH}' OR file:hashes.MD5 = '${"ab".repeat(16)}']`),
      indicator("[ipv4-addr:value = '203.0.113.9'] OR [ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
      indicator("[domain-name:value = 'evil-AND-bad.example']"),
      { type: "ipv6-addr", id: "ipv6-addr--1", value: "2001:db8::1" },
      { type: "file", id: "file--1", hashes: { "SHA-256": "ef".repeat(32) } },
    );
    expect(read("a.json", "hash", text)).toMatchObject({ size: 3, invalid: 0 });
    const addresses = read("a.json", "address", text);
    expect(addresses.size).toBe(3);
    expect(addresses.has(address(198, 51, 100, 1))).toBe(true);
    expect(read("a.json", "domain", text).has("evil-and-bad.example")).toBe(true);
  });

  test("skips revoked and expired indicators, and counts patterns of several observations", () => {
    const text = bundle(
      indicator("[domain-name:value = 'a.example']", { revoked: true }),
      indicator("[domain-name:value = 'b.example']", { valid_until: "2020-01-01T00:00:00Z" }),
      indicator("[domain-name:value = 'c.example' AND ipv4-addr:value = '1.1.1.1']"),
      indicator("[domain-name:value = 'd.example']", { valid_until: "2999-01-01T00:00:00Z" }),
      indicator("x", { pattern_type: "yara" }),
      null as unknown as object,
    );
    const { size, has, invalid } = read("a.json", "domain", text);
    expect([size, has("d.example"), invalid]).toEqual([1, true, 2]);
  });

  test("reports an error if the file is not a bundle", () => {
    expect(() => read("a.json", "hash", "{")).toThrow();
    expect(() => read("a.json", "hash", "[]")).toThrow("the file is not a STIX bundle");
  });
});

test("a directory, a device and a missing file are errors", () => {
  for (const file of [folder, "/dev/zero", join(folder, "none")])
    expect(() => readIndicators({ file, kind: "hash" }, 1)).toThrow();
  symlinkSync("/dev/zero", join(folder, "link"));
  expect(() => readIndicators({ file: join(folder, "link"), kind: "hash" }, 1)).toThrow(
    "the path is not a regular file",
  );
});

import { describe, expect, test } from "vitest";
import { globTest } from "../event/glob.ts";
import { networksTest, networkTest, parseAddress, parseNetwork } from "./address.ts";
import { piecesTest, prefixTest, suffixTest } from "./many-texts.ts";
import { pathSetTest } from "./path-set.ts";
import { RegexError, regexTest } from "./regex.ts";

describe("glob", () => {
  const glob = (pattern: string, text: string) => globTest(pattern, false)(text);

  test.each([
    ["ba??", "bash", true],
    ["ba??", "ba", false],
    ["*", "", true],
    ["**", "a/b", true],
    ["/etc/*", "/etc/ssl/certs", true],
    ["/etc/*", "/etc", false],
    ["*.so*", "/lib/libc.so.6", true],
    ["a*b*c", "a__b__b__c", true],
    ["a*b*c", "a__c__b", false],
    ["[bc]a*", "cat", true],
    ["[!bc]a*", "cat", false],
    ["[^bc]a*", "rat", true],
    ["[a-c]1", "b1", true],
    ["[]a]", "]", true],
    ["[a-]", "-", true],
    ["[[:digit:]]x", "7x", true],
    ["[[:upper:][:digit:]]", "a", false],
    ["[a", "[a", true],
    ["[[:alpha:]", "[p", true],
    ["[[:alpha:]", "[[", false],
    ["[]a[]b]", "[b]", true],
    ["[!]a[!b", "[!]a[!b", true],
    ["[[--t--[:alpha:]", "[p", true],
    ["\\*", "*", true],
    ["\\*", "x", false],
    ["a\\", "a\\", false],
    ["x", "X", false],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(glob(pattern, text)).toBe(expected);
  });

  test("may have many unclosed brackets", () => {
    for (const part of ["[", "[!", "[a-", "[[:alpha:"]) {
      const pattern = part.repeat(30_000);
      expect(glob(`${pattern}*`, `${pattern}x`), part).toBe(true);
    }
  });

  test("can ignore the case of ASCII letters", () => {
    expect(globTest("*PASS?D", true)("/etc/passwd")).toBe(true);
    expect(globTest("[a-c]x", true)("BX")).toBe(true);
    expect(globTest("\xc4", true)("\xe4")).toBe(false);
  });

  test("takes time linear in the length of the text", () => {
    expect(glob(`${"*a".repeat(30)}b`, "a".repeat(5000))).toBe(false);
  });
});

describe("path sets", () => {
  const inSet = pathSetTest(["/etc", "/usr/lib/", "/home/*/.ssh", "/proc/[0-9]*/environ"]);

  test.each([
    ["/etc", true],
    ["/etc/passwd", true],
    ["/etcetera", false],
    ["//etc//passwd", true],
    ["etc/passwd", true],
    ["/usr", false],
    ["/usr/lib/x", true],
    ["/home/bob/.ssh/id_rsa", true],
    ["/home/bob/x/.ssh", false],
    ["/proc/12/environ", true],
    ["/proc/self/environ", false],
    ["", false],
  ])("%s: %s", (path, expected) => {
    expect(inSet(path)).toBe(expected);
  });

  test("the root contains every path", () => {
    expect(pathSetTest(["/"])("/x")).toBe(true);
    expect(pathSetTest([""])("")).toBe(true);
    expect(pathSetTest([])("/x")).toBe(false);
  });
});

test("prefixes are matched in one pass", () => {
  const starts = prefixTest(["/etc/", "/usr/bin", "/usr/bin/x", "/var"]);
  expect(["/etc/passwd", "/usr/bin", "/usr/binary", "/var"].map(starts)).toEqual([true, true, true, true]);
  expect(["/etc", "/usr/bi", "", "x/var"].map(starts)).toEqual([false, false, false, false]);
  expect(prefixTest([""])("")).toBe(true);
});

test.each([
  ["prefixes", prefixTest, (text: string, part: string) => text.startsWith(part)],
  ["suffixes", suffixTest, (text: string, part: string) => text.endsWith(part)],
  ["pieces", piecesTest, (text: string, part: string) => text.includes(part)],
] as const)("many %s match in the same way as each of them alone", (_, make, matches) => {
  const parts = ["a", "ab", "abc", "abcd", "bca", "cab/", "ca", "//", "/ab", "zzz", "zzzz"];
  const letters = ["a", "b", "c", "/", "z"];
  const texts = Array.from({ length: 3000 }, (_, i) =>
    Array.from({ length: i % 7 }, (_, at) => letters[(i * 7919 + at * at * 31 + at * i) % 5]).join(""),
  );
  for (const some of [parts, parts.slice(0, 3), parts.slice(3), parts.slice(6, 7)]) {
    const isMatch = make(some);
    for (const text of texts) expect(isMatch(text), text).toBe(some.some((part) => matches(text, part)));
  }
});

describe("regular expressions", () => {
  test("must match the whole text", () => {
    expect(regexTest("ba.h")("bash")).toBe(true);
    expect(regexTest("ba.h")("xbash")).toBe(false);
    expect(regexTest("ba(sh|t)")("bat")).toBe(true);
    expect(regexTest("^a$")("a")).toBe(true);
  });

  test("match UTF-8 characters", () => {
    expect(regexTest("\xc3\xa4.")("\xc3\xa4\xc3\xb6")).toBe(true);
    expect(regexTest("..")("\xc3\xa4\xc3\xb6")).toBe(true);
    expect(regexTest(".*")("\xff")).toBe(false);
  });

  test("are POSIX expressions: named classes are supported, shorthand classes are not", () => {
    expect(regexTest("[[:digit:]]+")("123")).toBe(true);
    for (const foreign of ["\\d+", "a\\b", "(?i)a", "[\\d]"]) expect(() => regexTest(foreign)).toThrow(RegexError);
    expect(regexTest("a\\.b[(?]")("a.b?")).toBe(true);
    expect(regexTest("x\\\\d")("x\\d")).toBe(true);
  });

  test("support repeated repetitions", () => {
    expect(regexTest("a*?b")("aab")).toBe(true);
    expect(regexTest("a+?b")("b")).toBe(true);
    expect(regexTest("a**")("aa")).toBe(true);
    expect(regexTest("[*+]+")("*+*")).toBe(true);
  });

  test("are rejected if they are invalid", () => {
    expect(() => regexTest("(")).toThrow(RegexError);
    expect(() => regexTest("*a")).toThrow(RegexError);
  });
});

describe("addresses", () => {
  test("are parsed as in inet_pton", () => {
    expect(parseAddress("127.0.0.1")).toBe("\x7f\0\0\x01");
    expect(parseAddress("::1")).toBe(`${"\0".repeat(15)}\x01`);
    expect(parseAddress("2001:db8::ff00:42:8329")).toBe("\x20\x01\x0d\xb8\0\0\0\0\0\0\xff\0\0\x42\x83\x29");
    for (const wrong of ["1.2.3", "1.2.3.256", "01.2.3.4", ":::", "1:2", "1::2::3", "zzz", "", "::1/128", "12345::"]) {
      expect(parseAddress(wrong)).toBeUndefined();
    }
  });

  test("are in one of many networks", () => {
    const isInside = networksTest(
      ["10.0.0.0/8", "172.16.0.0/12", "192.0.2.7/32", "fe80::/10"].map((network) => parseNetwork(network)!),
    );
    const inside = ["10.1.2.3", "172.31.0.1", "192.0.2.7", "febf::1"];
    const outside = ["11.1.2.3", "172.32.0.1", "192.0.2.8", "fec0::1", "::1"];
    expect(inside.map((address) => isInside(parseAddress(address)!))).not.toContain(false);
    expect(outside.map((address) => isInside(parseAddress(address)!))).not.toContain(true);
  });

  test("are in networks", () => {
    const within = (network: string, address: string) =>
      networkTest(parseNetwork(network) ?? "")(parseAddress(address) ?? "");
    expect(within("10.0.0.0/8", "10.1.2.3")).toBe(true);
    expect(within("10.0.0.0/8", "11.1.2.3")).toBe(false);
    expect(within("172.16.0.0/12", "172.31.255.255")).toBe(true);
    expect(within("172.16.0.0/12", "172.32.0.0")).toBe(false);
    expect(within("0.0.0.0/0", "1.2.3.4")).toBe(true);
    expect(within("1.2.3.4/32", "1.2.3.5")).toBe(false);
    expect(within("fe80::/10", "febf::1")).toBe(true);
    expect(within("fe80::/10", "fec0::1")).toBe(false);
    expect(within("0.0.0.0/0", "::1")).toBe(false);
    expect(within("::1/128", "::1")).toBe(true);
    for (const wrong of ["10.0.0.0", "10.0.0.0/33", "::/0", "::/129", "x/8"])
      expect(parseNetwork(wrong)).toBeUndefined();
  });
});

import { describe, expect, test } from "vitest";
import { joinPath, Name } from "./path.ts";

describe("joining paths", () => {
  const cases: readonly (readonly [directory: string, name: string, path: string])[] = [
    ["/root/", "a", "/root/a"],
    ["/root/", "/etc/passwd", "/etc/passwd"],
    ["/root/", "./a", "/root/a"],
    ["/root/", "../a", "/a"],
    ["/root/", "../../../a", "/a"],
    ["/a/b/", "../c/./d//e/", "/a/c/d/e"],
    ["", "/etc/../etc//./shadow", "/etc/shadow"],
    ["", "/", "/"],
    ["", "/..", "/"],
    ["/root/", "..", "/"],
    ["/root/", ".", "/root"],
    ["/root/", ".hidden", "/root/.hidden"],
    ["/root/", "..twodots", "/root/..twodots"],
    ["/root/", "a/.hidden/..b", "/root/a/.hidden/..b"],
    ["/root/", "", ""],
    ["<UNKNOWN>", "a/./b", "<UNKNOWN>a/b"],
    ["/tmp/", "\xc3\xa9", "/tmp/\xc3\xa9"],
    ["/tmp/", "a\x01b", "/tmp/a\xef\xbf\xbdb"],
    ["/tmp/", "\xff", "/tmp/\xef\xbf\xbd"],
    ["/tmp/", "x".repeat(1100), "/DIR_TOO_LONG/FILENAME_TOO_LONG"],
  ];
  test.each(cases)("%j and %j are joined to %j", (directory, name, path) => {
    expect(joinPath(directory, name)).toBe(path);
  });
});

describe("a name", () => {
  test("has one object per directory, for any number and order of uses", () => {
    const name = new Name("a");
    const first = name.in("/x/");
    const second = name.in("/y/");
    expect([first.text, second.text, first.raw]).toEqual(["/x/a", "/y/a", "a"]);
    expect(name.in("/y/")).toBe(second);
    for (let i = 0; i < 5; i++) name.in(`/${i}/`);
    expect(name.in("/y/")).toBe(second);
  });

  test("that is absolute is independent of the directory", () => {
    const name = new Name("/etc/passwd");
    expect(name.in("/x/")).toBe(name.in("/y/"));
  });

  test("has a path in the form of a directory", () => {
    const root = new Name("/").in("");
    expect([root.asDirectory, new Name("/tmp").in("").asDirectory]).toEqual(["/", "/tmp/"]);
  });
});

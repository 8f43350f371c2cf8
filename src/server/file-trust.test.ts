import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { requireTrusted, untrusted } from "./file-trust.ts";

const root = mkdtempSync(join(tmpdir(), "eyas-trust-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(root, "x-"));
  file = join(folder, "token");
  writeFileSync(file, "secret\n", { mode: 0o644 });
});
const own = process.geteuid?.() ?? 0;

it("a file of this user or root is trusted, also in a directory with a sticky bit", () => {
  expect(untrusted(file)).toBeUndefined();
  chmodSync(folder, 0o1777);
  expect(untrusted(file)).toBeUndefined();
  expect(untrusted("/etc/passwd")).toBeUndefined();
});

it("a file that is missing is reported where it is read", () => {
  expect(untrusted(join(folder, "none"))).toBeUndefined();
});

it("a file that all users can write is not trusted", () => {
  chmodSync(file, 0o666);
  expect(untrusted(file)).toBe(`${file} is writable by all users: run chmod o-w ${file}`);
  expect(() => requireTrusted(file, "alert_intake.token_file")).toThrow("(alert_intake.token_file).");
});

it("a file is not trusted if all users can replace it in one of the directories above it", () => {
  const inner = join(folder, "etc");
  mkdirSync(inner);
  const config = join(inner, "eyas.yaml");
  writeFileSync(config, "");
  chmodSync(folder, 0o777);
  expect(untrusted(config)).toBe(`${config} is in ${folder}, which is writable by all users: run chmod o-w ${folder}`);
});

it("the directories of a link and of its target both count", () => {
  const open = join(root, `open-${own}`);
  mkdirSync(open);
  const link = join(open, "link");
  symlinkSync(file, link);
  expect(untrusted(link)).toBeUndefined();
  chmodSync(open, 0o777);
  expect(untrusted(link)).toContain(`${link} is in ${open}`);
});

it("a directory of rules to which all users can add files is not trusted, sticky or not", () => {
  chmodSync(folder, 0o1777);
  expect(untrusted(folder)).toBe(`${folder} is writable by all users: run chmod o-w ${folder}`);
});

describe("as root", needs("root"), () => {
  it("a file of another user is not trusted, unless that user called sudo", () => {
    chownSync(file, 1234, 1234);
    expect(untrusted(file)).toBe(`${file} belongs to user 1234: run chown 0 ${file}`);
    expect(untrusted(file, [0, 1234])).toBeUndefined();
  });

  it("a link of another user is not trusted", () => {
    const link = join(folder, "link");
    symlinkSync(file, link);
    lchownSync(link, 1234, 1234);
    expect(untrusted(link)).toBe(`${link} is a symbolic link owned by user 1234: run chown -h 0 ${link}`);
  });
});

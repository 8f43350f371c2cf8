import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Failure } from "../failure.ts";
import { readPageFile, replaceFile, restoreFile } from "./page-file.ts";

const folder = (): string => mkdtempSync(join(tmpdir(), "eyas-exceptions-"));

test("a file is replaced with the same mode, and a new file is private", () => {
  const file = join(folder(), "made", "exceptions.yaml");
  replaceFile(file, "one", undefined);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o640);
  const before = readPageFile(file);
  replaceFile(file, "two", before);
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["two", 0o640]);
  restoreFile(file, before, "two");
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["one", 0o640]);
  expect(readdirSync(join(file, ".."))).toEqual(["exceptions.yaml"]);
});

test("a symbolic link is neither followed nor replaced", () => {
  const at = folder();
  const [file, target] = [join(at, "exceptions.yaml"), join(at, "other")];
  writeFileSync(target, "secret");
  symlinkSync(target, file);
  expect(() => readPageFile(file)).toThrow("is a symbolic link");
  expect(() => replaceFile(file, "new", undefined)).toThrow(Failure);
  expect([lstatSync(file).isSymbolicLink(), readFileSync(target, "utf8")]).toEqual([true, "secret"]);
});

test("a symbolic link in place of the new file is not followed", () => {
  const at = folder();
  const [file, target] = [join(at, "exceptions.yaml"), join(at, "other")];
  writeFileSync(target, "secret");
  symlinkSync(target, `${file}.${process.pid}`);
  replaceFile(file, "new", undefined);
  expect([readFileSync(file, "utf8"), readFileSync(target, "utf8")]).toEqual(["new", "secret"]);
});

test("a file that has changed since it was read is neither replaced nor restored", () => {
  const file = join(folder(), "exceptions.yaml");
  writeFileSync(file, "one");
  const before = readPageFile(file);
  writeFileSync(file, "by hand");
  expect(() => replaceFile(file, "two", before)).toThrow("has been changed in the meantime");
  restoreFile(file, before, "two");
  expect(readFileSync(file, "utf8")).toBe("by hand");
});

test("undoing a change that created a file removes the file", () => {
  const file = join(folder(), "exceptions.yaml");
  replaceFile(file, "one", undefined);
  restoreFile(file, undefined, "one");
  expect(existsSync(file)).toBe(false);
});

test("a file that cannot be written is not changed", () => {
  const at = folder();
  const file = join(at, "exceptions.yaml");
  writeFileSync(file, "one");
  // A directory in place of the new file prevents its creation.
  mkdirSync(join(`${file}.${process.pid}`, "not-empty"), { recursive: true });
  expect(() => replaceFile(file, "two", readPageFile(file))).toThrow(`Cannot write ${file}`);
  expect(readFileSync(file, "utf8")).toBe("one");
});

test.each([
  ["a device", "/dev/zero", "is not a regular file"],
  ["a directory", tmpdir(), "is not a regular file"],
])("%s is not read", (_, path, message) => {
  expect(() => readPageFile(path)).toThrow(message);
});

test("files with invalid UTF-8, which would be damaged, and large files are not changed", () => {
  const file = join(folder(), "exceptions.yaml");
  writeFileSync(file, Buffer.from([0x23, 0xff, 0x0a]));
  expect(() => readPageFile(file)).toThrow("is not valid UTF-8");
  writeFileSync(file, "#".repeat((1 << 20) + 1));
  expect(() => readPageFile(file)).toThrow("larger than 1 MiB");
});

test("if the new file can only be partly written, the file is not changed and the partial file is removed", () => {
  const at = folder();
  const file = join(at, "exceptions.yaml");
  writeFileSync(file, "one");
  const module = JSON.stringify(join(import.meta.dirname, "page-file.ts"));
  const script = `import { readPageFile, replaceFile } from ${module};
    const file = ${JSON.stringify(file)};
    try { replaceFile(file, "x".repeat(100_000), readPageFile(file)); } catch (error) { console.log(error.message); }`;
  // With a file size limit, only a part of the file is written, like on a disk that becomes full.
  const { stdout } = spawnSync(
    "sh",
    ["-c", 'ulimit -f 8 && exec "$0" "$@"', process.execPath, "--input-type=module", "-e", script],
    { encoding: "utf8" },
  );
  expect(stdout).toContain(`Cannot write ${file}: EFBIG`);
  expect(readFileSync(file, "utf8")).toBe("one");
  expect(readdirSync(at)).toEqual(["exceptions.yaml"]);
});

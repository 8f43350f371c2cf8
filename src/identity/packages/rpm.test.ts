import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { PackageIndex, readPackages } from "./databases.ts";
import { LIMITS, Root } from "./root.ts";

const SPEC = `Name: hello
Version: 1
Release: 1
Summary: A program
License: none
BuildArch: noarch
%description
A program and a link to it.
%install
mkdir -p %{buildroot}/usr/bin
printf 'echo hello' > %{buildroot}/usr/bin/hello
ln -s hello %{buildroot}/usr/bin/hi
%files
/usr/bin/hello
/usr/bin/hi
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-rpm-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an rpm program that writes only to the test's directory. */
function run(program: "rpm" | "rpmbuild", ...args: readonly string[]): void {
  execFileSync(program, args, { env: { ...process.env, HOME: folder }, stdio: ["ignore", "ignore", "pipe"] });
}

/** Changes the rpm database in the test's directory. */
function rpm(...args: readonly string[]): void {
  run("rpm", "--dbpath", join(folder, "root/var/lib/rpm"), ...args, "--justdb", "--nodeps", "--noscripts");
}

function read(): PackageIndex {
  return new PackageIndex(readPackages(new Root(join(folder, "root"), LIMITS), 1));
}

test("a database that rpm wrote reports the package and the checksum of a path", needs("rpmbuild"), () => {
  const spec = join(folder, "hello.spec");
  writeFileSync(spec, SPEC);
  run("rpmbuild", "-bb", "--define", `_topdir ${join(folder, "build")}`, spec);
  rpm("--install", join(folder, "build/RPMS/noarch/hello-1-1.noarch.rpm"));
  expect(existsSync(join(folder, "root/var/lib/rpm/rpmdb.sqlite"))).toBe(true);
  const hex = createHash("sha256").update("echo hello").digest("hex");
  expect(read().lookup("/usr/bin/hello")).toEqual({
    ...{ package: "hello", isLink: false },
    checksum: { algorithm: "sha256", hex },
  });
  expect(read().lookup("/usr/bin/hi")).toMatchObject({ package: "hello", checksum: undefined });
  rpm("--erase", "hello");
  expect(read().lookup("/usr/bin/hello")).toBeUndefined();
});

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { findManagers } from "./managers.ts";
import type { Packages } from "./packages.ts";

const root = mkdtempSync(join(tmpdir(), "eyas-managers-"));
afterAll(() => rmSync(root, { recursive: true }));

function program(path: string, mode = 0o755): void {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, "");
  chmodSync(root + path, mode);
}

/** A package database that owns only dpkg. */
const packages = {
  isPresent: true,
  ownerOf: (path: string) => (path === "/usr/bin/dpkg" ? { package: "dpkg" } : undefined),
} as unknown as Packages;

describe("managers", needs("root"), () => {
  program("/usr/bin/dpkg");
  program("/usr/bin/rpm");
  program("/snap/snapd/21759/usr/lib/snapd/snapd");
  program("/var/lib/rancher/k3s/data/3a/bin/k3s");
  program("/var/lib/rancher/k3s/data/4b/bin/k3s", 0o775);
  program("/opt/tool/bin/tool");
  symlinkSync("tool/bin/tool", join(root, "opt/link"));
  const found = findManagers(["/opt/link"], root, packages).map(({ kind, paths }) => `${kind} ${paths.join(" ")}`);

  test("that a package owns, or that need no package, are found, each version of them", () => {
    expect(found).toEqual([
      "package /usr/bin/dpkg",
      "package /snap/snapd/21759/usr/lib/snapd/snapd",
      "logs /var/lib/rancher/k3s/data/3a/bin/k3s",
      "configuration /opt/tool/bin/tool /opt/link",
    ]);
  });
});

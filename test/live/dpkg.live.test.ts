import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { folder, PATIENCE, python, removeFolder, run, settledChanges, sh, start, watched } from "./file-integrity.ts";
import type { LiveSensor } from "./sensor.ts";

afterAll(removeFolder);

/** A Python program that writes a file and then executes dpkg in the same process, which exits with 0. */
const THEN_DPKG = `
import os, sys
with open(sys.argv[1], "w") as file: file.write("new")
os.execv("/usr/bin/dpkg", ["dpkg", "--version"])
`;

describe("file integrity and dpkg", needs("root", "sensor", "dpkg", "gcc", "python3"), () => {
  const installed = "/usr/lib/eyas-integrity-test";
  const name = "eyas-integrity-test";
  const owned = join(installed, "owned");
  let sensor: LiveSensor;

  /** Builds a package whose script writes another file. */
  function build(version: string): string {
    const tree = join(folder, `package-${version}`);
    mkdirSync(join(tree, "DEBIAN"), { recursive: true });
    mkdirSync(join(tree, installed), { recursive: true });
    const control = [
      `Package: ${name}`,
      `Version: ${version}`,
      "Architecture: all",
      "Maintainer: x",
      "Description: x",
      "",
    ];
    writeFileSync(join(tree, "DEBIAN/control"), control.join("\n"));
    writeFileSync(join(tree, owned), version);
    const sum = createHash("md5").update(version).digest("hex");
    writeFileSync(join(tree, "DEBIAN/md5sums"), `${sum}  ${owned.slice(1)}\n`);
    writeFileSync(join(tree, "DEBIAN/postinst"), `#!/bin/sh -e\necho ${version} > ${installed}/by-script\n`, {
      mode: 0o755,
    });
    run("dpkg-deb", "--root-owner-group", "-b", tree, `${tree}.deb`);
    return `${tree}.deb`;
  }

  beforeAll(async () => {
    mkdirSync(watched, { recursive: true });
    mkdirSync(installed, { recursive: true });
    sensor = await start("-o", `sources.file_integrity.paths=[${installed}, ${watched}]`);
  }, 180_000);
  afterAll(async () => {
    spawnSync("dpkg", ["--purge", name]);
    rmSync(installed, { recursive: true, force: true });
    await sensor.stop();
  });

  const packages = () => sensor.alerts().filter(({ rule }) => rule === "Packages changed");

  test("an installation and an upgrade are one transaction each, without other alerts", async () => {
    for (const [i, version] of ["1", "2"].entries()) {
      run("dpkg", "-i", build(version));
      await expect.poll(() => packages().length, { timeout: PATIENCE, interval: 100 }).toBe(i + 1);
    }
    expect(packages()[1]?.fields["fim.packages"]).toEqual([name]);
    // On a busy machine, the script's file may be reported twice: when it is created, and when it is written.
    const others = sensor.alerts().filter(({ rule }) => rule !== "Rewritten file");
    expect(others.filter(({ fields }) => String(fields["fim.path"]).startsWith(installed))).toEqual([]);
  }, 180_000);

  test("a change by another program is one alert, with the package and the wrong checksum", async () => {
    writeFileSync(owned, "other");
    expect(await settledChanges(sensor, owned)).toMatchObject([
      { rule: "System program or library changed", fields: { "fim.package": name, "fim.package_match": false } },
    ]);
  });

  test.each([
    [
      "a command that dpkg runs because of an option",
      (path: string) => sh(`dpkg --pre-invoke="echo new > $0" -i "$1"`, path, build("3")),
    ],
    ["a program that then becomes dpkg", (path: string) => python(THEN_DPKG, path)],
    [
      "a program that is named dpkg",
      (path: string) => sh(`cp /bin/sh "$1" && "$1" -c 'echo new > "$0"' "$0"`, path, join(folder, "dpkg")),
    ],
    ["a library that is loaded into dpkg", (path: string) => sh(`LD_PRELOAD="$1" dpkg --version`, path, preload(path))],
  ])(
    "%s is not the package manager",
    async (what, act) => {
      const path = join(installed, what.replaceAll(" ", "-"));
      act(path);
      expect(await settledChanges(sensor, path)).toMatchObject([
        { rule: "Program or library outside packages changed" },
      ]);
    },
    180_000,
  );

  /** Builds a library that writes a file. */
  function preload(path: string): string {
    const source = join(folder, "preload.c");
    writeFileSync(
      source,
      `#include <stdio.h>\n__attribute__((constructor)) static void act(void) { FILE *f = fopen("${path}", "w"); if (f) { fputs("new", f); fclose(f); } }\n`,
    );
    run("gcc", "-shared", "-fPIC", "-o", join(folder, "preload.so"), source);
    return join(folder, "preload.so");
  }
});

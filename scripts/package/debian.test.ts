import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { needs } from "../../test/parts/needs.ts";
import { smallContents } from "./contents.fixture.ts";
import { debianPackage } from "./debian.ts";
import { dpkg, filesOf, makeRoot, nameMainProcesses, TAKEOVER_PROGRAMS } from "./root.fixture.ts";

const home = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "eyas-debian-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds a package with a program that prints its version. */
function packageOf(version: string): string {
  const file = join(folder, `eyas_${version}.deb`);
  writeFileSync(file, debianPackage(home, smallContents(version), "amd64", 1_700_000_000, "least"));
  return file;
}

/** Adds the programs that scripts of the package call. Each call becomes a line in /calls. */
function addServiceManager(root: string): void {
  for (const name of ["deb-systemd-helper", "deb-systemd-invoke", "systemctl"]) {
    writeFileSync(join(root, "usr/bin", name), `#!/bin/sh\necho "${name} $*" >>/calls\n`, { mode: 0o755 });
  }
  mkdirSync(join(root, "run/systemd/system"), { recursive: true });
}

function calls(root: string): string[] {
  const file = join(root, "calls");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  rmSync(file, { force: true });
  return lines;
}

const run = (root: string): string => execFileSync("chroot", [root, "/usr/bin/eyas"], { encoding: "utf8" }).trim();

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const text = (root: string, path: string): string => readFileSync(join(root, path), "utf8");

describe("a Debian package", needs("dpkg", "root"), () => {
  let first = "";
  let second = "";
  beforeAll(() => {
    first = packageOf("1.0.0");
    second = packageOf("2.0.0");
  });

  test("keeps configuration and journal on upgrade and removal; purge deletes everything", () => {
    const root = makeRoot(folder);
    const before = filesOf(root);
    expect(dpkg(root, "--install", first)).toMatch(/^0 /);
    expect(run(root)).toBe("1.0.0");
    expect(statSync(join(root, "etc/eyas/eyas.yaml")).mode & 0o777).toBe(0o640);
    put(root, "etc/eyas/eyas.yaml", "json_output: false\n");
    put(root, "etc/eyas/rules.d/own.yaml", "[]\n");
    put(root, "var/lib/eyas/journal.db", "alerts");
    put(root, "var/cache/eyas/compiled/code", "code");

    expect(dpkg(root, "--install", second)).toMatch(/^0 /);
    expect(run(root)).toBe("2.0.0");
    expect(dpkg(root, "--verify", "eyas")).toMatch(/^0 [^\n]*c \/etc\/eyas\/eyas\.yaml\n$/);
    const kept = (): string[] =>
      ["etc/eyas/eyas.yaml", "etc/eyas/rules.d/own.yaml", "var/lib/eyas/journal.db"].map((path) => text(root, path));
    expect(kept()).toEqual(["json_output: false\n", "[]\n", "alerts"]);

    expect(dpkg(root, "--remove", "eyas")).toMatch(/^0 /);
    expect(kept()).toEqual(["json_output: false\n", "[]\n", "alerts"]);
    expect(existsSync(join(root, "usr/lib/eyas"))).toBe(false);
    expect(existsSync(join(root, "var/cache/eyas"))).toBe(false);

    expect(dpkg(root, "--install", second)).toMatch(/^0 /);
    expect(kept()).toEqual(["json_output: false\n", "[]\n", "alerts"]);
    expect(dpkg(root, "--purge", "eyas")).toMatch(/^0 /);
    expect(filesOf(root)).toEqual(before);
  });

  test("starts the service, restarts it after an upgrade, and stops it before removal", () => {
    const root = makeRoot(folder);
    addServiceManager(root);
    expect(dpkg(root, "--install", first)).toMatch(/^0 /);
    expect(calls(root)).toEqual([
      "deb-systemd-helper unmask eyas.service",
      "deb-systemd-helper --quiet was-enabled eyas.service",
      "deb-systemd-helper enable eyas.service",
      "systemctl --system daemon-reload",
      "deb-systemd-invoke start eyas.service",
    ]);
    dpkg(root, "--install", second);
    expect(calls(root)).toContain("deb-systemd-invoke restart eyas.service");
    dpkg(root, "--remove", "eyas");
    expect(calls(root)).toEqual(["deb-systemd-invoke stop eyas.service", "systemctl --system daemon-reload"]);
    dpkg(root, "--purge", "eyas");
    expect(calls(root)).toEqual(["deb-systemd-helper purge eyas.service"]);
  });

  test("lets a new process take over at an upgrade, unless the unit has changed or no process takes over", () => {
    const root = makeRoot(folder, TAKEOVER_PROGRAMS);
    addServiceManager(root);
    dpkg(root, "--install", first);
    /** The service manager reports these main processes, one after another. */
    const upgrade = (file: string, ...main: readonly number[]): readonly string[] => {
      calls(root);
      nameMainProcesses(root, main);
      expect(dpkg(root, "--install", file)).toMatch(/^0 /);
      return calls(root).filter((line) => / (?:kill|restart|start) /.test(line));
    };
    const kill = "systemctl kill --kill-who=main --signal=USR2 eyas.service";
    const restart = "deb-systemd-invoke restart eyas.service";
    expect(upgrade(second, 7, 7, 8)).toEqual([kill]);
    expect(upgrade(first, 8, 0)).toEqual([kill, restart]);
    expect(upgrade(second, 0)).toEqual([restart]);
    put(root, "usr/lib/systemd/system/eyas.service", "[Service]\nNoNewPrivileges=no\n");
    expect(upgrade(first, 8, 9)).toEqual([restart]);
    expect(existsSync(join(root, "run/eyas.service.before"))).toBe(false);
  });

  test("changes no owner and no mode of the journal, and follows no link in its directory", () => {
    const root = makeRoot(folder);
    put(root, "secret", "not of Eyas");
    chmodSync(join(root, "secret"), 0o600);
    mkdirSync(join(root, "var/lib/eyas"), { recursive: true });
    for (const [path, target] of [
      ["var/lib/eyas/journal.db", "/secret"],
      ["var/lib/eyas/captures", "/etc"],
    ] as const)
      symlinkSync(target, join(root, path));
    put(root, "etc/kept", "");
    for (const file of [first, second]) expect(dpkg(root, "--install", file)).toMatch(/^0 /);
    expect(statSync(join(root, "secret")).mode & 0o777).toBe(0o600);
    expect(dpkg(root, "--purge", "eyas")).toMatch(/^0 /);
    expect([text(root, "secret"), existsSync(join(root, "etc/kept"))]).toEqual(["not of Eyas", true]);
  });

  test("can run its scripts repeatedly, and without its directories", () => {
    const root = makeRoot(folder);
    dpkg(root, "--install", first);
    const script = (name: string, ...words: readonly string[]): number | null => {
      const target = join(root, "tmp", name);
      copyFileSync(join(home, "deploy/debian", name), target);
      chmodSync(target, 0o755);
      return spawnSync("chroot", [root, `/tmp/${name}`, ...words]).status;
    };
    for (const _ of [1, 2]) {
      expect(script("postinst", "configure", "1.0.0")).toBe(0);
      expect(script("prerm", "upgrade", "2.0.0")).toBe(0);
      expect(script("prerm", "remove")).toBe(0);
      expect(script("postrm", "upgrade", "2.0.0")).toBe(0);
      expect(script("postrm", "remove")).toBe(0);
      expect(script("postrm", "purge")).toBe(0);
    }
  });
});

test("a Debian package states its dependencies, and its configuration", needs("dpkg"), () => {
  const file = packageOf("3.0.0");
  const control = execFileSync("dpkg-deb", ["--field", file], { encoding: "utf8" });
  expect(control).toContain("Version: 3.0.0\nArchitecture: amd64\n");
  expect(control).toMatch(/^Depends: libc6 \(>= 2\.28\), /m);
  expect(execFileSync("dpkg-deb", ["--info", file, "conffiles"], { encoding: "utf8" })).toBe("/etc/eyas/eyas.yaml\n");
});

test("the service has the capabilities of the DaemonSet, and the capability of file integrity", () => {
  const unit = readFileSync(join(home, "deploy/systemd/eyas.service"), "utf8");
  const [, list = ""] = /^CapabilityBoundingSet=(.*)$/m.exec(unit) ?? [];
  const daemonSet = readFileSync(join(home, "deploy/kubernetes/daemonset.yaml"), "utf8");
  const [, added = ""] = /^ +add:\n((?: +(?:#.*|- [A-Z_]+)\n)+)/m.exec(daemonSet) ?? [];
  const names = [...added.matchAll(/- ([A-Z_]+)/g)].map(([, name]) => `CAP_${name}`);
  expect(list.split(" ").sort()).toEqual([...names, "CAP_SYS_ADMIN"].sort());
});

test("the configuration of the service is valid", async () => {
  const { diagnostics } = await loadConfig(join(home, "deploy/eyas.yaml"), []);
  expect(diagnostics).toEqual([]);
});

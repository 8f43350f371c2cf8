// The RPM package on a machine that systemd has booted, with the rpm of the machine that runs the test: installation, service, upgrade under load,
// removal.
import "../live/alone.ts"; // its sensor needs the processor when events arrive
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyRpm, FOLDERS, RpmRoots } from "../../scripts/package/rpm.fixture.ts";
import { needs } from "../parts/needs.ts";
import { bootMachine, type Machine, machineParts } from "./machine.ts";
import { buildRpm, type Package } from "./packages.ts";
import { filesOf, Service } from "./service.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-rpms-"));
const parts = needs(...machineParts, "sensor", "rpm", "rpmbuild");

describe("the RPM package on a booted machine", { ...parts, timeout: 300_000 }, () => {
  let machine: Machine;
  let service: Service;
  let command: readonly string[] = [];
  let older: Package;
  let newer: Package;
  let before: readonly string[] = [];

  beforeAll(async () => {
    [older, newer] = await buildRpm(folder);
    const { distribution } = new RpmRoots(folder);
    machine = await bootMachine();
    service = new Service(machine);
    // The RPM database gets an entry for the libraries and programs that the machine has from Debian packages, and for
    // the directories that distributions provide.
    machine.ok("mkdir", "-p", ...FOLDERS.map((path) => `/${path}`));
    command = copyRpm(machine.path("/"), "/opt/rpm");
    for (const file of [distribution, older.file, newer.file]) copyFileSync(file, machine.path(inMachine(file)));
    rpm("--install", "--justdb", "--nodeps", "--ignoresize", inMachine(distribution));
    before = filesOf(machine);
  }, 600_000);
  afterAll(async () => {
    await machine?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const inMachine = (file: string): string => `/opt/${basename(file)}`;

  /** Runs rpm. @returns its output */
  function rpm(...words: readonly string[]): string {
    return machine.ok(...command, ...words).replaceAll(/rpm: (?:RPM should not|However assuming).*\n/g, "");
  }

  test("rpm installs it, the service is enabled by preset, and starts", () => {
    expect(rpm("--install", inMachine(older.file))).toBe("");
    expect(service.properties("ActiveState", "UnitFileState")).toEqual(["inactive", "enabled"]);
    machine.ok("systemctl", "start", "eyas");
    expect(service.properties("ActiveState", "SubState", "Type", "NRestarts", "Result")).toEqual([
      ...["active", "running", "notify", "0", "success"],
    ]);
    expect(machine.ok("eyas", "--version")).toContain(older.version);
    expect(rpm("--verify", "eyas")).toBe("");
  });

  test("the drill's alerts are in the journal", () => service.drill());

  test("an upgrade under load neither loses nor duplicates alerts, and keeps the configuration", async () => {
    await service.prepareLoad();
    await service.upgradeUnderLoad(() => rpm("--upgrade", inMachine(newer.file)), newer.version);
  });

  test("removal stops the service, and keeps the changed configuration and the journal", () => {
    expect(rpm("--erase", "eyas")).toMatch(/saved as \/etc\/eyas\/eyas\.yaml\.rpmsave\n$/);
    expect(machine.run("systemctl", "is-active", "eyas").text).toBe("inactive\n");
    expect(service.log()).not.toContain("Killing process");
    const kept = ["/etc/eyas", "/etc/eyas/eyas.yaml.rpmsave", "/etc/eyas/rules.d", "/etc/eyas/rules.d/load.yaml"];
    const left = filesOf(machine).filter((path) => !before.includes(path) && !path.startsWith("/opt/"));
    expect(left.filter((path) => !path.startsWith("/var/lib/eyas"))).toEqual(kept);
    expect(left).toContain("/var/lib/eyas/journal.db");
    rpm("--install", inMachine(newer.file));
    expect(service.alertsOfLoad()).toContain('/opt/load/first"');
  });
});

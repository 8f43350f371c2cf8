// The Debian package on a machine that systemd has booted: installation, service, upgrade under load, failures, removal.
import "../live/alone.ts"; // its sensor needs the processor when events arrive
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../parts/needs.ts";
import { bootMachine, type Machine, machineParts } from "./machine.ts";
import { buildDebian, type Package } from "./packages.ts";
import { filesOf, Service } from "./service.ts";

const home = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "eyas-packages-"));

describe("the Debian package on a booted machine", { ...needs(...machineParts, "sensor"), timeout: 300_000 }, () => {
  let machine: Machine;
  let older: Package;
  let newer: Package;
  let service: Service;
  let before: readonly string[] = [];

  beforeAll(async () => {
    [older, newer] = await buildDebian(folder);
    machine = await bootMachine();
    for (const { file } of [older, newer]) copyFileSync(file, machine.path(inMachine(file)));
    service = new Service(machine);
    before = filesOf(machine);
  }, 600_000);
  afterAll(async () => {
    await machine?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const inMachine = (file: string): string => `/opt/${basename(file)}`;
  const install = ({ file }: Package): string => machine.ok("apt-get", "install", "-y", inMachine(file));

  test("apt installs it, and the service is started and enabled", () => {
    expect(install(older)).not.toMatch(/^[EW]: /m);
    expect(service.properties("ActiveState", "SubState", "Type", "NRestarts", "Result", "UnitFileState")).toEqual([
      ...["active", "running", "notify", "0", "success", "enabled"],
    ]);
    expect(service.properties("StatusText")[0]).toMatch(/rules/);
    expect(machine.ok("eyas", "--version")).toContain(older.version);
    expect(machine.run("systemctl", "is-system-running").text).toBe("running\n");
  });

  test("the drill's alerts are in the journal", () => service.drill());

  test("an upgrade under load neither loses nor duplicates alerts, and keeps the configuration", async () => {
    await service.prepareLoad();
    await service.upgradeUnderLoad(() => install(newer), newer.version);
  });

  test("a crash is followed by a restart, which keeps the journal", async () => {
    machine.ok("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "eyas");
    await expect.poll(() => service.properties("NRestarts")).toEqual(["1"]);
    await expect.poll(() => service.properties("SubState")).toEqual(["running"]);
    await service.expectAlert("after-crash");
    expect(service.alertsOfLoad()).toContain('/opt/load/first"');
  });

  test("a reload keeps the process, and the watchdog restarts a process that makes no progress", async () => {
    service.write("/run/systemd/system/eyas.service.d/short.conf", "[Service]\nWatchdogSec=10s\nRestartSec=100ms\n");
    machine.ok("systemctl", "daemon-reload");
    machine.ok("systemctl", "restart", "eyas");
    const main = service.mainProcess;
    const reloads = (): number => service.log().split("Reloaded: ").length - 1;
    const earlier = reloads();
    machine.ok("systemctl", "reload", "eyas");
    await expect.poll(reloads).toBe(earlier + 1);
    expect(service.mainProcess).toBe(main);
    machine.ok("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "eyas");
    await expect.poll(() => service.mainProcess).not.toBe(main);
    await expect.poll(() => service.properties("SubState")).toEqual(["running"]);
    expect(service.log()).toContain("Watchdog timeout");
    await service.expectAlert("after-watchdog");
    machine.ok("rm", "-r", "/run/systemd/system/eyas.service.d");
    machine.ok("systemctl", "daemon-reload");
  });

  test("the exposure level that systemd assigns to the unit is the documented one", () => {
    const [, documented] =
      /`systemd-analyze security eyas` \(systemd 257\) rates it (\S+ \(\w+\))/.exec(
        readFileSync(join(home, "docs/install.md"), "utf8"),
      ) ?? [];
    const [, rating, word] =
      /exposure level for eyas\.service: (\S+) (\w+)/.exec(
        machine.ok("systemd-analyze", "security", "--no-pager", "eyas"),
      ) ?? [];
    expect(`${rating} (${word})`).toBe(documented);
  });

  test("removal keeps the configuration and the journal, and purge leaves nothing", () => {
    machine.ok("apt-get", "remove", "-y", "eyas");
    expect(machine.run("systemctl", "is-active", "eyas").text).toBe("inactive\n");
    const kept = filesOf(machine).filter((path) => /eyas/.test(path) && !path.startsWith("/opt/"));
    expect(kept).toEqual(
      expect.arrayContaining(["/etc/eyas/eyas.yaml", "/etc/eyas/rules.d/load.yaml", "/var/lib/eyas/journal.db"]),
    );
    expect(kept.filter((path) => /^\/(?:usr|var\/cache)\//.test(path))).toEqual([]);
    install(newer);
    expect(service.alertsOfLoad()).toContain('/opt/load/first"');
    machine.ok("apt-get", "purge", "-y", "eyas");
    machine.ok("rm", "-r", "/opt/load", "/opt/over");
    expect(filesOf(machine)).toEqual(before);
  });
});

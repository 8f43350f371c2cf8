// The Debian package on a machine that systemd has booted: installation, service, upgrade under load, failures, removal.
import "../live/alone.ts"; // its sensor needs the processor when events arrive
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { checkActions, readAlerts } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { bootMachine, type Machine, machineParts } from "./machine.ts";
import { buildVersions, type Package } from "./packages.ts";

const home = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "eyas-packages-"));

/** Drill actions for which the programs of a minimal Debian are enough. */
const ACTIONS = [
  ...["read-shadow", "server-shell", "utility-connects", "crontab", "authorized-keys", "load-bpf", "systemd-unit"],
  ...["setuid-root", "file-capability", "crash"],
];

const RULES = `
- rule: File created
  desc: One alert for each action of the load
  condition: evt.type in (open, openat, openat2, creat) and fd.name startswith /opt/load/
  output: created %fd.name
  priority: NOTICE
`;

/** Creates files with consecutive numbers until a file exists, and prints how many. */
const LOAD = `
my $n = 0;
until (-e "/opt/over") {
  for (1 .. 4) { open(my $file, ">", "/opt/load/" . $n++) or die $!; }
  select(undef, undef, undef, 0.02);
}
print $n;
`;

describe("the Debian package on a booted machine", { ...needs(...machineParts, "sensor"), timeout: 300_000 }, () => {
  let machine: Machine;
  let older: Package;
  let newer: Package;
  let before: readonly string[] = [];

  beforeAll(async () => {
    [older, newer] = await buildVersions(folder);
    machine = await bootMachine();
    for (const { file } of [older, newer]) copyFileSync(file, machine.path(inMachine(file)));
    before = files();
  }, 600_000);
  afterAll(async () => {
    await machine?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const inMachine = (file: string): string => `/opt/${basename(file)}`;
  const install = ({ file }: Package): string => machine.ok("apt-get", "install", "-y", inMachine(file));
  const write = (path: string, text: string): void => {
    machine.ok("mkdir", "-p", path.slice(0, path.lastIndexOf("/")));
    writeFileSync(machine.path(path), text);
  };

  /** Returns the installed files, without logs and the databases of dpkg, apt and debconf. */
  function files(): string[] {
    const none = ["/var/log", "/var/lib/dpkg", "/var/lib/apt", "/var/cache/apt", "/var/cache/debconf"];
    const prune = none.flatMap((path) => ["-path", path, "-prune", "-o"]);
    return machine
      .ok("find", "/", "-xdev", ...prune, "-print")
      .trim()
      .split("\n")
      .sort();
  }

  /** Returns a property of the service. */
  const property = (name: string): string => machine.ok("systemctl", "show", "-P", name, "eyas").trim();
  /** Returns the log of the service without alerts. */
  const log = (): string => machine.ok("journalctl", "-u", "eyas", "-o", "cat", "--no-pager").replace(/^\{.*\n/gm, "");
  const alerts = (...query: readonly string[]): string => machine.ok("eyas", "alerts", "--json", ...query);

  /** Waits until an action raises an alert. */
  async function expectAlert(mark: string): Promise<void> {
    await expect
      .poll(
        () => {
          machine.ok("touch", `/opt/load/${mark}`);
          return alerts("rule=File created");
        },
        { interval: 500 },
      )
      .toContain(`/opt/load/${mark}`);
  }

  test("apt installs it, and the service is started and enabled", () => {
    expect(install(older)).not.toMatch(/^[EW]: /m);
    expect(["ActiveState", "SubState", "Type", "NRestarts", "Result", "UnitFileState"].map(property)).toEqual([
      ...["active", "running", "notify", "0", "success", "enabled"],
    ]);
    expect(property("StatusText")).toMatch(/rules/);
    expect(machine.ok("eyas", "--version")).toContain(older.version);
    expect(machine.run("systemctl", "is-system-running").text).toBe("running\n");
  });

  test("the drill's alerts are in the journal", async () => {
    machine.ok("eyas", "drill", "--only", ...ACTIONS);
    const actions = SYSCALL_ACTIONS.filter(({ name }) => ACTIONS.includes(name));
    await expect
      .poll(() => checkActions(actions, readAlerts(alerts())).filter((verdict) => verdict.alerts === 0), {
        interval: 500,
      })
      .toEqual([]);
  });

  test("an upgrade under load loses and doubles no alert, and keeps the configuration", async () => {
    const configuration = readFileSync(machine.path("/etc/eyas/eyas.yaml"), "utf8");
    write("/etc/eyas/rules.d/load.yaml", RULES);
    write("/etc/eyas/eyas.yaml", `${configuration}\nalert_folding: {enabled: false}\n`);
    machine.ok("mkdir", "-p", "/opt/load");
    machine.ok("systemctl", "restart", "eyas");
    await expectAlert("first");
    const main = property("MainPID");
    let made = "";
    const load = machine.start("perl", "-e", LOAD);
    load.stdout?.setEncoding("utf8").on("data", (text: string) => {
      made += text;
    });
    const over = new Promise((resolve) => load.once("close", resolve));
    install(newer);
    writeFileSync(machine.path("/opt/over"), "");
    await over;
    expect(property("MainPID")).not.toBe(main);
    expect(["ActiveState", "NRestarts"].map(property)).toEqual(["active", "0"]);
    expect(machine.ok("eyas", "--version")).toContain(newer.version);
    const numbers = (): string[] =>
      [...alerts("rule=File created").matchAll(/"fd\.name":"\/opt\/load\/(\d+)"/g)].map(([, n = ""]) => n);
    await expect.poll(() => numbers().length, { interval: 1000 }).toBeGreaterThanOrEqual(Number(made));
    const found = numbers();
    expect(Number(made)).toBeGreaterThan(500);
    expect(new Set(found).size).toBe(Number(made));
    expect(found).toHaveLength(Number(made));
    expect(log()).not.toMatch(/events dropped|Cannot/);
    expect(readFileSync(machine.path("/etc/eyas/eyas.yaml"), "utf8")).toContain("alert_folding");
  });

  test("a crash is followed by a restart, which keeps the journal", async () => {
    machine.ok("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "eyas");
    await expect.poll(() => property("NRestarts")).toBe("1");
    await expect.poll(() => property("SubState")).toBe("running");
    await expectAlert("after-crash");
    expect(alerts("rule=File created")).toContain('/opt/load/first"');
  });

  test("a reload keeps the process, and the watchdog restarts a process that makes no progress", async () => {
    write("/run/systemd/system/eyas.service.d/short.conf", "[Service]\nWatchdogSec=10s\nRestartSec=100ms\n");
    machine.ok("systemctl", "daemon-reload");
    machine.ok("systemctl", "restart", "eyas");
    const main = property("MainPID");
    const reloads = (): number => log().split("Reloaded: ").length - 1;
    const earlier = reloads();
    machine.ok("systemctl", "reload", "eyas");
    await expect.poll(reloads).toBe(earlier + 1);
    expect(property("MainPID")).toBe(main);
    machine.ok("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "eyas");
    await expect.poll(() => property("MainPID")).not.toBe(main);
    await expect.poll(() => property("SubState")).toBe("running");
    expect(log()).toContain("Watchdog timeout");
    await expectAlert("after-watchdog");
    machine.ok("rm", "-r", "/run/systemd/system/eyas.service.d");
    machine.ok("systemctl", "daemon-reload");
  });

  test("systemd rates the unit as the documentation says", () => {
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

  test("removal keeps configuration and journal, and purge leaves nothing", () => {
    machine.ok("apt-get", "remove", "-y", "eyas");
    expect(machine.run("systemctl", "is-active", "eyas").text).toBe("inactive\n");
    const kept = files().filter((path) => /eyas/.test(path) && !path.startsWith("/opt/"));
    expect(kept).toEqual(
      expect.arrayContaining(["/etc/eyas/eyas.yaml", "/etc/eyas/rules.d/load.yaml", "/var/lib/eyas/journal.db"]),
    );
    expect(kept.filter((path) => /^\/(?:usr|var\/cache)\//.test(path))).toEqual([]);
    install(newer);
    expect(alerts("rule=File created")).toContain('/opt/load/first"');
    machine.ok("apt-get", "purge", "-y", "eyas");
    machine.ok("rm", "-r", "/opt/load", "/opt/over");
    expect(files()).toEqual(before);
  });
});

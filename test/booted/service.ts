// The service of an installed package on a booted machine.
import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { checkActions, readAlerts } from "../../src/drill/check.ts";
import type { Machine } from "./machine.ts";

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
const OF_LOAD = "rule=File created";

/** Creates files with consecutive numbers until /opt/over exists, and prints the number of files. */
const LOAD = `
my $n = 0;
until (-e "/opt/over") {
  for (1 .. 4) { open(my $file, ">", "/opt/load/" . $n++) or die $!; }
  select(undef, undef, undef, 0.02);
}
print $n;
`;

const CONFIGURATION = "/etc/eyas/eyas.yaml";

/** Observes the service of a machine. */
export class Service {
  private readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Returns properties of the service. */
  properties(...names: readonly string[]): string[] {
    return names.map((name) => this.machine.ok("systemctl", "show", "-P", name, "eyas").trim());
  }

  get mainProcess(): string {
    return this.properties("MainPID")[0] ?? "";
  }

  /** Returns the log without alerts. */
  log(): string {
    return this.machine.ok("journalctl", "-u", "eyas", "-o", "cat", "--no-pager").replace(/^\{.*\n/gm, "");
  }

  /** Returns the alerts about files that the load created. */
  alertsOfLoad(): string {
    return this.machine.ok("eyas", "alerts", "--json", OF_LOAD);
  }

  write(path: string, text: string): void {
    this.machine.ok("mkdir", "-p", path.slice(0, path.lastIndexOf("/")));
    writeFileSync(this.machine.path(path), text);
  }

  /** Performs actions of the drill, and waits until each has raised its alert. */
  async drill(): Promise<void> {
    this.machine.ok("eyas", "drill", "--only", ...ACTIONS);
    const actions = SYSCALL_ACTIONS.filter(({ name }) => ACTIONS.includes(name));
    const silent = (): unknown[] =>
      checkActions(actions, readAlerts(this.machine.ok("eyas", "alerts", "--json"))).filter(
        (verdict) => verdict.alerts === 0,
      );
    await expect.poll(silent, { interval: 500 }).toEqual([]);
  }

  /** Restarts the service with a rule for files that the load creates, and without alert folding. */
  async prepareLoad(): Promise<void> {
    const configuration = readFileSync(this.machine.path(CONFIGURATION), "utf8");
    this.write("/etc/eyas/rules.d/load.yaml", RULES);
    this.write(CONFIGURATION, `${configuration}\nalert_folding: {enabled: false}\n`);
    this.machine.ok("mkdir", "-p", "/opt/load");
    this.machine.ok("systemctl", "restart", "eyas");
    await this.expectAlert("first");
  }

  /** Waits until an action raises an alert. */
  async expectAlert(mark: string): Promise<void> {
    const look = (): string => {
      this.machine.ok("touch", `/opt/load/${mark}`);
      return this.alertsOfLoad();
    };
    await expect.poll(look, { interval: 500 }).toContain(`/opt/load/${mark}`);
  }

  /** Upgrades the package under load. Expects that a new process has taken over, and that each action has one alert. */
  async upgradeUnderLoad(upgrade: () => void, version: string): Promise<void> {
    const main = this.mainProcess;
    let made = "";
    const load = this.machine.start("perl", "-e", LOAD);
    load.stdout?.setEncoding("utf8").on("data", (text: string) => {
      made += text;
    });
    const over = new Promise((resolve) => load.once("close", resolve));
    upgrade();
    writeFileSync(this.machine.path("/opt/over"), "");
    await over;
    expect(this.mainProcess).not.toBe(main);
    expect(this.properties("ActiveState", "NRestarts")).toEqual(["active", "0"]);
    expect(this.machine.ok("eyas", "--version")).toContain(version);
    const numbers = (): string[] =>
      [...this.alertsOfLoad().matchAll(/"fd\.name":"\/opt\/load\/(\d+)"/g)].map(([, n = ""]) => n);
    await expect.poll(() => numbers().length, { interval: 1000 }).toBeGreaterThanOrEqual(Number(made));
    const found = numbers();
    expect(Number(made)).toBeGreaterThan(500);
    expect(new Set(found).size).toBe(Number(made));
    expect(found).toHaveLength(Number(made));
    expect(this.log()).not.toMatch(/events dropped|Cannot|not our child/);
    expect(readFileSync(this.machine.path(CONFIGURATION), "utf8")).toContain("alert_folding");
  }
}

/** Returns the files of a machine, without logs and the databases of package managers. */
export function filesOf(machine: Machine): string[] {
  const none = ["/var/log", "/var/lib/dpkg", "/var/lib/rpm", "/var/lib/apt", "/var/cache/apt", "/var/cache/debconf"];
  const prune = none.flatMap((path) => ["-path", path, "-prune", "-o"]);
  return machine
    .ok("find", "/", "-xdev", ...prune, "-print")
    .trim()
    .split("\n")
    .sort();
}

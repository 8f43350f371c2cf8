import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DRILL_ACTIONS } from "../../src/drill/actions.ts";
import { explains, readAlerts, type SeenAlert } from "../../src/drill/check.ts";
import { eyas, home } from "./sensor.ts";

const TOOLS = ["qemu-system-x86_64", "busybox", "cpio", "xz", "mke2fs", "debugfs", "dpkg-deb", "apt-get"];
/** Milliseconds that the guest may take. Without the help of the processor it takes about a minute. */
const GUEST_PATIENCE = 240_000;

/** Rules that stay silent for what the drill doesn't mean; those of the other files tell of what is often meant well. */
const stable = new Set(
  [...readFileSync(join(home, "rules/syscall.yaml"), "utf8").matchAll(/^- rule: (.*)$/gm)].map(([, name]) => name),
);

const folder = mkdtempSync(join(tmpdir(), "eyas-guest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that scripts/guest.sh filled; without one, a guest of this program as it is here. */
const guest = process.env.EYAS_GUEST || folder;
const missing = whatIsMissing();
const reason = missing === null ? "" : ` (skipped: ${missing})`;

describe.skipIf(missing !== null)(
  `the default rules on Debian's kernel, with version 2 of cgroups alone${reason}`,
  () => {
    let alerts: readonly SeenAlert[] = [];

    beforeAll(async () => {
      await boot();
      alerts = readAlerts(found("alerts.jsonl"));
    }, GUEST_PATIENCE);

    test("the sensor loads there and loses nothing", () => {
      expect(found("run.log")).toMatch(/ events in .* none dropped\.\n/);
      expect(found("record.log")).toMatch(/ events written, none dropped\.\n/);
    });

    test("every action of the drill was done", () => {
      const reports = found("drill.jsonl")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(reports.filter(({ outcome }) => outcome !== "done")).toEqual([]);
      expect(reports).toHaveLength(DRILL_ACTIONS.length);
    });

    test("the drill leaves no files, no cgroups and no controllers behind", () => {
      expect(found("left").trim()).toBe("");
    });

    test.each(DRILL_ACTIONS.map((action) => [action.name, action] as const))("%s fires once", (_name, action) => {
      expect(alerts.filter((alert) => explains(action, alert))).toHaveLength(1);
    });

    test("no stable rule fires for anything else", () => {
      const others = alerts.filter((alert) => !DRILL_ACTIONS.some((action) => explains(action, alert)));
      expect(others.filter(({ rule }) => stable.has(rule))).toEqual([]);
    });

    test("a recording made there, replayed here, gives the alerts that came live, one for one", () => {
      const options = ["--match", "all", "--json", "-o", "community_id=always"];
      const { stdout } = spawnSync(eyas, ["replay", join(folder, "out/drill.scap.gz"), ...options], {
        encoding: "utf8",
        maxBuffer: 1 << 26,
      });
      expect(readAlerts(stdout).map(timeless)).toEqual(alerts.map(timeless));
    });
  },
);

/** Why no guest can be run here; null where one can. The guest is made of Debian's kernel and this machine's programs. */
function whatIsMissing(): string | null {
  if (process.arch !== "x64") return "the guest is made for x86-64 only";
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`.split(":");
  const tool = TOOLS.find((name) => !path.some((place) => existsSync(join(place, name))));
  if (tool !== undefined) return `needs ${tool}; scripts/guest.sh names the packages`;
  if (guest !== folder) return null;
  if (!existsSync(join(home, ".cache/guest-kernel"))) return "needs a kernel; sh scripts/guest-kernel.sh brings it";
  const { status, stderr } = spawnSync("sh", [join(home, "scripts/guest.sh"), folder], { encoding: "utf8" });
  return status === 0 ? null : `the guest can't be made: ${stderr.trim().split("\n").at(-1)}`;
}

/** Runs the guest to its end and brings what it found to `folder`/out. */
async function boot(): Promise<void> {
  const machine = spawn(join(guest, "boot"), { stdio: "ignore" });
  const timer = setTimeout(() => machine.kill(), GUEST_PATIENCE - 10_000);
  await new Promise((resolve, reject) => machine.once("exit", resolve).once("error", reject));
  clearTimeout(timer);
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  spawnSync("debugfs", ["-R", `rdump /out ${folder}`, join(guest, "disk")], { env: { ...process.env, PATH: path } });
}

function found(name: string): string {
  return readFileSync(join(folder, "out", name), "utf8");
}

/** An alert without what differs between two sensors that see the same: when exactly each took note. */
function timeless({ rule, fields }: SeenAlert): object {
  const { "evt.time": _time, "proc.duration": _duration, ...rest } = fields;
  return { rule, ...rest };
}

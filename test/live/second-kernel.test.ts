import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { type DrilledAlert, matchesAction, readAlerts } from "../../src/drill/check.ts";
import { needs } from "../parts/needs.ts";
import { eyas, home } from "./sensor.ts";

/** Milliseconds that the guest may take. Without the help of the processor an idle machine needs about a minute. */
const GUEST_PATIENCE = 1_200_000;

/** Rules that must not match side effects of the drill; rules of other maturity may. */
const stable = new Set(
  [...readFileSync(join(home, "rules/syscall.yaml"), "utf8").matchAll(/^- rule: (.*)$/gm)].map(([, name]) => name),
);

const folder = mkdtempSync(join(tmpdir(), "eyas-guest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that scripts/guest.sh filled; without one, a guest of this program as it is here. */
const guest = process.env.EYAS_GUEST || folder;
const machine = needs("qemu", "setpriv", "static busybox", "cpio", "xz", "mke2fs", "guest kernel");

describe("the default rules on Debian's kernel with cgroups version 2 only", machine, () => {
  let alerts: readonly DrilledAlert[] = [];

  beforeAll(async () => {
    if (guest === folder) makeGuest();
    await boot();
    // V8 has aborted here as it replaced running WebAssembly; bin/eyas turns that off. If anything else ends a program
    // early, a defect of this program would do so again.
    if (guest === folder && !bothEndedWell(found("session.log"))) {
      console.warn(`Starting the guest once more: ${found("session.log")}${found("run.log")}${found("record.log")}`);
      rmSync(join(folder, "out"), { recursive: true });
      makeGuest();
      await boot();
    }
    alerts = readAlerts(found("alerts.jsonl"));
  }, GUEST_PATIENCE);

  test("the sensor loads and drops no events", () => {
    expect(found("run.log"), found("session.log")).toMatch(/ events in .* none dropped\.\n/);
    expect(found("record.log"), found("session.log")).toMatch(/ events written, none dropped\.\n/);
  });

  test("every action of the drill was done", () => {
    const reports = found("drill.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(reports.filter(({ outcome }) => outcome !== "done")).toEqual([]);
    expect(reports).toHaveLength(SYSCALL_ACTIONS.length);
  });

  test("the drill leaves no files, no cgroups and no controllers behind", () => {
    expect(found("left").trim()).toBe("");
  });

  test.each(SYSCALL_ACTIONS.map((action) => [action.name, action] as const))("%s raises an alert", (_name, action) => {
    expect(alerts.filter((alert) => matchesAction(action, alert))).not.toEqual([]);
  });

  test("no other stable rule matches", () => {
    const others = alerts.filter((alert) => !SYSCALL_ACTIONS.some((action) => matchesAction(action, alert)));
    const also = new Set(SYSCALL_ACTIONS.flatMap((action) => action.also ?? []));
    const isOfDrill = ({ rule, fields }: (typeof alerts)[number]): boolean =>
      also.has(rule) && String(fields["proc.pcmdline"]).includes("/src/drill/call.ts ");
    expect(others.filter((alert) => stable.has(alert.rule) && !isOfDrill(alert))).toEqual([]);
  });

  test("a capture recorded there raises the same alerts here as live", () => {
    const options = ["--match", "all", "--json", "-o", "community_id=always"];
    const { stdout } = spawnSync(eyas, ["replay", join(folder, "out/drill.scap.gz"), ...options], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    const drilled = (all: typeof alerts) =>
      all
        .filter((alert) => SYSCALL_ACTIONS.some((action) => matchesAction(action, alert)))
        .map((alert) => JSON.stringify(timeless(alert)))
        .sort();
    expect(drilled(readAlerts(stdout))).toEqual(drilled(alerts));
  });
});

function makeGuest(): void {
  const { status, stderr } = spawnSync("sh", [join(home, "scripts/guest.sh"), folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The guest can't be made: ${stderr.trim().split("\n").at(-1)}`);
}

/** Runs the guest to its end and brings what it found to `folder`/out. It ends with this process, however that ends. */
async function boot(): Promise<void> {
  const machine = spawn("setpriv", ["--pdeathsig", "KILL", join(guest, "boot")], { stdio: "ignore" });
  const timer = setTimeout(() => machine.kill(), GUEST_PATIENCE - 60_000);
  await new Promise((resolve, reject) => machine.once("exit", resolve).once("error", reject));
  clearTimeout(timer);
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  spawnSync("debugfs", ["-R", `rdump /out ${folder}`, join(guest, "disk")], { env: { ...process.env, PATH: path } });
  if (!existsSync(join(folder, "out/drill.log"))) {
    throw new Error(
      `The guest left nothing. Its console: ${readFileSync(join(guest, "console.log"), "utf8").slice(-2000)}`,
    );
  }
}

function bothEndedWell(session: string): boolean {
  return ["run", "record"].every((command) => session.includes(`eyas ${command} ended with 0\n`));
}

function found(name: string): string {
  return readFileSync(join(folder, "out", name), "utf8");
}

/** An alert without its time, which differs between two sensors. */
function timeless({ rule, fields }: DrilledAlert): object {
  const { "evt.time": _time, "proc.duration": _duration, ...rest } = fields;
  return { rule, ...rest };
}

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DrillAction } from "../../src/drill/action.ts";
import type { PartName } from "../parts/parts.ts";
import { guestActions } from "./actions.ts";
import { isWholeDrill } from "./whole-drill.ts";

const home = join(import.meta.dirname, "../..");

/** Parts that a guest needs, in addition to a kernel. */
export const guestParts: readonly PartName[] = ["qemu", "setpriv", "static busybox", "cpio", "xz", "mke2fs"];

/**
 * Timeout for the guest, in milliseconds. Without hardware virtualization, it takes about two minutes on an idle
 * machine.
 */
export const GUEST_TIMEOUT = 1_800_000;

/** Low priority, since other tests watch the same machine. */
const LEFT_OVER = ["nice", "-n", "19"] as const;

export interface GuestOptions {
  /** Debian release whose kernel the guest has; by default, that of this machine. */
  readonly release?: string;
  /** Architecture of the guest; by default, that of this machine. */
  readonly arch?: "arm64";
  /** Variant of the probe, if it is not the one that the kernel needs (src/source/syscall/variant.ts). */
  readonly probe?: "portable";
  readonly actions?: readonly DrillAction[];
}

/** Creates a guest with this program. @returns its directory (scripts/guest.sh) */
export async function makeGuest({
  release,
  arch,
  probe,
  actions = guestActions(),
}: GuestOptions = {}): Promise<string> {
  const given = process.env.EYAS_GUEST;
  if (given) return given;
  const folder = mkdtempSync(join(tmpdir(), "eyas-guest-"));
  const made = spawn("sh", [join(home, "scripts/guest.sh"), folder], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      EYAS_GUEST_ACTIONS: actions.map(({ name }) => name).join(" "),
      EYAS_GUEST_RELEASE: release ?? "",
      EYAS_GUEST_ARCH: arch ?? "",
      EYAS_GUEST_PROBE: probe ?? "",
      ...(isWholeDrill ? { EYAS_GUEST_RECORD: "yes" } : {}),
    },
  });
  let said = "";
  made.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  const status = await new Promise((resolve, reject) => made.once("close", resolve).once("error", reject));
  if (status !== 0) throw new Error(`The guest cannot be created: ${said.trim().split("\n").at(-1)}`);
  return folder;
}

/**
 * Runs a guest until it powers off. The results are read with {@link resultsOf}. The guest ends no later than this
 * process.
 */
export async function runGuest(folder: string): Promise<void> {
  const [command, ...args] = [...LEFT_OVER, "setpriv", "--pdeathsig", "KILL", join(folder, "boot")] as const;
  const machine = spawn(command, args, { stdio: "ignore" });
  const timer = setTimeout(() => machine.kill(), GUEST_TIMEOUT - 60_000);
  try {
    await new Promise((resolve, reject) => machine.once("exit", resolve).once("error", reject));
  } finally {
    clearTimeout(timer);
  }
}

/** Copies the results of a guest from its disk. @returns the directory that contains the copies */
export function resultsOf(folder: string): string {
  const to = mkdtempSync(join(tmpdir(), "eyas-guest-results-"));
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  spawnSync("debugfs", ["-R", `rdump /out ${to}`, join(folder, "disk")], { env: { ...process.env, PATH: path } });
  const out = join(to, "out");
  if (existsSync(join(out, "drill.log"))) return out;
  const said = readFileSync(join(folder, "console.log"), "utf8").slice(-2000);
  throw new Error(`The guest left no results. Its console: ${said}`);
}

/** Removes a guest that {@link makeGuest} created. */
export function removeGuest(folder: string): void {
  if (folder !== process.env.EYAS_GUEST) rmSync(folder, { recursive: true, force: true });
}

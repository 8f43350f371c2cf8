// The root file system of a fresh Debian machine with systemd, for tests of the Debian package.

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, makeCached, runBuild } from "./in-cache.ts";
import { findProgram, type Part } from "./part.ts";

/** Debian release of the root. */
const RELEASE = "trixie";
const folder = `debian-root-${RELEASE}`;

/** Path of the root. Tests do not change it: they boot copies (test/booted/machine.ts). */
export const debianRootPath: string = join(cached(folder), "root");

/** Creates the root with debootstrap, which takes a minute. */
function build(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("debootstrap requires root");
  return makeCached(folder, async (aside) => {
    const root = join(aside, "root");
    const mirror = process.env.DEBIAN_MIRROR ?? "http://deb.debian.org/debian";
    const program = findProgram("debootstrap") ?? "debootstrap";
    // In its own mount namespace, so that its mounts end with it.
    await runBuild(
      ["unshare", "--mount", program, "--variant=minbase", "--include=systemd-sysv", RELEASE, root, mirror],
      {},
    );
    await rm(join(root, "var/cache/apt/archives"), { recursive: true });
  });
}

export const debianRoot = {
  name: "Debian root",
  slow: true,
  packages: [["debootstrap"], ["debian-archive-keyring"]],
  missing: () => (existsSync(debianRootPath) ? undefined : "debootstrap has not created it"),
  version: () => RELEASE,
  build,
} as const satisfies Part;

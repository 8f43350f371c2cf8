import { readFileSync } from "node:fs";
import { machine } from "node:os";
import { join } from "node:path";
import { toByteString } from "../event/bytes.ts";
import { type Host, UNKNOWN_HOST } from "../machine/host.ts";

/**
 * Reads the identity of this machine.
 * @param root mount point of the root file system of the watched machine
 */
export function readHost(root: string): Host {
  const read = (path: string): string => textOf(join(root, path));
  return {
    ...UNKNOWN_HOST,
    kernel: read("proc/sys/kernel/osrelease"),
    os: prettyName(read("etc/os-release") || read("usr/lib/os-release")),
    arch: toByteString(machine()),
    machineId: read("etc/machine-id"),
    bootId: read("proc/sys/kernel/random/boot_id"),
  };
}

/** Trimmed text of a file; "" if it cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return "";
  }
}

/** Values can be quoted as in a shell. */
function prettyName(release: string): string {
  const [, value = ""] = /^PRETTY_NAME=(.*)$/m.exec(release) ?? [];
  return value.replace(/^(["'])(.*)\1$/, "$2");
}

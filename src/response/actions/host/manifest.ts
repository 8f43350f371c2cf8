import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { AlertRecord } from "../../../alert/record.ts";
import { textOf } from "../../fields.ts";
import type { RegularFile } from "./regular-file.ts";

/** Description of a quarantined file, sufficient to restore it. */
export interface Manifest {
  /** Whether the file was removed from its original path. */
  readonly removed: boolean;
  /** Time of the quarantine in ISO 8601. */
  readonly taken: string;
  readonly alert: { readonly id: string; readonly rule: string; readonly time: string };
  readonly hostname: string;
  /** ID of the container in which `path` is located; `host` outside containers; null if the alert contains none. */
  readonly container: string | null;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  /** Mode as for chmod(1): `4755`. */
  readonly mode: string;
  /** Nanoseconds since the epoch, as a string. */
  readonly accessed: string;
  readonly modified: string;
  readonly changed: string;
  readonly born: string;
  readonly device: string;
  readonly inode: string;
  readonly links: number;
  /** Attributes of chattr(1) as a number. For example, `16` is +i. */
  readonly flags: number;
  /** Extended attributes, with values in base64. */
  readonly xattrs: Readonly<Record<string, string>>;
}

export function manifestOf(
  alert: AlertRecord,
  path: string,
  { stat, flags, xattrs }: RegularFile,
  content: { readonly sha256: string; readonly size: number },
): Manifest {
  return {
    removed: false,
    taken: new Date().toISOString(),
    alert: { id: alert.id, rule: alert.rule, time: String(alert.time) },
    hostname: alert.hostname,
    container: textOf(alert, "container.id") ?? null,
    path,
    ...content,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mode: (Number(stat.mode) & 0o7777).toString(8).padStart(4, "0"),
    accessed: String(stat.atimeNs),
    modified: String(stat.mtimeNs),
    changed: String(stat.ctimeNs),
    born: String(stat.birthtimeNs),
    device: String(stat.dev),
    inode: String(stat.ino),
    links: Number(stat.nlink),
    flags,
    xattrs: Object.fromEntries([...xattrs].map(([name, value]) => [name, value.toString("base64")])),
  };
}

const NAME = "manifest.json";

/** Writes a manifest atomically. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const fresh = join(folder, `.${NAME}`);
  const fd = openSync(fresh, "w", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(manifest, null, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, join(folder, NAME));
}

/** Reads the manifest in a directory; undefined if there is none or it cannot be read. */
export function readManifest(folder: string): Manifest | undefined {
  try {
    // Only Eyas can write to the directory, so the file was written by writeManifest and needs no validation.
    return JSON.parse(readFileSync(join(folder, NAME), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

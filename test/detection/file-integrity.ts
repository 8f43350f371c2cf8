import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { home, type LiveSensor, pause } from "../live/sensor.ts";
import type { Suite } from "./behaviour.ts";

/** Directory that contains the watched directories. */
export const folder = `/var/tmp/eyas-integrity-${process.pid}`;
const watched = join(folder, "watched");
/** Directory that the sensor watches only for removals. */
export const logs: string = join(folder, "log");

/** Rules and options of a sensor that watches only the files of this suite. */
export const INTEGRITY_RULES: string = join(home, "rules/file_integrity.yaml");
export const INTEGRITY_OPTIONS: readonly string[] = [
  ["paths", watched],
  ["removals", logs],
  ["default_paths", "false"],
  ["baseline", join(folder, "baseline.db")],
  ["quiet", "500ms"],
].flatMap(([key, value]) => ["-o", `sources.file_integrity.${key}=${value}`]);

const WATCHED = "Watched file changed";
const SETID = "Set-user-ID program added";
const MOUNTED = "File system mounted over watched path";
const CAPABILITY = "setcap cap_net_bind_service=ep $F";

/**
 * Changes of a file: description, rule, and command, in which `$F` is the file, `$D` its directory, and `$E` a sibling
 * directory.
 */
const ROWS: readonly (readonly [what: string, rule: string, command: string])[] = [
  ["a file written through its path", WATCHED, "echo new > $F"],
  ["a file written through a symbolic link", WATCHED, "ln -s $F $E/link; echo new > $E/link"],
  ["a file written through a hard link elsewhere", WATCHED, "ln $F $E/hard; echo new > $E/hard"],
  [
    "a file written through a bind mount in another mount namespace",
    WATCHED,
    "mkdir $E/bound; unshare -m sh -c 'mount --bind $D $E/bound; echo new > $E/bound/${F##*/}'",
  ],
  ["a file written through the root of another process", WATCHED, "echo new > /proc/self/root$F"],
  ["a file replaced by a rename", WATCHED, "echo new > $E/other; mv $E/other $F"],
  ["a file replaced by an editor's temporary file", WATCHED, "echo new > $F.tmp; mv $F.tmp $F"],
  ["a file written ten thousand times", WATCHED, "i=0; while [ $i -lt 10000 ]; do echo x; i=$((i+1)); done >> $F"],
  ["a file deleted", WATCHED, "rm $F"],
  ["a file renamed", WATCHED, "mv $F $F.moved"],
  ["a file created in a new directory", WATCHED, "mkdir -p $D/a/b/c; echo 1 > $D/a/b/c/file"],
  ["a symbolic link created", WATCHED, "ln -s /etc/shadow $D/link"],
  ["a named pipe created", WATCHED, "mkfifo $D/fifo"],
  ["a mode changed", SETID, "chmod 4755 $F"],
  ["an owner changed", WATCHED, "chown 65534 $F"],
  ["capabilities set", SETID, CAPABILITY],
  ["a file mounted over another file", MOUNTED, "echo new > $E/over; mount --bind $E/over $F; sleep 1; umount $F"],
  [
    "a file mounted over another file through a symbolic link",
    MOUNTED,
    "echo new > $E/over; ln -s $D $E/way; mount --bind $E/over $E/way/${F##*/}; sleep 1; umount $F",
  ],
];

const fileOf = (index: number) => join(watched, `file-${index}`);

/** Creates the directories. Called before the sensor starts. */
export function prepareIntegrity(): void {
  for (const path of [watched, logs]) mkdirSync(path, { recursive: true });
}

export function removeIntegrity(): void {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Creates the files of the rows, and waits until the sensor has recorded them: an additional file is changed until a
 * change is reported.
 */
async function createFiles(sensor: LiveSensor): Promise<void> {
  for (const index of ROWS.keys()) writeFileSync(fileOf(index), "old\n", { mode: 0o755 });
  const last = join(watched, "last");
  const isKnown = () => sensor.alerts().some(({ fields }) => fields["fim.path"] === last);
  for (const end = Date.now() + 60_000; !isKnown(); await pause(1200)) {
    if (Date.now() > end) throw new Error(`file integrity reports no changes: ${sensor.log()}`);
    // The first scan may have recorded the previous change.
    appendFileSync(last, "x");
  }
}

export const fileIntegrity: Suite = {
  title: "File integrity",
  about:
    "Changes to files in a directory that the source file_integrity watches. A change is evaluated after half a second without further events for the file. Captures do not contain these events.",
  isRecorded: false,
  async open(sensor) {
    await createFiles(sensor);
    return {
      behaviours: ROWS.map(([name, rule, command], index) => ({
        name,
        rules: [rule],
        needs: ["root"],
        isOwn: ({ fields }) => [fields["fim.path"], fields["fim.old_path"]].includes(fileOf(index)),
        async act(stage) {
          const env = { F: fileOf(index), D: watched, E: folder };
          const { code, output } = await stage.run(["/bin/sh", "-ec", command], { env });
          if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
        },
      })),
      close() {},
    };
  },
};

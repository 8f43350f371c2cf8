import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LiveSensor, pause } from "../live/sensor.ts";
import type { Suite } from "./behaviour.ts";
import { folder, logs } from "./file-integrity.ts";

const LOG = "Log file removed";
const HISTORY = "Shell history removed";

const EXCHANGE =
  "import ctypes, sys; sys.exit(ctypes.CDLL(None).renameat2(-100, sys.argv[1].encode(), -100, sys.argv[2].encode(), 2))";

/**
 * Ways to remove a file: description, rule, and command, in which `$F` is the file, `$N` its name, `$D` its directory,
 * and `$E` another directory.
 */
const ROWS: readonly (readonly [what: string, rule: string, command: string])[] = [
  ["a log removed by its path", LOG, "rm $F"],
  ["a log removed through a link to its directory", LOG, "ln -s $D $E/link; rm $E/link/$N"],
  ["a log removed by its name in the working directory", LOG, "cd $D; rm $N"],
  [
    "a log removed through a bind mount in another mount namespace",
    LOG,
    "unshare -m sh -c 'mount --bind $D $E; rm $E/$N'",
  ],
  ["a log removed through the root of another process", LOG, "rm /proc/self/root$F"],
  ["a log moved out of its directory", LOG, "mv $F $E/taken"],
  ["a log renamed to a hidden name", LOG, "mv $F $D/.$N"],
  ["a log replaced by a copy without some lines", LOG, "sed -i /secret/d $F"],
  ["a log removed with shred", LOG, "shred -u $F"],
  ["a log exchanged with another file", LOG, `: > $E/empty; python3 -c '${EXCHANGE}' $F $E/empty`],
  ["a log removed by a copy of rm named logrotate", LOG, "cp $(command -v rm) $E/logrotate; $E/logrotate $F"],
  ["a log removed with find", LOG, "find $D -name $N -delete"],
  ["a directory of logs moved away", LOG, "mv $F $E/logs"],
  ["a history removed by its path", HISTORY, "rm $F"],
  ["a history removed through a link to its directory", HISTORY, "ln -s $D $E/home; rm $E/home/$N"],
  ["a history renamed", HISTORY, "mv $F $E/notes"],
  ["a history replaced by another file", HISTORY, ": > $E/empty; mv $E/empty $F"],
];

const isHistory = (rule: string) => rule === HISTORY;
const directoryOf = (index: number) => join(logs, `${index}`);
const elsewhere = (index: number) => join(folder, `removed-${index}`);

/** Returns the file of a row; the directory for the row that moves a directory. */
function fileOf(index: number): string {
  const [what = "", rule = ""] = ROWS[index] ?? [];
  if (what.startsWith("a directory")) return directoryOf(index);
  return join(directoryOf(index), isHistory(rule) ? ".bash_history" : "auth.log");
}

/** Creates the files before the sensor starts, since renames of new files are not reported. */
export function prepareRemovals(): void {
  for (const index of ROWS.keys()) {
    for (const path of [directoryOf(index), elsewhere(index)]) mkdirSync(path, { recursive: true });
    for (const name of [".bash_history", "auth.log"]) writeFileSync(join(directoryOf(index), name), "secret\n");
  }
}

/** Waits until the sensor watches the directories. */
async function watched(sensor: LiveSensor): Promise<void> {
  const last = join(directoryOf(ROWS.length - 1), "auth.log");
  const isKnown = () => sensor.alerts().some(({ fields }) => fields["fim.path"] === last);
  for (const end = Date.now() + 60_000; !isKnown(); await pause(500)) {
    if (Date.now() > end) throw new Error(`file integrity reports no removals: ${sensor.log()}`);
    writeFileSync(last, "");
    spawnSync("rm", ["-f", last]); // by another process, since a process may remove files that it created
  }
}

/** Removals of logs and histories in various ways. */
export const removals: Suite = {
  title: "Removals",
  about:
    "Removal of logs and shell histories from directories that the source file_integrity watches for removals. Captures do not contain these events.",
  isRecorded: false,
  async open(sensor) {
    await watched(sensor);
    return {
      behaviours: ROWS.map(([name, rule, command], index) => ({
        name,
        rules: [rule],
        needs: ["root"],
        isOwn: ({ fields }) => {
          const path = String(fields["fim.path"]);
          return path === directoryOf(index) || path.startsWith(`${directoryOf(index)}/`);
        },
        async act(stage) {
          const F = fileOf(index);
          const env = { F, N: F.slice(F.lastIndexOf("/") + 1), D: directoryOf(index), E: elsewhere(index) };
          const { code, output } = await stage.run(["/bin/sh", "-ec", command], { env });
          if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
        },
      })),
      close() {},
    };
  },
};

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Ran, Stage } from "../../src/drill/action.ts";
import { buildRing } from "../uring/ring.ts";
import type { Suite } from "./behaviour.ts";

const name = `eyas-persistence-${process.pid}`;
/** A directory on the file system of `/`, so that files can be renamed and linked into `/etc`. */
const folder = `/var/tmp/${name}`;
/** A path outside /tmp, since programs in /tmp raise another alert. */
const program = `/opt/${name}`;

/** A file that an attacker changes to persist: description, rule, directory, and name. `$PWD` is a new directory. */
type Place = readonly [what: string, rule: string, directory: string, file: string];

const UNIT = "Systemd unit created or modified";

/** Files are empty, so that they have no effect even if a program reads them in the meantime. */
const PLACES: readonly Place[] = [
  ["a cron job", "Scheduled job created or modified", "/etc/cron.d", name],
  ["a systemd unit", UNIT, "/etc/systemd/system", `${name}.service`],
  ["a systemd timer", UNIT, "/etc/systemd/system", `${name}.timer`],
  ["ld.so.preload", "Dynamic linker configuration modified", "/etc", "ld.so.preload"],
  ["a PAM file", "Login configuration modified", "/etc/pam.d", name],
  ["a udev rule", "Boot script or event hook modified", "/etc/udev/rules.d", `${name}.rules`],
  ["a shell startup file", "Shell startup file modified", "$PWD/home", ".bashrc"],
  ["authorized_keys", "SSH authorized_keys file modified", "$PWD/keys", "authorized_keys"],
];

/** Ways to create the file `$F` in the directory `$D`: description and shell command. */
const WAYS: readonly (readonly [way: string, command: string])[] = [
  ["written", ': > "$D/$F"'],
  ["moved into place", ': > f; mv f "$D/$F"'],
  ["hard-linked", ': > f; ln f "$D/$F"'],
  ["as a symbolic link", ': > f; ln -s "$PWD/f" "$D/$F"'],
  ["created without a name, then linked", '$T tmpfile-empty-at "$D" "$F"'],
  ["written through io_uring", '$R openat "$D/$F" 0102'],
  ["moved through io_uring", ': > f; $R renameat2 f "$D/$F"'],
  ["written through a bind mount", `unshare -m sh -ec 'mkdir b; mount --bind "$0" b; : > "b/$1"' "$D" "$F"`],
];

/** A place with a way to create its file. */
export interface Cell {
  readonly what: string;
  readonly rule: string;
  readonly directory: string;
  readonly file: string;
  readonly command: string;
}

/** All ways to create the files of all places. */
export const CELLS: readonly Cell[] = PLACES.flatMap(([place, rule, directory, file]) =>
  WAYS.map(([way, command]) => ({ what: `${place}, ${way}`, rule, directory, file, command })),
);

/** Directories that did not exist before this suite. */
let made: string[] = [];

/** Builds the programs of {@link CELLS}, and creates missing directories. */
export function prepare(): void {
  if (existsSync("/etc/ld.so.preload")) throw new Error("/etc/ld.so.preload exists, and these tests would replace it");
  mkdirSync(folder);
  execFileSync("clang-19", ["-O1", "-o", program, join(import.meta.dirname, "../live/tricks.c")]);
  buildRing(folder);
  made = PLACES.flatMap(([, , directory]) =>
    directory.startsWith("$") ? [] : (mkdirSync(directory, { recursive: true }) ?? []),
  );
}

/** Runs a cell in a new directory outside containers, and removes the files that it created. */
export async function runCell(stage: Stage, { directory, file, command }: Cell): Promise<Ran> {
  const cwd = mkdtempSync(join(folder, "way-"));
  const own = directory.replace("$PWD", cwd);
  mkdirSync(own, { recursive: true });
  const env = { HOME: cwd, T: program, R: join(folder, "ring"), D: own, F: file };
  try {
    return await stage.run(["/bin/sh", "-ec", command], { container: "host", cwd, env });
  } finally {
    for (const path of [join(own, file), cwd]) rmSync(path, { recursive: true, force: true });
  }
}

export function remove(): void {
  for (const path of [...made, folder, program]) rmSync(path, { recursive: true, force: true });
}

/** Returns the files that were left behind. */
export function leftovers(): string[] {
  return PLACES.map(([, , directory, file]) => join(directory, file)).filter((path) => existsSync(path));
}

/** Files by which an attacker persists on a machine. */
export const persistence: Suite = {
  title: "Persistence",
  about: "Files that start programs, each created in several ways.",
  async open() {
    prepare();
    return {
      behaviours: CELLS.map((cell) => ({
        name: cell.what,
        rules: [cell.rule],
        needs: ["root", "cgroup"],
        async act(stage) {
          const { code, output } = await runCell(stage, cell);
          if (code !== 0) throw new Error(`exit ${code}: ${output.trim()}`);
        },
      })),
      close: remove,
    };
  },
};

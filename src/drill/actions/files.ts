import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type DrillAction, type Need, type Ran, type Stage, WATCHED_FOLDER } from "../action.ts";
import { NOTHING_REMAINS } from "./phrases.ts";

const FILE_INTEGRITY = "file_integrity";

/**
 * Time until the drill removes a file, in milliseconds. The source evaluates a change only after one second without
 * another change (`quiet`).
 */
const STAY = 2000;

const REMOVED = "The drill removes the file.";

/** An action that creates a file in a system directory with a shell command (path in `$0`) and removes it. */
interface Creation {
  readonly name: string;
  readonly rule: string;
  readonly also?: readonly string[];
  readonly directory: `/${string}`;
  readonly harmless: string;
  /** Shell command; by default it creates an empty file. */
  readonly command?: string;
  readonly does?: string;
  readonly twin: string;
  readonly benign: (stage: Stage, directory: string) => Promise<unknown>;
  /** Requirements in addition to root and the directory. */
  readonly needs?: readonly Need[];
}

const EMPTY = ': > "$0"';
const BRIEF = "Creates a file in the same directory and removes it immediately.";
const ELSEWHERE = "Creates an empty file in the drill's directory.";

const sh = (stage: Stage, command: string, path: string): Promise<Ran> =>
  succeeded(stage.run(["sh", "-ec", command, path]));

async function succeeded(running: Promise<Ran>): Promise<Ran> {
  const ran = await running;
  if (ran.code !== 0) throw new Error(ran.output.trim() || `exited with code ${ran.code}`);
  return ran;
}

async function createAndRemove(stage: Stage, path: string, command = EMPTY): Promise<void> {
  await sh(stage, command, path);
  await delay(STAY);
  await sh(stage, 'rm "$0"', path);
}

const brief = (stage: Stage, directory: string): Promise<Ran> =>
  sh(stage, ': > "$0"; rm "$0"', stage.system(directory, "brief"));
const elsewhere = (stage: Stage): Promise<unknown> => sh(stage, EMPTY, stage.path("elsewhere"));
function creation(one: Creation): DrillAction {
  const { name, rule, also = [], directory, harmless, command, does, twin, benign, needs = [] } = one;
  return {
    name,
    source: FILE_INTEGRITY,
    rule,
    also,
    does: does ?? `Creates an empty file in ${directory}, and removes the file after a few seconds.`,
    harmless,
    cleanUp: REMOVED,
    twin,
    needs: ["root", ...needs, directory],
    shows: { "fim.path": `${directory}/eyas-drill-*-${name}`, "fim.change": "created" },
    act: (stage) => createAndRemove(stage, stage.system(directory, name), command),
    benign: (stage) => benign(stage, directory),
  };
}

/** Names of history files of rarely used shells. */
const HISTORIES = [".ash_history", ".mksh_history", ".ksh_history", ".sh_history"];

/** Returns the path of a shell history file in the home directory. No file exists at the path. */
function freeHistory(stage: Stage): string {
  const name = HISTORIES.find((one) => !existsSync(join(homedir(), one)));
  if (name === undefined) throw new Error(`files with all of these names already exist: ${HISTORIES.join(", ")}`);
  return stage.owned(join(homedir(), name));
}

/** Changes to files that the source file_integrity watches by default. */
export const files: readonly DrillAction[] = [
  creation({
    name: "new-configuration",
    rule: "Configuration file changed",
    directory: "/etc",
    harmless: "No program reads the file.",
    twin: "Creates a file in the same directory with a name that ends in .lock.",
    benign: (stage, directory) => createAndRemove(stage, stage.system(directory, "twin.lock")),
  }),
  creation({
    name: "new-job",
    rule: "Startup file or scheduled job changed",
    also: ["Scheduled job created or modified"],
    directory: "/etc/cron.d",
    harmless: "The file is empty and contains no job.",
    twin: ELSEWHERE,
    benign: elsewhere,
  }),
  creation({
    name: "new-ssh-file",
    rule: "SSH configuration or key changed",
    directory: "/etc/ssh",
    harmless: "SSH reads no file with that name.",
    twin: BRIEF,
    benign: brief,
  }),
  creation({
    name: "new-login-file",
    rule: "Authentication configuration changed",
    directory: "/etc/security/limits.d",
    harmless: "The file is empty, and PAM only reads files whose names end in .conf.",
    twin: ELSEWHERE,
    benign: elsewhere,
  }),
  creation({
    name: "new-linker-file",
    rule: "Dynamic linker configuration changed",
    also: ["Dynamic linker configuration modified"],
    directory: "/etc/ld.so.conf.d",
    harmless: "The file is empty, and the linker only reads files whose names end in .conf.",
    twin: ELSEWHERE,
    benign: elsewhere,
  }),
  creation({
    name: "new-library",
    rule: "Program or library outside packages changed",
    directory: "/usr/local/lib",
    harmless: "The file is empty, and no program loads it.",
    twin: ELSEWHERE,
    benign: elsewhere,
  }),
  creation({
    name: "new-setuid-file",
    rule: "Set-user-ID program added",
    also: ["Program or library outside packages changed", "Setuid or setgid bit set on file"],
    directory: "/usr/local/lib",
    does: "Creates an empty file with the set-user-ID bit in /usr/local/lib, and removes the file after a few seconds.",
    harmless: "The file belongs to the user nobody and cannot be executed.",
    command: ': > "$0"; chown nobody "$0"; chmod 4400 "$0"',
    twin: "Creates a file in the drill's directory, without the set-user-ID bit.",
    benign: elsewhere,
  }),
  creation({
    name: "new-boot-file",
    rule: "Boot file changed",
    directory: "/boot",
    harmless: "No boot loader reads the file.",
    twin: BRIEF,
    benign: brief,
  }),
  creation({
    name: "watched-file",
    rule: "Watched file changed",
    directory: WATCHED_FOLDER,
    harmless: "The directory is reserved for the drill.",
    twin: BRIEF,
    benign: brief,
    needs: ["watched"],
  }),
  {
    name: "remove-log",
    source: FILE_INTEGRITY,
    rule: "Log file removed",
    also: ["Log file removed or overwritten"],
    does: "Creates an empty file in /var/log, and removes the file with another process.",
    harmless: "The file belongs to the drill.",
    cleanUp: NOTHING_REMAINS,
    twin: "Removes a file whose name ends in .lock.",
    needs: ["root"],
    shows: { "fim.path": "/var/log/eyas-drill-*", "fim.removal": "deleted" },
    act: (stage) => sh(stage, ': > "$0"; rm "$0"', stage.system("/var/log", "log")),
    benign: (stage) => sh(stage, ': > "$0"; rm "$0"', stage.system("/var/log", "log.lock")),
  },
  {
    name: "remove-shell-history",
    source: FILE_INTEGRITY,
    rule: "Shell history removed",
    also: ["Shell history cleared"],
    does: "Creates a shell history file with an unused name in the home directory, and removes the file with another process.",
    harmless: "The file belongs to the drill.",
    cleanUp: NOTHING_REMAINS,
    twin: "Removes a file with another name.",
    needs: ["root"],
    shows: { "fim.path": "*_history", "fim.removal": "deleted" },
    act: (stage) => sh(stage, ': > "$0"; rm "$0"', freeHistory(stage)),
    benign: (stage) => sh(stage, ': > "$0"; rm "$0"', stage.system(homedir(), "notes")),
  },
];

import type { DrillAction, Ran, Stage } from "../action.ts";
import { NOTHING_REMAINS, OWN_FOLDER } from "./phrases.ts";

/** Actions that remove traces and data. */
export const traces: readonly DrillAction[] = [
  {
    name: "empty-log",
    rule: "Log file truncated",
    does: "Truncates a file called auth.log in the drill's directory.",
    harmless: "The log belongs to the drill.",
    cleanUp: OWN_FOLDER,
    twin: "Truncates a file called draft.txt.",
    needs: [],
    shows: { "proc.name": "cp", "fd.name": "*/auth.log" },
    act: (stage) => stage.run(["cp", "/dev/null", stage.file("auth.log", "Failed password for root\n")]),
    benign: (stage) => stage.run(["cp", "/dev/null", stage.file("draft.txt", "Dear reader\n")]),
  },
  {
    name: "shred",
    rule: "Data destruction tool started",
    does: "Shreds a file in the drill's directory.",
    harmless: "The file belongs to the drill.",
    cleanUp: OWN_FOLDER,
    twin: "Removes a file in the drill's directory with rm.",
    needs: [],
    shows: { "proc.name": "shred" },
    act: (stage) => stage.run(["shred", "-u", stage.file("plan", "nothing\n")]),
    benign: (stage) => stage.run(["rm", stage.file("twin-plan", "nothing\n")]),
  },
  {
    name: "remove-history",
    rule: "Shell history cleared",
    does: "Removes a file called .bash_history in the drill's directory.",
    harmless: "The file belongs to the drill.",
    cleanUp: OWN_FOLDER,
    twin: "Removes a file called .bash_notes.",
    needs: [],
    shows: { "proc.name": "rm", "proc.cmdline": "rm -f */.bash_history" },
    act: (stage) => stage.run(["rm", "-f", stage.file(".bash_history", "ls\n")]),
    benign: (stage) => stage.run(["rm", "-f", stage.file(".bash_notes", "ls\n")]),
  },
  {
    name: "disable-history",
    rule: "Shell history disabled",
    does: "Starts a shell that unsets HISTFILE.",
    harmless: "The shell is not interactive and has no history.",
    cleanUp: "No files or processes remain.",
    twin: "Starts a shell that unsets another variable.",
    needs: [],
    shows: { "proc.name": "sh", "proc.cmdline": "sh -c unset HISTFILE" },
    act: (stage) => stage.run(["sh", "-c", "unset HISTFILE"]),
    benign: (stage) => stage.run(["sh", "-c", "unset EYAS_DRILL"]),
  },
  {
    name: "overwrite-log",
    rule: "Log file removed or overwritten",
    does: "Opens a file called auth.log in the drill's directory for overwriting.",
    harmless: "The file belongs to the drill, and no data is written.",
    cleanUp: OWN_FOLDER,
    twin: "Opens a file called draft.txt in the same way.",
    needs: [],
    shows: { "proc.name": "dd", "proc.cmdline": "dd if=/dev/null of=*/eyas-drill-*/log/auth.log conv=notrunc" },
    act: (stage) => overwrite(stage, stage.file("log/auth.log", "x")),
    benign: (stage) => overwrite(stage, stage.file("log/draft.txt", "x")),
  },
  {
    name: "hidden-directory",
    rule: "Hidden file or directory created in temporary directory",
    does: "Creates a directory in /dev/shm whose name begins with a dot.",
    harmless: "The directory is empty and is removed immediately.",
    cleanUp: NOTHING_REMAINS,
    twin: "Creates a directory with such a name in the drill's directory.",
    needs: [],
    shows: { "proc.name": "mkdir", "fs.path.name": "/dev/shm/.eyas-drill-*" },
    act: (stage) => hiddenDirectory(stage, stage.hidden("cache")),
    benign: (stage) => hiddenDirectory(stage, stage.path(".cache")),
  },
];

function overwrite(stage: Stage, file: string): Promise<Ran> {
  return stage.run(["dd", "if=/dev/null", `of=${file}`, "conv=notrunc"]);
}

function hiddenDirectory(stage: Stage, path: string): Promise<Ran> {
  return stage.run(["sh", "-c", 'mkdir "$0" && rmdir "$0"', path]);
}

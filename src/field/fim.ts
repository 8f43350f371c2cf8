import { documentFlag, documentNumber, documentText, textsOf } from "./document-value.ts";
import type { Field, Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { row } from "./row.ts";

const path = documentText("path");

const SET_ID = 0o6000;

const nameOf: Reader = (event) => {
  const whole = path(event);
  return whole?.slice(whole.lastIndexOf("/") + 1);
};

const directoryOf: Reader = (event) => {
  const whole = path(event);
  return whole === undefined ? undefined : whole.slice(0, Math.max(whole.lastIndexOf("/"), 1));
};

const setId: Reader = (event) => {
  const mode = modeOf(event);
  return mode === undefined ? undefined : (Number.parseInt(mode, 8) & SET_ID) !== 0;
};

const modeOf = documentText("new", "mode");

const list =
  (...keys: readonly string[]): Reader =>
  ({ document }) =>
    textsOf(walk(document, keys));

const MANY = { list: true, testsMembers: true } as const;

/** Fields for the state after a change and before it. */
function states(): Field[] {
  return (["new", "old"] as const).flatMap((key) => {
    const prefix = key === "new" ? "fim" : "fim.old";
    const when = key === "new" ? "after the change" : "before the change";
    return [
      row(
        `${prefix}.type`,
        "CHARBUF",
        documentText(key, "type"),
        `The type ${when}: file, directory, symlink, fifo, socket, device.`,
      ),
      row(`${prefix}.mode`, "CHARBUF", documentText(key, "mode"), `The mode ${when}, in octal: 0644, 4755.`),
      row(`${prefix}.uid`, "UINT32", documentNumber(key, "uid"), `The user ID of the owner ${when}.`),
      row(`${prefix}.gid`, "UINT32", documentNumber(key, "gid"), `The group ID ${when}.`),
      row(`${prefix}.size`, "UINT64", documentNumber(key, "size"), `The size ${when}, in bytes.`),
      row(`${prefix}.mtime`, "CHARBUF", documentText(key, "mtime"), `The time of the last write ${when}.`),
      row(`${prefix}.inode`, "UINT64", documentNumber(key, "inode"), `The inode number ${when}.`),
      row(`${prefix}.links`, "UINT32", documentNumber(key, "links"), `The number of hard links ${when}.`),
      row(`${prefix}.target`, "CHARBUF", documentText(key, "target"), `The target of the symbolic link ${when}.`),
      row(
        `${prefix}.capability`,
        "CHARBUF",
        documentText(key, "capability"),
        `The file capabilities ${when} (security.capability), in hexadecimal.`,
      ),
      row(
        `${prefix}.sha256`,
        "CHARBUF",
        documentText(key, "sha256"),
        `The SHA-256 of the content ${when}. Absent for files above sources.file_integrity.max_hash_size.`,
      ),
    ];
  });
}

/** Fields of the source `file_integrity`. */
export const fileIntegrityFields: readonly Field[] = [
  row("fim.path", "CHARBUF", path, "The absolute path of the changed file.", {
    about: "path",
    as: "name",
  }),
  row("fim.name", "CHARBUF", nameOf, "The name of the file, without its directory."),
  row("fim.directory", "CHARBUF", directoryOf, "The directory of the changed file."),
  row(
    "fim.change",
    "CHARBUF",
    documentText("change"),
    "The kind of change: created, modified (content), replaced (another file now has the name), renamed, deleted, metadata, rewritten (the same content), temporary (created and deleted), removed (a file that is named in sources.file_integrity.removals or its defaults), mounted (a mount hides the path). Values of notices: packages, overflow, limit, baseline.",
  ),
  row(
    "fim.differences",
    "CHARBUF",
    list("differences"),
    "The changed attributes: type, content, target, mode, owner, group, capability, links, times.",
    MANY,
  ),
  row(
    "fim.removal",
    "CHARBUF",
    documentText("removal"),
    "For a removal: deleted, moved (to another name or directory), or replaced (by a rename of another file).",
  ),
  row(
    "fim.old_path",
    "CHARBUF",
    documentText("old_path"),
    "For a rename: the previous path. For a removal by replacement: the path of the other file, if it is in a watched directory.",
  ),
  row(
    "fim.new_path",
    "CHARBUF",
    documentText("new_path"),
    "For a removal: the new path, if it is in a watched directory.",
  ),
  row(
    "fim.found_by",
    "CHARBUF",
    documentText("found_by"),
    "How the change was detected: event, scan, or start (the change happened while Eyas was not running).",
  ),
  row(
    "fim.events",
    "UINT64",
    documentNumber("events"),
    "The number of kernel events that are combined into this change.",
  ),
  ...states(),
  row("fim.is_setid", "BOOL", setId, "True if the file has the set-user-ID or set-group-ID bit after the change."),
  row("fim.package", "CHARBUF", documentText("package", "name"), "The package that owns the file."),
  row(
    "fim.package_match",
    "BOOL",
    documentFlag("package", "matches"),
    "Whether the content matches the checksum in the package database. Absent if the database has no checksum.",
  ),
  row(
    "fim.by_package_manager",
    "BOOL",
    documentFlag("by_package_manager"),
    "True if the package manager, or a package script that the package manager runs, made the change.",
  ),
  row(
    "fim.by_config_management",
    "BOOL",
    documentFlag("by_config_management"),
    "True if a program in sources.file_integrity.config_managers, or a descendant, made the change.",
  ),
  row(
    "fim.by_log_program",
    "BOOL",
    documentFlag("by_log_program"),
    "For a removal: true if a program that removes old logs, such as logrotate with a configuration in /etc, or a descendant, removed the file.",
  ),
  row(
    "fim.manager",
    "CHARBUF",
    documentText("manager"),
    "The executable of the package manager or program that made the change.",
  ),
  row(
    "fim.packages",
    "CHARBUF",
    list("packages"),
    "The packages with files that a package manager transaction changed.",
    MANY,
  ),
  row(
    "fim.files",
    "UINT64",
    documentNumber("files"),
    "The number of files in a transaction or removal. If more than 100 files are removed from a directory within ten seconds, the remaining removals are one event with the path of the directory.",
  ),
  row(
    "fim.process.pid",
    "INT64",
    documentNumber("process", "pid"),
    "The ID of the process that made the change. Unlike proc.pid, this ID is known without the sensor.",
  ),
  row("fim.process.name", "CHARBUF", documentText("process", "name"), "The name of the process that made the change."),
  row("fim.process.exe", "CHARBUF", documentText("process", "exe"), "The path of the executable that made the change."),
  row(
    "fim.process.command",
    "CHARBUF",
    documentText("process", "command"),
    "The command line of the process that made the change.",
  ),
  row(
    "fim.mount.type",
    "CHARBUF",
    documentText("mount", "type"),
    "For a mount: the type of the mounted file system, such as ext4 or overlay.",
  ),
  row(
    "fim.mount.source",
    "CHARBUF",
    documentText("mount", "source"),
    "For a mount: the device, or another name that the process has chosen.",
  ),
  row(
    "fim.mount.root",
    "CHARBUF",
    documentText("mount", "root"),
    "For a mount: the path of the mounted directory or file in its file system; / if the whole file system is mounted.",
  ),
  row("fim.reason", "CHARBUF", documentText("reason"), "For notices: the message."),
];

import { createHash } from "node:crypto";
import { closeSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { toByteString } from "../../../event/bytes.ts";
import { globTest } from "../../../event/glob.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import { numberIn, numberParameter, textIn, textParameter, textsIn, textsParameter } from "../../parameters.ts";
import { copyFile } from "./copy-file.ts";
import { hostFields } from "./fields.ts";
import { folderParameter, privateFolder } from "./folder.ts";
import { SystemError } from "./libc.ts";
import { manifestOf, readManifest, writeManifest } from "./manifest.ts";
import { invalidPath, openRegularFile, type RegularFile } from "./regular-file.ts";
import { openRootOf, type Root } from "./root.ts";
import { signalPermissions } from "./send.ts";

const MEGABYTE = 1_000_000;

/** System files, which are excluded by default. Reading a system file is normal and does not justify its removal. */
const NEVER = [
  ...["/bin/*", "/boot/*", "/etc/*", "/lib*", "/proc/*", "/sbin/*", "/sys/*"],
  ...["/usr/bin/*", "/usr/lib*", "/usr/sbin/*", "/usr/share/*", "/var/lib/eyas/*"],
];

export const action: Action = {
  name: "host:quarantine",
  about:
    "Quarantines a file: copies it to a directory that only Eyas can access, with a manifest of its SHA-256, path, " +
    "owner, mode, times and extended attributes, and removes the original, also in containers. Symbolic links are " +
    "not followed. For a process in a user namespace, only files of users of that namespace are removed. " +
    "The copy is not executable. Processes that have opened the file can still use it: run `host:kill` first.",
  example: `field: proc.exepath
max_size: 100`,
  parameters: {
    field: textParameter("The field with the path: `fd.name`, `proc.exepath`, …", { fallback: "fd.name" }),
    folder: folderParameter(
      "Directory for quarantined files. Default: the directory `quarantine` next to the journal.",
    ),
    max_size: numberParameter("Maximum size of the file in megabytes.", 512, [1, 1_000_000]),
    except: textsParameter("Files that are never quarantined, with the wildcards `*` and `?`.", NEVER),
  },
  continues: true,
  // The cooldown is short, because a new file at the same path must be quarantined too.
  cooldown: 1000,
  repeatable: true,
  isLocal: true,
  fields: hostFields,
  permissions: [
    "root, or CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER and CAP_CHOWN for files of all users",
    "CAP_LINUX_IMMUTABLE, to remove immutable files",
    "CAP_SYS_PTRACE, to access files in containers (`/proc/<pid>/root`)",
    ...signalPermissions.slice(1),
  ],
  target(alert, parameters) {
    const path = textOf(alert, textIn(parameters, "field"));
    if (path === undefined) return { missing: `The alert has no ${textIn(parameters, "field")}.` };
    const container = textOf(alert, "container.id");
    const where = container === undefined || container === "host" ? "" : ` of container ${container}`;
    return { target: `file ${path}${where}` };
  },
  async run(request) {
    const { alert, parameters } = request;
    const field = textIn(parameters, "field");
    const path = textOf(alert, field);
    if (path === undefined) return { outcome: "failed", reason: `The alert has no ${field}.` };
    const except = textsIn(parameters, "except");
    const real = (field === "fd.name" ? textOf(alert, "fd.real.path") : undefined) ?? path;
    const never = invalidPath(path) ?? whyExcepted(path, except) ?? whyExcepted(real, except);
    if (never !== undefined) return { outcome: "skipped", reason: `The file is protected: ${never}.` };
    let root: Root | undefined;
    let file: RegularFile | undefined;
    try {
      const found = openRootOf(request);
      if (typeof found === "string") return { outcome: "skipped", reason: found };
      root = found;
      file = openRegularFile(root.fd, path);
      const foreign = whyForeign(path, file, root);
      if (foreign !== undefined) return { outcome: "skipped", reason: foreign };
      return await take(request, path, file);
    } catch (error) {
      return trouble(path, error, folderFor(request, path));
    } finally {
      file?.close();
      if (root !== undefined) closeSync(root.fd);
    }
  },
};

async function take(request: ActionRequest, path: string, file: RegularFile): Promise<ActionResult> {
  const { alert, parameters, signal } = request;
  const { stat } = file;
  const inode = textIn(parameters, "field") === "fd.name" ? numberOf(alert, "fd.ino") : undefined;
  if (inode !== undefined && inode > 0 && BigInt(inode) !== stat.ino)
    return { outcome: "skipped", reason: `${path} was replaced: its inode differs from fd.ino of the alert.` };
  const most = numberIn(parameters, "max_size");
  if (stat.size > BigInt(most * MEGABYTE))
    return { outcome: "failed", reason: `${path} has ${stat.size} bytes, which exceeds max_size (${most} MB).` };

  const folder = folderFor(request, path);
  privateFolder(dirname(folder));
  // If the manifest does not record the removal of the original, an earlier attempt was interrupted.
  if (readManifest(folder)?.removed)
    return { outcome: "skipped", reason: `${path} is already quarantined; its path now belongs to a new file.` };
  rmSync(folder, { recursive: true, force: true });
  let isOnlyCopy = false;
  try {
    privateFolder(folder);
    const content = await copyFile(file, join(folder, "content"), signal);
    const manifest = manifestOf(alert, path, file, content);
    writeManifest(folder, manifest);
    file.remove();
    isOnlyCopy = true;
    writeManifest(folder, { ...manifest, removed: true });
    return { outcome: "done", answer: `Quarantined ${path} in ${folder} (SHA-256 ${content.sha256}).` };
  } catch (error) {
    if (!isOnlyCopy) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Returns the reason why the alert's process could not have removed the file; undefined if it could. Any user can
 * create a user namespace and mount a directory of the machine over another path in it, so the path does not identify
 * the file.
 */
function whyForeign(path: string, { stat, folder }: RegularFile, { isUser }: Root): string | undefined {
  const WRITABLE_BY_OTHERS = 0o022n;
  const isOfUsers = isUser(stat.uid) && (isUser(folder.uid) || (folder.mode & WRITABLE_BY_OTHERS) !== 0n);
  if (isOfUsers) return undefined;
  return `${path} or its directory belongs to a user outside the user namespace of the process, so it may be a file of the machine.`;
}

function folderFor({ alert, parameters, host }: ActionRequest, path: string): string {
  return join(textIn(parameters, "folder") || join(host.folder, "quarantine"), nameOf(alert.id, path));
}

/**
 * Returns a directory name that is unique per file and alert, and contains no text from the alert except a valid ID.
 */
function nameOf(alert: string, path: string): string {
  const digest = createHash("sha256").update(`${alert}\0${path}`).digest("hex");
  return /^[0-9a-f-]{36}$/.test(alert) ? `${alert}-${digest.slice(0, 8)}` : digest;
}

function whyExcepted(path: string, except: readonly string[]): string | undefined {
  const found = except.find((pattern) => globTest(toByteString(pattern), false)(toByteString(path)));
  return found === undefined ? undefined : `${path} matches ${found} in the parameter except`;
}

function trouble(path: string, error: unknown, folder: string): ActionResult {
  if (error instanceof SystemError && error.code === "ENOENT") {
    const found = readManifest(folder);
    // The earlier attempt removed the file, but was interrupted before it recorded the removal.
    if (found?.removed === false) writeManifest(folder, { ...found, removed: true });
    if (found?.removed === false)
      return { outcome: "done", answer: `Quarantined ${path} in ${folder} in an earlier attempt.` };
    return { outcome: "skipped", reason: `${path} no longer exists.` };
  }
  if (error instanceof SystemError && error.code === "ELOOP")
    return { outcome: "skipped", reason: `The path ${path} contains a symbolic link, which is not followed.` };
  const reason = error instanceof Error ? error.message : String(error);
  return { outcome: "failed", reason: `Cannot quarantine ${path}: ${reason}.` };
}

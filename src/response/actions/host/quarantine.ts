import { createHash } from "node:crypto";
import { closeSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { toByteString } from "../../../event/bytes.ts";
import { globTest } from "../../../event/glob.ts";
import type { Action, ActionRequest, ActionResult } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import { numberIn, numberParameter, textIn, textParameter, textsIn, textsParameter } from "../../parameters.ts";
import { hostFields } from "./fields.ts";
import { folderParameter, privateFolder } from "./folder.ts";
import { keepFile } from "./kept-file.ts";
import { SystemError } from "./libc.ts";
import { manifestOf, readManifest, writeManifest } from "./manifest.ts";
import { openRootOf } from "./root.ts";
import { signalPermissions } from "./send.ts";
import { type TakenFile, takeFile, whyNoPath } from "./taken-file.ts";

const MEGABYTE = 1_000_000;

/** What systems are made of: that somebody opened it is no reason to take it away. */
const NEVER = [
  ...["/bin/*", "/boot/*", "/etc/*", "/lib*", "/proc/*", "/sbin/*", "/sys/*"],
  ...["/usr/bin/*", "/usr/lib*", "/usr/sbin/*", "/usr/share/*", "/var/lib/eyas/*"],
];

export const action: Action = {
  name: "host:quarantine",
  about:
    "Takes a file away: copies it to a folder that only Eyas can enter, with a manifest of its SHA-256, path, owner, mode, " +
    "times and extended attributes, and removes it from where it was; also in containers. Symbolic links are not followed. " +
    "Nobody can run the copy. A process that has the file open keeps it: `host:kill` before.",
  parameters: {
    field: textParameter("The field that has the path: `fd.name`, `proc.exepath`, …", { fallback: "fd.name" }),
    folder: folderParameter("Where it is taken to; absent: `quarantine` where Eyas keeps its journal."),
    max_size: numberParameter("Megabytes; larger files are left where they are.", 512, [1, 1_000_000]),
    except: textsParameter("Files that are never taken; `*` and `?` stand for any text.", NEVER),
  },
  continues: true,
  // A file that is there anew is another.
  cooldown: 1000,
  repeatable: true,
  isLocal: true,
  fields: hostFields,
  permissions: [
    "root: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_CHOWN for files of all users",
    "CAP_LINUX_IMMUTABLE: removing what chattr(1) has locked",
    "CAP_SYS_PTRACE: reaching the files of other processes' containers (`/proc/<pid>/root`)",
    ...signalPermissions.slice(1),
  ],
  target(alert, parameters) {
    const path = textOf(alert, textIn(parameters, "field"));
    if (path === undefined)
      return { missing: `The alert has no ${textIn(parameters, "field")}: its rule's output does not name it.` };
    const container = textOf(alert, "container.id");
    const where = container === undefined || container === "host" ? "" : ` of container ${container}`;
    return { target: `file ${path}${where}` };
  },
  async run(request) {
    const { alert, parameters } = request;
    const field = textIn(parameters, "field");
    const path = textOf(alert, field);
    if (path === undefined) return { outcome: "failed", reason: `The alert has no ${field}.` };
    const never = whyNoPath(path) ?? whyExcepted(path, textsIn(parameters, "except"));
    if (never !== undefined) return { outcome: "skipped", reason: `It is not taken: ${never}.` };
    let root: number | undefined;
    let file: TakenFile | undefined;
    try {
      const found = openRootOf(request);
      if (typeof found === "string") return { outcome: "skipped", reason: found };
      root = found;
      file = takeFile(root, path);
      return await take(request, path, file);
    } catch (error) {
      return trouble(path, error, folderFor(request, path));
    } finally {
      file?.close();
      if (root !== undefined) closeSync(root);
    }
  },
};

async function take(request: ActionRequest, path: string, file: TakenFile): Promise<ActionResult> {
  const { alert, parameters, signal } = request;
  const { stat } = file;
  const inode = textIn(parameters, "field") === "fd.name" ? numberOf(alert, "fd.ino") : undefined;
  if (inode !== undefined && inode > 0 && BigInt(inode) !== stat.ino)
    return { outcome: "skipped", reason: `${path} is another file than the alert's by now.` };
  const most = numberIn(parameters, "max_size");
  if (stat.size > BigInt(most * MEGABYTE))
    return { outcome: "failed", reason: `${path} has ${stat.size} bytes, more than ${most} MB (max_size).` };

  const folder = folderFor(request, path);
  privateFolder(dirname(folder));
  // What is there without having been taken is of an attempt that did not come to its end.
  if (readManifest(folder)?.removed)
    return { outcome: "skipped", reason: `${path} was taken before: a file is there anew.` };
  rmSync(folder, { recursive: true, force: true });
  let isOnlyCopy = false;
  try {
    privateFolder(folder);
    const content = await keepFile(file, join(folder, "content"), signal);
    const manifest = manifestOf(alert, path, file, content);
    writeManifest(folder, manifest);
    file.remove();
    isOnlyCopy = true;
    writeManifest(folder, { ...manifest, removed: true });
    return { outcome: "done", answer: `Took ${path} to ${folder} (SHA-256 ${content.sha256}).` };
  } catch (error) {
    if (!isOnlyCopy) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function folderFor({ alert, parameters, host }: ActionRequest, path: string): string {
  return join(textIn(parameters, "folder") || join(host.folder, "quarantine"), nameOf(alert.id, path));
}

/** A name that is the same for one file of one alert, and holds nothing of what others chose. */
function nameOf(alert: string, path: string): string {
  const digest = createHash("sha256").update(`${alert}\0${path}`).digest("hex");
  return /^[0-9a-f-]{36}$/.test(alert) ? `${alert}-${digest.slice(0, 8)}` : digest;
}

function whyExcepted(path: string, except: readonly string[]): string | undefined {
  const found = except.find((pattern) => globTest(toByteString(pattern), false)(toByteString(path)));
  return found === undefined ? undefined : `${path} is like ${found}, which is excepted`;
}

function trouble(path: string, error: unknown, folder: string): ActionResult {
  if (error instanceof SystemError && error.code === "ENOENT") {
    const found = readManifest(folder);
    // An attempt that was cut off between its last two steps.
    if (found?.removed === false) writeManifest(folder, { ...found, removed: true });
    if (found?.removed === false)
      return { outcome: "done", answer: `Took ${path} to ${folder} in an earlier attempt.` };
    return { outcome: "skipped", reason: `There is no file ${path} any more.` };
  }
  if (error instanceof SystemError && error.code === "ELOOP")
    return { outcome: "skipped", reason: `A symbolic link is on the way to ${path}: those are not followed.` };
  const reason = error instanceof Error ? error.message : String(error);
  return { outcome: "failed", reason: `${path} can't be taken: ${reason}.` };
}

import type { Thread } from "../machine/thread.ts";

/** Directories to which only the package manager, the image or root adds files. */
const DIRECTORIES = [
  "/usr/bin/",
  "/usr/sbin/",
  "/usr/lib/",
  "/usr/lib64/",
  "/usr/libexec/",
  "/bin/",
  "/sbin/",
  "/lib/",
  "/lib64/",
  "/snap/",
  "/nix/store/",
] as const;

/** Length of process names in the kernel. Rules list programs by these names. */
const NAME_LENGTH = 15;

/** Programs that run scripts. The path of the script is their first argument. */
const INTERPRETER = /\/(?:(?:ba|da|k|mk|z|a)?sh|python[0-9.]*|perl[0-9.]*|ruby[0-9.]*|node(?:js)?|php[0-9.]*)$/;

/**
 * Whether the executable belongs to the system: a package records its path and content. If that is unknown (in
 * captures, in containers, or shortly after the start of a program), the executable must be in a system directory, not
 * in the upper layer of an overlay, not writable by its user (as after a bind mount in a namespace), and not known to
 * be writable by users other than root. False if another file is mounted over its path.
 */
export function isSystemProgram(thread: Thread): boolean {
  const { program, exepath, exeUpperLayer, exeWritableByUser } = thread;
  if (isDisguised(thread)) return false;
  const facts = program?.facts;
  if (facts?.isFromPackage !== undefined) return facts.isFromPackage;
  if (facts?.isRootOnly === false || exeUpperLayer || exeWritableByUser) return false;
  return isInSystemDirectory(exepath);
}

/** Whether another file is mounted over the path of the executable or over one of its directories. */
function isDisguised({ exepath, realExepath }: Thread): boolean {
  return realExepath !== undefined && realExepath !== exepath && !exepath.endsWith(realExepath);
}

function isInSystemDirectory(path: string): boolean {
  for (let i = 0; i < DIRECTORIES.length; i++) {
    if (path.startsWith(DIRECTORIES[i]!)) return !path.includes("/../");
  }
  return false;
}

/**
 * The name of a system program: the last component of its path, truncated to the length of process names in the kernel.
 * For a script in a system directory, the name of the script. Undefined for other programs. Old captures have no paths,
 * so the name of the process is used.
 */
export function systemName(thread: Thread): string | undefined {
  if (thread.exepath === "") return thread.comm;
  if (!isSystemProgram(thread)) return undefined;
  thread.systemName ??= nameOf(thread);
  return thread.systemName;
}

function nameOf({ filename, exepath, args }: Thread): string {
  if (isInSystemDirectory(filename)) return baseName(filename);
  const script = args[0] ?? "";
  if (INTERPRETER.test(exepath) && isInSystemDirectory(script)) return baseName(script);
  return baseName(exepath);
}

function baseName(path: string): string {
  const at = path.lastIndexOf("/") + 1;
  return path.slice(at, at + NAME_LENGTH);
}

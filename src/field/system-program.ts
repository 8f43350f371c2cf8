import { codeVariables } from "../machine/injection.ts";
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

interface Interpreter {
  readonly path: RegExp;
  /** Options that the first line of a script can set and that run no code. */
  readonly option: RegExp;
  /** Environment variables that make the interpreter run other code. */
  readonly code?: RegExp;
  /** Whether the interpreter loads modules from the home directory. */
  readonly loadsFromHome?: true;
}

const variables = (names: string) => new RegExp(`^(?:${names})=.`);
const SHELL_OPTION = /^-[euxv]+$/;
const OPTION = /^-[wutTsEIOS]+$/;

/** Options of Python that prevent the use of modules in the home directory. */
const WITHOUT_USER_SITE = /[sIS]/;
const FOREIGN_HOME = /^HOME=(?!\/?$|\/root\/?$)./;

/** Programs that run scripts. The path of the script is the first argument, or the second one if the first is an option. */
const INTERPRETERS: readonly Interpreter[] = [
  { path: /\/bash$/, option: SHELL_OPTION, code: variables(codeVariables.bash) },
  { path: /\/zsh[0-9.-]*$/, option: SHELL_OPTION, code: variables(codeVariables.zsh) },
  { path: /\/(?:da|k|mk|a)?sh$/, option: SHELL_OPTION },
  {
    path: /\/(?:platform-)?python[0-9.]*$/,
    option: OPTION,
    code: variables(codeVariables.python),
    loadsFromHome: true,
  },
  { path: /\/perl[0-9.]*$/, option: OPTION, code: variables(codeVariables.perl) },
  { path: /\/ruby[0-9.]*$/, option: OPTION, code: variables(codeVariables.ruby) },
  { path: /\/node(?:js)?$/, option: OPTION, code: variables(codeVariables.node) },
  { path: /\/php[0-9.]*$/, option: OPTION, code: variables(codeVariables.php) },
  { path: /\/(?:lua|tclsh)[0-9.]*$/, option: OPTION },
];

/** Executables that contain many programs. The last part of argv[0] selects the program. */
const MULTI_CALL = /\/(?:busybox(?:\.\w+)?|toybox|coreutils|kmod|lvm|systemctl|udevadm|xtables-(?:nft|legacy)-multi)$/;

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
 * For a script in a system directory, the name of the script, unless the environment contains other code for the
 * interpreter. Undefined for other programs. Old captures have no paths, so the name of the process is used.
 */
export function systemName(thread: Thread): string | undefined {
  if (thread.exepath === "") return thread.comm;
  if (!isSystemProgram(thread)) return undefined;
  thread.systemName ??= nameOf(thread);
  return thread.systemName;
}

function nameOf(thread: Thread): string {
  const { filename, exepath } = thread;
  const script = scriptOf(thread);
  if (script !== undefined) return baseName(script);
  return isInSystemDirectory(filename) && isTrueLink(thread) ? baseName(filename) : baseName(exepath);
}

/** Path of the script in a system directory that an interpreter runs; undefined if it can run other code. */
function scriptOf(thread: Thread): string | undefined {
  const { filename, exepath, args, env } = thread;
  const interpreter = INTERPRETERS.find(({ path }) => path.test(exepath));
  if (interpreter === undefined) return undefined;
  const { option, code, loadsFromHome } = interpreter;
  const [first = "", second] = args;
  const script = second === filename && option.test(first) ? second : first;
  if (!isInSystemDirectory(script)) return undefined;
  if (loadsFromHome && !(script === second && WITHOUT_USER_SITE.test(first)) && hasForeignHome(thread))
    return undefined;
  return code !== undefined && env.some((each) => code.test(each)) ? undefined : script;
}

/**
 * Whether root of the host runs with the home directory of another user, who can add files there. In a container, the
 * user who sets HOME is usually root as well, and images set it to other directories.
 */
function hasForeignHome({ uid, containerId, env }: Thread): boolean {
  return uid === 0 && containerId === "" && env.some((each) => FOREIGN_HOME.test(each));
}

/**
 * Whether the name of a link describes the executable, such as `python3` for `python3.11`. Root of a container can
 * create a link with any name to any program.
 */
function isTrueLink({ filename, exepath, exe }: Thread): boolean {
  const name = lastPart(filename);
  if (MULTI_CALL.test(exepath)) return lastPart(exe).replace(/^-/, "") === name;
  return lastPart(exepath).includes(name);
}

/** The last component of a path. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The last component of a path, truncated to the length of process names in the kernel. */
export function baseName(path: string): string {
  return lastPart(path).slice(0, NAME_LENGTH);
}

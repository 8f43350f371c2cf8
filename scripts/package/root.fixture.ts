// A root file system in which dpkg installs packages.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Creates a root file system with dpkg's database, the programs that package scripts need, and additional programs.
 * @param folder directory of the root file system
 */
export function makeRoot(folder: string, programs: readonly string[] = []): string {
  const root = mkdtempSync(join(folder, "root-"));
  for (const path of ["usr/bin", "etc", "dev", "tmp", "run", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log"])
    mkdirSync(join(root, path), { recursive: true });
  symlinkSync("usr/bin", join(root, "bin"));
  for (const program of ["/bin/sh", "/bin/rm", ...programs]) copyProgram(root, program);
  for (const name of ["var/lib/dpkg/status", "dev/null", "etc/hostname"]) writeFileSync(join(root, name), "");
  return root;
}

/** Copies a program and its libraries. */
function copyProgram(root: string, program: string): void {
  copyFile(root, program);
  copyLibraries(root, program);
}

/** Copies the libraries of a program. */
export function copyLibraries(root: string, program: string): void {
  const libraries = execFileSync("ldd", [program], { encoding: "utf8" }).match(/\/\S+(?= \()/g) ?? [];
  for (const path of libraries) copyFile(root, path);
}

function copyFile(root: string, path: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  copyFileSync(path, join(root, path));
}

/** Programs that the script for takeovers and {@link nameMainProcesses} need. */
export const TAKEOVER_PROGRAMS: readonly string[] = ["/bin/cp", "/bin/sleep", "/usr/bin/cmp", "/bin/cat"];

/**
 * Replaces systemctl with a script that reports these main processes of the service, one after another. Each call
 * becomes a line in /calls.
 */
export function nameMainProcesses(root: string, pids: readonly number[]): void {
  writeFileSync(join(root, "main"), `${pids.join("\n")}\n`);
  const script = `#!/bin/sh
echo "systemctl $*" >>/calls
[ "$1" = show ] || exit 0
{ read -r now; cat >/rest; } </main
[ ! -s /rest ] || cat /rest >/main
echo "$now"
`;
  writeFileSync(join(root, "usr/bin/systemctl"), script, { mode: 0o755 });
}

/** Runs dpkg for a root file system. @returns the exit code and output of dpkg */
export function dpkg(root: string, ...words: readonly string[]): string {
  const options = [`--root=${root}`, "--force-depends,confold", "--force-architecture", ...words];
  const { status, stdout, stderr } = spawnSync("dpkg", options, { encoding: "utf8" });
  return `${status} ${stdout}${stderr}`;
}

/** Returns all files below a directory, without dpkg's database and log. */
export function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(?:bin|var\/lib\/dpkg|var\/log)/.test(path))
    .sort();
}

// Packages from PyPI.
import { join } from "node:path";
import { runBuild } from "./in-cache.ts";
import { versionOf } from "./part.ts";

/**
 * Installs packages into the subdirectory `packages`, since a machine may not allow changes to the packages of Python.
 * pip comes from the machine or, as on Debian with `python3-venv` but without `python3-pip`, from a virtual
 * environment.
 * @param wanted packages with versions, or `-r FILE`
 */
export async function pipInstall(folder: string, ...wanted: readonly string[]): Promise<void> {
  let python = "python3";
  if (versionOf(python, ["-m", "pip", "--version"], /^pip \d\S*/) === undefined) {
    await runBuild(["python3", "-m", "venv", join(folder, "pip")], {});
    python = join(folder, "pip/bin/python3");
  }
  const options = [
    ...["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--root-user-action", "ignore"],
    ...["--target", join(folder, "packages")],
  ];
  await runBuild([python, "-m", "pip", "install", ...options, ...wanted], {});
}

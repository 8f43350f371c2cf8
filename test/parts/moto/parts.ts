// The S3 of moto, a third-party stand-in for AWS services from PyPI.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../child.ts";
import { cached, makeCached } from "../in-cache.ts";
import { findProgram, type Part, versionOf } from "../part.ts";
import { pipInstall } from "../pip.ts";

/** The version in requirements.txt. */
const VERSION = "5.2.5";
const requirements = join(import.meta.dirname, "requirements.txt");

/** Depends on the version of Python, since some packages have native code. */
const folderName = (): string => `moto-${VERSION}-python-${versionOf("python3", ["--version"]) ?? "none"}`;
const packages = (): string => join(cached(folderName()), "packages");

export const motoPart = {
  name: "moto",
  missing: () => {
    if (findProgram("python3") === undefined) return "python3 is not installed";
    return existsSync(packages()) ? undefined : `moto ${VERSION} has not been downloaded from PyPI`;
  },
  version: () => VERSION,
  packages: [["python3-venv"]],
  build: buildMoto,
} as const satisfies Part;

function buildMoto(): Promise<void> {
  return makeCached(folderName(), (folder) => pipInstall(folder, "-r", requirements));
}

/** Starts the S3 of moto on a free port. */
export async function startMoto(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const env = { PATH: process.env.PATH, PYTHONPATH: packages(), PYTHONUNBUFFERED: "1", HOME: tmpdir() };
  const child = startChild("python3", ["-s", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (bytes: Buffer): void => {
      said += bytes;
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (found !== null) resolve(found[1] ?? "");
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", hear);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`moto exited: ${said}`)));
  });
  return { url, process: child };
}

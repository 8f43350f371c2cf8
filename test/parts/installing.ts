import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INSTALL, INSTALLED, markInstalled } from "./installation.ts";

/**
 * Installs missing parts (install.ts) if `npm test` started the run. Tests of `simple`, which need no parts, run
 * meanwhile. The other tests wait (installation.ts).
 */
export default function setup(): (() => Promise<void>) | undefined {
  const isCalledAgain = process.env[INSTALLED] !== undefined; // called by each project of the run
  if (process.env[INSTALL] === undefined || isCalledAgain) return undefined;
  process.env[INSTALLED] = join(tmpdir(), "installed");
  const child = spawn(process.execPath, [join(import.meta.dirname, "install.ts")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  const ended = new Promise<void>((resolve) => {
    child.once("error", ({ message }) => console.error(`Parts cannot be installed: ${message}`));
    child.once("close", (code) => {
      if (code !== 0) process.exitCode = 1;
      markInstalled("packages");
      markInstalled("builds");
      resolve();
    });
  });
  return () => ended;
}

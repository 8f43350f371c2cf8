// The installation of missing parts (install.ts), which runs beside the tests. They wait for it by stage.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Environment variable that is set if missing parts are to be installed. */
export const INSTALL = "EYAS_TEST_INSTALL";
/** Environment variable with the path of a directory, which has a file for each stage that has ended. */
export const INSTALLED = "EYAS_TEST_INSTALLED";

/** `packages`: Debian packages are installed. `builds`: parts are also built, except slow ones. */
export type Stage = "packages" | "builds";

/** Whether a stage of the installation has ended. Without an installation, each has. */
export function isInstalled(stage: Stage): boolean {
  const folder = process.env[INSTALLED];
  return folder === undefined || existsSync(join(folder, stage));
}

/** Waits until a stage of the installation has ended. */
export async function installed(stage: Stage): Promise<void> {
  while (!isInstalled(stage)) await sleep(200);
}

/** Marks a stage of the installation, if there is one, as ended. */
export function markInstalled(stage: Stage): void {
  const folder = process.env[INSTALLED];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, stage), "");
}

// Runs before each file that may need parts: waits until they are installed.
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Environment variable that is set if missing parts are to be installed. */
export const INSTALL = "EYAS_TEST_INSTALL";
/** Environment variable with the path of a file that exists when parts have been installed. */
export const INSTALLED = "EYAS_TEST_INSTALLED";

const file = process.env[INSTALLED];
while (file !== undefined && !existsSync(file)) await sleep(200);

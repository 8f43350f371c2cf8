// Runs before each file that may need parts, but none that is built: waits until Debian packages are installed.
import { installed } from "./installation.ts";

await installed("packages");

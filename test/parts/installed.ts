// Runs before each file that may need parts: waits until they are installed.
import { installed } from "./installation.ts";

await installed("builds");

// Runs before each file of `*.built.test.ts`: waits for the background build, up to a limit.
import { builds } from "./building.ts";

const PATIENCE = Number(process.env.EYAS_BUILD_PATIENCE ?? 15 * 60) * 1000;
await builds(PATIENCE);

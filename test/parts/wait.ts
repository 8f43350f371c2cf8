// Before each file of `*.built.test.ts`: what is built beside the tests is there, or has taken too long.
import { builds } from "./building.ts";

const PATIENCE = Number(process.env.EYAS_BUILD_PATIENCE ?? 15 * 60) * 1000;
await builds(PATIENCE);

import type { Suite } from "./behaviour.ts";
import { drill } from "./drill.ts";

/** The suites of docs/detection.md, in its order. */
export const SUITES: readonly Suite[] = [drill];

import { testShortRuns } from "./short-run.ts";

testShortRuns((attack) => !attack.needs.includes("sensor"));

import { runProgram } from "./program.ts";

delete process.env.NODE_COMPILE_CACHE; // applies to this process only, not to its child processes
await runProgram(process.argv.slice(2));

import { runProgram } from "./program.ts";

// These variables apply only to this process, not to its child processes.
delete process.env.NODE_COMPILE_CACHE;
delete process.env.MALLOC_ARENA_MAX;
delete process.env.MALLOC_TRIM_THRESHOLD_;
await runProgram(process.argv.slice(2));

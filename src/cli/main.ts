import { runProgram } from "./program.ts";

delete process.env.NODE_COMPILE_CACHE; // meant for this process, not for programs that it starts
await runProgram(process.argv.slice(2));

// Runs before each file that runs concurrently with live tests: lowers the priority of all threads, since live tests
// need the processors when events arrive.
import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";

for (const thread of readdirSync("/proc/self/task")) {
  try {
    setPriority(Number(thread), constants.priority.PRIORITY_LOW);
  } catch {
    // the thread has ended
  }
}

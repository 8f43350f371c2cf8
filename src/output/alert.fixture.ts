import type { Alert } from "../alert/alert.ts";

/** An alert with the given text. For tests of outputs that use no other properties. */
export function alertWith(text: string, priority: Alert["priority"] = "Warning"): Alert {
  const json = JSON.stringify({ output: text });
  return { rule: "r", priority, source: "syscall", tags: [], time: 1n, message: text, text, json };
}

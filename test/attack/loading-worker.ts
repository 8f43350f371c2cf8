// A worker that loads the texts of files that it receives, one at a time.
import { parentPort } from "node:worker_threads";
import type { FileKind } from "./bombs.ts";
import { loadText } from "./load-file.ts";

parentPort?.on("message", async ({ kind, text }: { readonly kind: FileKind; readonly text: string }) => {
  try {
    parentPort?.postMessage({ messages: await loadText(kind, text) });
  } catch (error) {
    parentPort?.postMessage({ crashed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
parentPort?.postMessage({ ready: true });

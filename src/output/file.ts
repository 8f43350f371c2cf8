import { closeSync, openSync } from "node:fs";
import { delivered, type Line, type Output, reasonOf } from "./output.ts";
import { writeWhole } from "./write.ts";

export interface FileOptions {
  readonly filename: string;
  /** Keep the file open between batches. */
  readonly keepAlive: boolean;
}

/** Alerts to the end of a file, a line each. */
export function fileOutput(line: Line, { filename, keepAlive }: FileOptions): Output {
  let fd: number | undefined;
  let writing = false;
  let stale = false;
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
    stale = false;
  };
  return {
    name: "file",
    async deliver(batch) {
      writing = true;
      try {
        fd ??= openSync(filename, "a");
        await writeWhole(fd, batch.map((alert) => `${line(alert)}\n`).join(""));
        return delivered;
      } catch (error) {
        return { outcome: "retry", reason: reasonOf(error) };
      } finally {
        writing = false;
        if (!keepAlive || stale) close();
      }
    },
    reopen() {
      if (writing) stale = true;
      else close(); // the next batch opens it again, under its name
    },
    async close() {
      close();
    },
  };
}

import { closeSync, openSync } from "node:fs";
import { delivered, type Line, type Output, reasonOf } from "./output.ts";
import { writeAll } from "./write.ts";

export interface FileOptions {
  readonly filename: string;
  /** Keep the file open between batches. */
  readonly keepAlive: boolean;
}

/** Alerts to the end of a file, a line each. */
export function fileOutput(line: Line, { filename, keepAlive }: FileOptions): Output {
  let fd: number | undefined;
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return {
    name: "file",
    async deliver(batch) {
      try {
        fd ??= openSync(filename, "a");
        writeAll(fd, batch.map((alert) => `${line(alert)}\n`).join(""));
        return delivered;
      } catch (error) {
        return { outcome: "retry", reason: reasonOf(error) };
      } finally {
        if (!keepAlive) close();
      }
    },
    reopen: close, // the next batch opens it again, under its name
    async close() {
      close();
    },
  };
}

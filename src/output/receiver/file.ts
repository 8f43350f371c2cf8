import { closeSync, constants, fstatSync, ftruncateSync, openSync } from "node:fs";
import { flag, text } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { delivered, type Line, type Output, reasonOf, retryAfter } from "../output.ts";
import { writeLines, writeWhole } from "../transport/write.ts";

export const file = describeOutput({
  name: "file",
  section: "file_output",
  about: "Appends alerts to a file.",
  keys: {
    enabled: flag(false, "Enable the output."),
    keep_alive: flag(false, "Keep the file open between alerts. Send SIGUSR1 to Eyas to reopen it, for log rotation."),
    filename: text("", "Path of the file."),
  },
  enabledBy: "enabled",
  check: ({ filename }) => (filename === "" ? "file_output.enabled requires file_output.filename" : undefined),
  open: ({ filename, keep_alive: keepAlive }, { line }) => fileOutput(line, { filename, keepAlive }),
});

export interface FileOptions {
  readonly filename: string;
  /** Whether to keep the file open between batches. */
  readonly keepAlive: boolean;
}

const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
/**
 * Flags for opening the file. `O_NONBLOCK`: a FIFO without a reader must not block this thread, which serves all
 * outputs.
 */
const APPEND = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK;

/** Appends alerts to a file, one per line. */
export function fileOutput(line: Line, { filename, keepAlive }: FileOptions): Output {
  let fd: number | undefined;
  let writing = false;
  let stale = false;
  /** Inode of the file that ends with an incomplete line. */
  let torn: number | undefined;
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
        fd ??= openSync(filename, APPEND);
        if (torn !== undefined && torn === fstatSync(fd).ino) await writeWhole(fd, "\n");
        torn = undefined;
        const { ino, size } = fstatSync(fd);
        const lines = batch.map((alert) => `${line(alert)}\n`);
        const { whole, part, error } = await writeLines(fd, lines);
        if (error === undefined) return delivered;
        const end = size + Buffer.byteLength(lines.slice(0, whole).join(""), "utf8");
        if (part > 0 && !truncate(fd, end, part)) torn = ino;
        return retryAfter(whole, batch, reasonOf(error));
      } catch (error) {
        return { outcome: "retry", reason: reasonOf(error) };
      } finally {
        writing = false;
        if (!keepAlive || stale) close();
      }
    },
    reopen() {
      if (writing) stale = true;
      else close(); // the next batch opens the file by its name again
    },
    async close() {
      close();
    },
  };
}

/**
 * Removes an incomplete line from the end of a regular file.
 * @param end end of the last complete line
 * @param part length of the incomplete line
 * @returns false if another program has written to the file in the meantime, or the file cannot be truncated
 */
function truncate(fd: number, end: number, part: number): boolean {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size !== end + part) return false;
    ftruncateSync(fd, end);
    return true;
  } catch {
    return false;
  }
}

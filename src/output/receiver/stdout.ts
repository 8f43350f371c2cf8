import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import { differs, flag } from "../../setting/shape.ts";
import { forTerminal } from "../colored.ts";
import { describeOutput } from "../descriptor.ts";
import { codeOf, type Delivery, delivered, type Line, type Output, reasonOf, retryAfter } from "../output.ts";
import { writeLines, writeWhole } from "../transport/write.ts";

export const stdout = describeOutput({
  name: "stdout",
  section: "stdout_output",
  about: "Sends alerts to standard output.",
  keys: { enabled: differs("The default is true.", flag(true, "Enable the output.")) },
  enabledBy: "enabled",
  open: (_, { shown }) => stdoutOutput(shown),
});

/** A line that was written incompletely because the write failed, for example because the disk is full. */
interface TornLine {
  readonly line: string;
  /** Number of bytes that were written. */
  readonly part: number;
  /** Identity and size of the file after the failure. */
  readonly file: string;
}

/**
 * The incomplete last line of each descriptor. The lines are kept here because a reload opens another output for the
 * same descriptor.
 */
const tornLines = new Map<number, TornLine>();

/** Errors after which no write can succeed: the reader or the terminal is gone, or the descriptor was closed. */
const FINAL_ERRORS: ReadonlySet<string> = new Set(["EPIPE", "EBADF", "EIO"]);

/** Writes alerts to standard output or another descriptor, one per line, with one write per batch. */
export function stdoutOutput(line: Line, fd = 1): Output {
  const shown = isatty(fd) ? forTerminal(line) : line;
  return {
    name: "stdout",
    async deliver(batch) {
      const lines = batch.map((alert) => `${shown(alert)}\n`);
      try {
        const { whole, part, error } = await writeLines(fd, lines, await afterTornLine(fd, lines[0]));
        if (error === undefined) return delivered;
        if (part > 0) tornLines.set(fd, { line: lines[whole] ?? "", part, file: fileOf(fd) });
        return failure(error, retryAfter(whole, batch, reasonOf(error)));
      } catch (error) {
        return failure(error, { outcome: "retry", reason: reasonOf(error) });
      }
    },
    reopen() {},
    async close() {},
  };
}

/**
 * Continues after an incomplete line. Usually, the next line is the same line. If it is not, because the alert was
 * lost, or if the file has changed since, the incomplete line is terminated.
 * @returns the number of bytes of the next line that were written before
 * @throws system errors
 */
async function afterTornLine(fd: number, next: string | undefined): Promise<number> {
  const torn = tornLines.get(fd);
  if (torn === undefined) return 0;
  const continues = torn.line === next && torn.file === fileOf(fd);
  if (!continues) await writeWhole(fd, "\n");
  tornLines.delete(fd);
  return continues ? torn.part : 0;
}

function fileOf(fd: number): string {
  const { dev, ino, size } = fstatSync(fd);
  return `${dev} ${ino} ${size}`;
}

function failure(error: unknown, otherwise: Delivery): Delivery {
  const code = codeOf(error);
  if (!FINAL_ERRORS.has(code)) return otherwise;
  return { outcome: "rejected", reason: code === "EPIPE" ? "standard output is closed" : reasonOf(error) };
}

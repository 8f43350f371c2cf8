import { constants, fstatSync, openSync, type Stats, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { sendWithoutWaiting } from "../response/actions/host/libc.ts";
import { formatLine, type LogSink } from "../telemetry/log.ts";

/** Maximum number of bytes that wait for a reader. */
const MAX_WAITING = 256 * 1024;
/** Interval between attempts to write waiting lines, in milliseconds. */
const RETRY = 200;

/** Writes bytes. @returns how many were written: 0 if there is no room */
type Write = (bytes: Uint8Array) => number;

/**
 * Opens a sink that writes log lines to standard error. If the reader of a pipe or socket stops, such as the system log,
 * Node.js would keep all lines in memory and would not end. Here, up to {@link MAX_WAITING} bytes wait; once there is room
 * again, the number of lines that exceeded it is logged.
 */
export function standardErrorSink(fd = 2): LogSink {
  const terminal = isatty(fd);
  const write = writerOf(fd);
  const waiting: Buffer[] = [];
  let [size, lost] = [0, 0];
  let timer: NodeJS.Timeout | undefined;

  function add(line: string): void {
    const bytes = Buffer.from(line);
    waiting.push(bytes);
    size += bytes.length;
  }

  /** Writes waiting lines while there is room. */
  function flush(): void {
    timer = undefined;
    for (let bytes = waiting[0]; bytes !== undefined; bytes = waiting[0]) {
      const written = write(bytes);
      size -= written;
      if (written < bytes.length) waiting[0] = bytes.subarray(written);
      else waiting.shift();
      if (written === 0) {
        timer = setTimeout(flush, RETRY).unref();
        return;
      }
    }
    if (lost === 0) return;
    const count = lost === 1 ? "1 log line was" : `${lost.toLocaleString("en")} log lines were`;
    lost = 0;
    add(formatLine("warning", `${count} lost because standard error was blocked.`, new Date(), terminal));
    flush();
  }

  return (level, message) => {
    const line = formatLine(level, message, new Date(), terminal);
    if (size + line.length > MAX_WAITING && size > 0) {
      lost++;
      return;
    }
    add(line);
    if (timer === undefined) flush();
  };
}

/** Returns a function that does not block on a pipe or socket. Lines are discarded if standard error is closed. */
function writerOf(fd: number): Write {
  let status: Stats;
  try {
    status = fstatSync(fd);
  } catch {
    return (bytes) => bytes.length;
  }
  if (status.isSocket()) return untilFull((bytes) => sendWithoutWaiting(fd, bytes));
  let own = fd;
  if (status.isFIFO()) {
    try {
      // Another open file description: the mode of the inherited one is shared with other processes.
      own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      // The pipe belongs to another user.
    }
  }
  return untilFull((bytes) => writeSync(own, bytes));
}

/** Returns a function that reports no room if there is none, and discards the bytes for other errors. */
const untilFull =
  (write: Write): Write =>
  (bytes) => {
    try {
      return write(bytes);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      return code === "EAGAIN" || code === "EWOULDBLOCK" ? 0 : bytes.length;
    }
  };

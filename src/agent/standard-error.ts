import { constants, fstatSync, openSync, type Stats, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { sendWithoutWaiting } from "../response/actions/host/libc.ts";
import { formatLine, type LogSink } from "../telemetry/log.ts";

/** Maximum number of buffered bytes while standard error is blocked. */
const MAX_WAITING = 256 * 1024;
/** Interval between attempts to write buffered lines, in milliseconds. */
const RETRY = 200;

/** Writes bytes. @returns the number of written bytes; 0 if the pipe or socket is full */
type Write = (bytes: Uint8Array) => number;

/**
 * Opens a sink that writes log lines to standard error. If the reader of a pipe or socket, for example the system log,
 * is blocked, Node.js buffers all lines without a limit and does not exit. This sink buffers at most {@link
 * MAX_WAITING} bytes. When writing is possible again, it logs the number of discarded lines.
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

  /** Writes buffered lines until the pipe or socket is full. */
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

/**
 * Returns a function that writes without blocking on a pipe or socket. It discards lines if standard error is closed.
 */
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
      // Opens a separate file description, since the inherited file description and its mode are shared with other
      // processes.
      own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      // The pipe belongs to another user.
    }
  }
  return untilFull((bytes) => writeSync(own, bytes));
}

/** Returns a function that returns 0 if the pipe or socket is full. It discards the bytes after any other error. */
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

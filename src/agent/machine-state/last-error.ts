import { type Log, levels } from "../../telemetry/log.ts";

/** An error in the log. */
export interface LoggedError {
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Returns a log that also remembers its last error. */
export function rememberErrors(log: Log): { readonly log: Log; last(): LoggedError | undefined } {
  let last: LoggedError | undefined;
  return {
    log(line) {
      if (levels.indexOf(line.level) <= levels.indexOf("error")) last = { message: line.message, time: Date.now() };
      log(line);
    },
    last: () => last,
  };
}

import type { AlertOptions } from "../alert/alert.ts";
import { restoredAlert } from "../alert/restored.ts";
import type { OutputRecord } from "../journal/output-status.ts";
import { openReader, type Reader } from "../journal/read.ts";
import type { KeptAlert, Source } from "./lane.ts";

/** The journal as outputs are given from it. Everything throws where it can't be read, and works again once it can. */
export interface Pages extends Source {
  first(): number;
  outputs(): OutputRecord[];
  /** Makes alerts as this says from now on. */
  use(options: Omit<AlertOptions, "hostname">): void;
  /** The file is another one now. */
  turn(): void;
  close(): void;
}

/** Characters of fields' values that are read at once: some megabytes of memory. */
const MOST = 1_000_000;

export function openPages(file: string, first: Omit<AlertOptions, "hostname">): Pages {
  let options = first;
  let reader: Reader | undefined;
  let last = 0;

  function attempt<T>(work: (reader: Reader) => T): T {
    reader ??= openReader(file);
    if (reader === undefined) throw new Error(`there is no journal at ${file}`);
    try {
      return work(reader);
    } catch (error) {
      turn();
      throw error;
    }
  }

  function turn(): void {
    reader?.close();
    reader = undefined;
  }

  return {
    read: (after, limit) =>
      attempt((one) =>
        one.read(after, limit, MOST).map((kept): KeptAlert => ({ ...restoredAlert(kept, options), seq: kept.seq })),
      ),
    last() {
      try {
        last = attempt((one) => one.last());
      } catch {
        // What it was is near enough to count by, and reading says what is wrong.
      }
      return last;
    },
    first: () => attempt((one) => one.first()),
    outputs: () => attempt((one) => one.outputs()),
    use(next) {
      options = next;
    },
    turn,
    close: turn,
  };
}

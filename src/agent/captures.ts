import { dirname, join } from "node:path";
import type { Config } from "../config/load.ts";
import { journalFile } from "./delivery/journal.ts";

/** Returns the path prefix of captures: the directory and the beginning of the file names. */
export function capturePrefix({ capture, journal }: Pick<Config, "capture" | "journal">): string {
  return capture.path_prefix || join(dirname(journalFile(journal)), "captures", "eyas");
}

import type { Config } from "../../config/load.ts";
import { journalFile } from "../delivery/journal.ts";

/** Path of the Unix socket on which the agent serves `eyas top`: beside the journal, which has one agent at most. */
export function topSocket({ journal }: Pick<Config, "journal">): string {
  return `${journalFile(journal)}.top`;
}

import type { Config } from "../../config/load.ts";
import { journalFile } from "../delivery/journal.ts";

/**
 * Path of the Unix socket on which the agent serves `eyas top`. The socket is in the directory of the journal, which at
 * most one agent uses.
 */
export function topSocket({ journal }: Pick<Config, "journal">): string {
  return `${journalFile(journal)}.top`;
}

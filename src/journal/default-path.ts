import { join } from "node:path";

const NAME = "journal.db";

/** The default path of the journal: below `/var/lib/eyas` for root, below `$XDG_STATE_HOME` for other users. */
export function defaultJournal(
  root: boolean = process.getuid?.() === 0,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  if (root) return join("/var/lib/eyas", NAME);
  const { XDG_STATE_HOME, HOME } = environment;
  return join(XDG_STATE_HOME || join(HOME ?? ".", ".local/state"), "eyas", NAME);
}

import type { Exceptions, ExceptionsOnDisk, RemovedException, Revert } from "../dependencies.ts";
import { textAt } from "../text-at.ts";
import { type ExceptionEntries, entriesIn } from "./entries.ts";
import { changesIn, historyFile, lastChange, MAX_HISTORY, type PastChange, versionOf } from "./history.ts";

/** Maximum size of an exceptions file, in bytes. Larger files are not read. */
const MAX_SIZE = 1 << 20;

/** Opens an exceptions file for reading. The parsed content is cached until the file changes. */
export function openExceptions(file: string): Exceptions {
  let known: { readonly text: string; readonly entries: ExceptionEntries } | undefined;

  async function entriesOf(text: string): Promise<ExceptionEntries> {
    if (known?.text !== text) known = { text, entries: await entriesIn(text, file) };
    return known.entries;
  }

  return {
    async yamlIn(text) {
      const { entries } = (await entriesOf(text).catch(() => undefined)) ?? { entries: [] };
      return new Set(entries.map(({ yaml }) => yaml));
    },
    async read() {
      const none = { file, entries: [], others: 0, reverts: new Map(), removed: [] };
      try {
        const { entries, others } = await entriesOf((await textAt(file, MAX_SIZE)) ?? "");
        const past = await textAt(historyFile(file), MAX_HISTORY).catch(() => undefined);
        const changes = changesIn(past ?? "");
        return { file, problem: undefined, entries, others, ...(await revertible(changes, entries)) };
      } catch (error) {
        return { ...none, problem: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/** The last change of each exception whose text is unchanged since the change, and the removed exceptions. */
async function revertible(
  changes: readonly PastChange[],
  entries: ExceptionEntries["entries"],
): Promise<Pick<ExceptionsOnDisk, "reverts" | "removed">> {
  const reverts = new Map<string, Revert>();
  for (const { id, text } of entries) {
    const last = lastChange(changes, id);
    if (last?.after === text) reverts.set(id, last);
  }
  const present = new Set(entries.map(({ id }) => id));
  const removed: RemovedException[] = [];
  for (const change of changes.toReversed()) {
    if (present.has(change.id)) continue;
    present.add(change.id);
    if (change.after !== undefined) continue; // removed by hand
    const [entry] = (await entriesIn(change.before).catch(() => undefined))?.entries ?? [];
    const { kind, user, time, id, rule } = change;
    removed.push({
      ...{ kind, user, time, id, rule, version: versionOf(change) },
      ...{ yaml: entry?.yaml ?? "", reason: entry?.metadata?.reason, expires: entry?.metadata?.expires },
      before: change.before,
    });
  }
  return { reverts, removed };
}

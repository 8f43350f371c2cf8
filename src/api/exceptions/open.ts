import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Exceptions, ExceptionsOnDisk, RemovedException, Revert } from "../dependencies.ts";
import { type ExceptionEntries, entriesIn } from "./entries.ts";
import { changesIn, historyFile, lastChange, MAX_HISTORY, type PastChange, versionOf } from "./history.ts";

/** Maximum size in bytes of an exceptions file that is read. */
const MAX_SIZE = 1 << 20;

/** Opens an exceptions file for reading. Its last content is kept, so that it is parsed once. */
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

/** The last change of each exception that is still as it was after the change, and the removed exceptions. */
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

/**
 * The text of a file, whose links are not followed.
 * @returns undefined if it does not exist
 * @throws Error with a message for the user
 */
async function textAt(path: string, most: number): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new Error(`${path} is a symbolic link, which the page does not follow.`);
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is not a regular file.`);
    if (stat.size > most) throw new Error(`${path} is larger than ${most >> 20} MiB.`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

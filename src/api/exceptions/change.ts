import { randomBytes } from "node:crypto";
import type { ExceptionRequest } from "../agent-view.ts";
import { digestOf, type ExceptionEntries, type ExceptionEntry, entriesIn } from "./entries.ts";
import { lastChange, type PastChange, versionOf } from "./history.ts";
import { type ExceptionMetadata, metadataLine, metadataOf } from "./metadata.ts";
import { inFile, insertedAt, lineBreakOf, withAdded, withInserted, withoutEntry, withReplaced } from "./splice.ts";
import { splitSubmission } from "./submission.ts";

/** A change is not made, because the exception has changed or does not exist. */
export class ExceptionConflict extends Error {
  readonly code: "conflict" | "not_found";
  constructor(code: ExceptionConflict["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** The exceptions file and its history after a change. */
export interface ChangedExceptions {
  readonly text: string;
  readonly changes: readonly PastChange[];
  /** The added or changed exceptions. */
  readonly changed: readonly ExceptionEntry[];
  /** The text that the user submitted. It must contain only exceptions. */
  readonly submitted?: string;
}

/** Maximum number of exceptions in the file. */
const MAX_ENTRIES = 1000;

/**
 * Computes the files after a change. Only the lines of the changed exceptions differ.
 * @param text the exceptions file; undefined if it does not exist
 * @param changes the history, oldest first
 * @param now milliseconds since the epoch
 * @param file path of the exceptions file, for error messages
 * @throws ExceptionConflict; Error with a message for the user
 */
export async function changedExceptions(
  request: ExceptionRequest,
  text: string | undefined,
  changes: readonly PastChange[],
  now: number,
  file = "exceptions file",
): Promise<ChangedExceptions> {
  const before = await entriesIn(text ?? "", file);
  const result = await made(request, { before, text, changes, time: new Date(now).toISOString() });
  return { ...result, changed: differing(before, await entriesIn(result.text, file), result) };
}

interface State {
  readonly before: ExceptionEntries;
  readonly text: string | undefined;
  readonly changes: readonly PastChange[];
  readonly time: string;
}

/** A change, which replaces `from` exceptions with `to` exceptions. */
interface Made extends Omit<ChangedExceptions, "changed"> {
  readonly from: number;
  readonly to: number;
  /** The exceptions that are removed. */
  readonly gone?: ReadonlySet<ExceptionEntry>;
}

async function made(request: ExceptionRequest, state: State): Promise<Made> {
  switch (request.change) {
    case "add":
      return add(request, state);
    case "edit": {
      const [yaml = "", ...more] = await splitSubmission(request.yaml);
      if (more.length > 0) throw new Error("The text must contain exactly one exception.");
      const text = inFile(state.before.text, yaml);
      return { ...rewritten("edit", request, state, ({ metadata }) => [metadata, text]), submitted: request.yaml };
    }
    case "expiry":
      return rewritten("expiry", request, state, ({ metadata, yaml }) => {
        const { expires: _, ...kept } = metadata ?? {};
        return [{ ...kept, ...(request.expires !== undefined && { expires: request.expires }) }, yaml];
      });
    case "remove":
      return removed("remove", [request], request.user, state);
    case "expired":
      return removed("expired", request.exceptions, "", state);
    case "revert":
      return reverted(request, state);
  }
}

type Of<Change extends ExceptionRequest["change"]> = Extract<ExceptionRequest, { readonly change: Change }>;

async function add({ yaml, user, reason, expires }: Of<"add">, { before, text, changes, time }: State): Promise<Made> {
  const parts = await splitSubmission(yaml);
  if (before.entries.length + parts.length > MAX_ENTRIES)
    throw new Error(`The exceptions file can have at most ${MAX_ENTRIES} exceptions; remove some first.`);
  const more = { user, time, ...(reason && { reason }), ...(expires !== undefined && { expires }) };
  const blocks = parts.map((part) => `${metadataLine({ id: newId(), ...more })}\n${part}`);
  return { text: withAdded(text, blocks), changes, submitted: yaml, from: 0, to: parts.length };
}

/** Replaces the metadata or the text of an exception. */
function rewritten(
  kind: "edit" | "expiry",
  request: Of<"edit"> | Of<"expiry">,
  { before, changes, time }: State,
  rewrite: (entry: ExceptionEntry) => readonly [metadata: Partial<ExceptionMetadata> | undefined, yaml: string],
): Made {
  const entry = foundFor(request, before);
  const [metadata, yaml] = rewrite(entry);
  // A copy of an exception has the metadata of the original, but another ID.
  const id = metadata?.id !== undefined && entry.id === metadata.id ? metadata.id : newId();
  const line = metadataLine({ ...metadata, id, changed: { user: request.user, time } });
  const after = line + lineBreakOf(before.text) + yaml;
  const past: PastChange = {
    ...{ kind, id, rule: entry.rule, user: request.user, time, after },
    before: entry.text,
  };
  return { text: withReplaced(before.text, entry, after), changes: [...changes, past], from: 1, to: 1 };
}

/** Removes exceptions, last exception first, so that the offsets of the other exceptions do not change. */
function removed(
  kind: "remove" | "expired",
  known: readonly { readonly id: string; readonly version: string }[],
  user: string,
  { before, changes, time }: State,
): Made {
  const gone = new Set(known.map((one) => foundFor(one, before)));
  const past: PastChange[] = [];
  let { text } = before;
  let next: string | undefined;
  for (const entry of before.entries.toReversed()) {
    const { id, rule } = entry;
    if (gone.has(entry)) {
      const { text: left, removed: cut, offset } = withoutEntry(text, entry);
      text = left;
      const position = { offset, digest: digestOf(text), ...(next !== undefined && { next }) };
      past.push({ kind, id, rule, user, time, before: cut, position });
    } else next = id;
  }
  return { text, changes: [...changes, ...past], from: 0, to: 0, gone };
}

/** Undoes the last change of an exception, and removes it from the history. */
function reverted({ id, version, expires }: Of<"revert">, { before, text, changes, time }: State): Made {
  const last = lastChange(changes, id);
  const entry = before.entries.find((one) => one.id === id);
  if (last === undefined)
    throw new ExceptionConflict(
      entry === undefined ? "not_found" : "conflict",
      "The exception has no change that can be reverted.",
    );
  const left = changes.filter((change) => change !== last);
  if (last.after === undefined) {
    if (entry !== undefined || versionOf(last) !== version) throw conflict();
    const restored = restoredText(last.before, expires, time);
    return { text: withInserted(text, restored, insertedAt(before, last)), changes: left, from: 0, to: 1 };
  }
  if (entry === undefined || entry.version !== version) throw conflict();
  if (entry.text !== last.after)
    throw new ExceptionConflict("conflict", "The exception has been changed in the file since then.");
  const restored = restoredText(last.before, expires, time);
  return { text: withReplaced(before.text, entry, restored), changes: left, from: 1, to: 1 };
}

/**
 * Returns the earlier text of an exception with the expiry to restore.
 * @param expires new expiry; null removes the expiry, undefined keeps the earlier expiry
 * @throws Error if the earlier expiry is kept and is in the past, because Eyas would remove the exception
 */
function restoredText(before: string, expires: string | null | undefined, now: string): string {
  const stated = metadataOf(before);
  const earlier = stated?.metadata.expires;
  if (expires === undefined) {
    if (earlier !== undefined && Date.parse(earlier) <= Date.parse(now))
      throw new Error("The earlier expiry is in the past. Set a new expiry.");
    return before;
  }
  const { expires: _, ...kept } = stated?.metadata ?? { id: newId() };
  const line = metadataLine({ ...kept, ...(expires !== null && { expires }) });
  if (stated !== undefined) return before.replace(stated.line, () => line);
  return expires === null ? before : `${line}${lineBreakOf(before)}${before}`;
}

function conflict(): ExceptionConflict {
  return new ExceptionConflict(
    "conflict",
    "The exception has been changed or removed by another user or in the file. Load it again.",
  );
}

/** The exception that a request changes. */
function foundFor({ id, version }: { readonly id: string; readonly version: string }, { entries }: ExceptionEntries) {
  const entry = entries.find((one) => one.id === id);
  if (entry === undefined) throw new ExceptionConflict("not_found", "The exception no longer exists.");
  if (entry.version !== version) throw conflict();
  if (entry.fixed !== undefined) throw new Error(entry.fixed);
  return entry;
}

/**
 * The exceptions that a change has added or changed.
 * @throws Error if other items also differ
 */
function differing(
  before: ExceptionEntries,
  after: ExceptionEntries,
  { from, to, gone }: Made,
): readonly ExceptionEntry[] {
  const [were, are] = [before.entries.filter((entry) => gone?.has(entry) !== true), after.entries];
  const most = Math.min(were.length, are.length);
  let first = 0;
  while (first < most && were[first]?.version === are[first]?.version) first++;
  let last = 0;
  while (last < most - first && were.at(-1 - last)?.version === are.at(-1 - last)?.version) last++;
  if (after.others !== before.others || were.length - first - last > from || are.length - first - last > to)
    throw new Error("The text would change other parts of the exceptions file.");
  const changed = are.slice(first, are.length - last);
  // A user could have edited the history file.
  for (const { fixed } of changed) if (fixed !== undefined) throw new Error(fixed);
  return changed;
}

function newId(): string {
  return randomBytes(8).toString("hex");
}

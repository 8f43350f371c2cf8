import { randomBytes } from "node:crypto";
import type { ExceptionRequest } from "../agent-view.ts";
import { digestOf, type ExceptionEntries, type ExceptionEntry, entriesIn } from "./entries.ts";
import { lastChange, type PastChange, versionOf } from "./history.ts";
import { type ExceptionMetadata, metadataIn, metadataLine } from "./metadata.ts";
import { inFile, insertedAt, lineBreakOf, withAdded, withInserted, withoutEntry, withReplaced } from "./splice.ts";
import { splitSubmission } from "./submission.ts";

/** The reason why a change is not made, because the exception has changed or does not exist. */
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
  /** The text of the user, which must contain only exceptions. */
  readonly submitted?: string;
}

/** Maximum number of exceptions in the file. */
const MAX_ENTRIES = 1000;

/**
 * Computes the files after a change. Only the lines of the changed exception differ.
 * @param text the exceptions file; undefined if it does not exist
 * @param changes the history, oldest first
 * @param now milliseconds since the epoch
 * @throws ExceptionConflict; Error with a message for the user
 */
export async function changedExceptions(
  request: ExceptionRequest,
  text: string | undefined,
  changes: readonly PastChange[],
  now: number,
): Promise<ChangedExceptions> {
  if (request.change !== "expired") return changedOnce(request, text, changes, now);
  let current: ChangedExceptions = { text: text ?? "", changes, changed: [] };
  for (const known of request.exceptions)
    current = await changedOnce({ change: "expired", ...known }, current.text, current.changes, now);
  return current;
}

/** A change of one exception, or an addition. */
type Step =
  | Exclude<ExceptionRequest, { readonly change: "expired" }>
  | { readonly change: "expired"; readonly id: string; readonly version: string };

async function changedOnce(
  step: Step,
  text: string | undefined,
  changes: readonly PastChange[],
  now: number,
): Promise<ChangedExceptions> {
  const before = await entriesIn(text ?? "");
  const result = await made(step, { before, text, changes, time: new Date(now).toISOString() });
  return { ...result, changed: differing(before, await entriesIn(result.text), result) };
}

interface State {
  readonly before: ExceptionEntries;
  readonly text: string | undefined;
  readonly changes: readonly PastChange[];
  readonly time: string;
}

/** A change, and the number of exceptions that it replaces and by which it replaces them. */
interface Made extends Omit<ChangedExceptions, "changed"> {
  readonly from: number;
  readonly to: number;
}

async function made(request: Step, state: State): Promise<Made> {
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
      return removed("remove", request, request.user, state);
    case "expired":
      return removed("expired", request, "", state);
    case "revert":
      return reverted(request, state);
  }
}

type Of<Change extends Step["change"]> = Extract<Step, { readonly change: Change }>;

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

function removed(
  kind: "remove" | "expired",
  known: { readonly id: string; readonly version: string },
  user: string,
  { before, changes, time }: State,
): Made {
  const entry = foundFor(known, before);
  const { id, rule } = entry;
  const { text, removed: cut, offset } = withoutEntry(before.text, entry);
  const next = before.entries[before.entries.indexOf(entry) + 1]?.id;
  const position = { offset, digest: digestOf(text), ...(next !== undefined && { next }) };
  const past: PastChange = { kind, id, rule, user, time, before: cut, position };
  return { text, changes: [...changes, past], from: 1, to: 0 };
}

/** Undoes the last change of an exception, and removes it from the history. */
function reverted({ id, version }: Of<"revert">, { before, text, changes, time }: State): Made {
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
    const restored = withoutPastExpiry(last.before, time);
    return { text: withInserted(text, restored, insertedAt(before, last)), changes: left, from: 0, to: 1 };
  }
  if (entry === undefined || entry.version !== version) throw conflict();
  if (entry.text !== last.after)
    throw new ExceptionConflict("conflict", "The exception has been changed in the file since.");
  return {
    text: withReplaced(before.text, entry, withoutPastExpiry(last.before, time)),
    changes: left,
    from: 1,
    to: 1,
  };
}

/** An earlier text without an expiry in the past, because of which the exception would be removed. */
function withoutPastExpiry(removed: string, now: string): string {
  return removed.replace(/^#.*$/gm, (line) => {
    const { expires, ...metadata } = metadataIn(line) ?? { id: "" };
    return expires === undefined || Date.parse(expires) > Date.parse(now) ? line : metadataLine(metadata);
  });
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
  if (entry === undefined) throw new ExceptionConflict("not_found", "The exception does not exist any more.");
  if (entry.version !== version) throw conflict();
  if (entry.fixed !== undefined) throw new Error(entry.fixed);
  return entry;
}

/**
 * The exceptions that a change has added or changed.
 * @throws Error if other items differ, too
 */
function differing(before: ExceptionEntries, after: ExceptionEntries, { from, to }: Made): readonly ExceptionEntry[] {
  const [were, are] = [before.entries, after.entries];
  const most = Math.min(were.length, are.length);
  let first = 0;
  while (first < most && were[first]?.version === are[first]?.version) first++;
  let last = 0;
  while (last < most - first && were.at(-1 - last)?.version === are.at(-1 - last)?.version) last++;
  if (after.others !== before.others || were.length - first - last > from || are.length - first - last > to)
    throw new Error("The text would change other parts of the exceptions file.");
  const changed = are.slice(first, are.length - last);
  // The history could have been edited.
  for (const { fixed } of changed) if (fixed !== undefined) throw new Error(fixed);
  return changed;
}

function newId(): string {
  return randomBytes(8).toString("hex");
}

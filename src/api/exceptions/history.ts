import { digestOf } from "./entries.ts";
import { pastKinds } from "./past-kinds.ts";

/** A change of an exception that can be reverted. */
export interface PastChange {
  readonly kind: (typeof pastKinds)[number];
  /** ID of the exception after the change, or of the removed exception. */
  readonly id: string;
  readonly rule: string;
  /** The user who made the change; empty if the agent made the change. */
  readonly user: string;
  readonly time: string;
  /** Text before the change. The text of a removed exception includes its line breaks. */
  readonly before: string;
  /** Text after the change; undefined for a removal. */
  readonly after?: string;
  /** Position of a removed text. */
  readonly position?: Position;
}

/**
 * Position of a removed text. If the digest of the file is unchanged, the text is restored at the offset, otherwise
 * before the exception with the ID `next`.
 */
interface Position {
  readonly offset: number;
  readonly digest: string;
  readonly next?: string;
}

/** Maximum number of changes to keep. */
export const MAX_CHANGES = 50;
/** Maximum size of the history in bytes. */
export const MAX_HISTORY = 1 << 20;

/** Path of the history of an exceptions file. */
export function historyFile(file: string): string {
  return `${file}.history`;
}

/** The changes in a history file, oldest first; empty if the file is not valid. */
export function changesIn(text: string): readonly PastChange[] {
  if (Buffer.byteLength(text) > MAX_HISTORY) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.length <= MAX_CHANGES && value.every(isChange) ? value : [];
  } catch {
    return [];
  }
}

/**
 * The text of a history file. The oldest changes are omitted if there are too many changes or the file would be too
 * large.
 */
export function historyText(changes: readonly PastChange[]): string {
  for (let kept = changes.slice(-MAX_CHANGES); ; kept = kept.slice(1)) {
    const text = `${JSON.stringify(kept)}\n`;
    if (Buffer.byteLength(text) <= MAX_HISTORY) return text;
  }
}

/** Identifies a change, so that a user does not revert a different change. */
export function versionOf(change: PastChange): string {
  return digestOf(JSON.stringify(change));
}

/** The last change of an exception. */
export function lastChange(changes: readonly PastChange[], id: string): PastChange | undefined {
  return changes.findLast((change) => change.id === id);
}

function isChange(value: unknown): value is PastChange {
  if (typeof value !== "object" || value === null) return false;
  const { kind, id, rule, user, time, before, after, position } = value as Readonly<Record<string, unknown>>;
  const areTexts = [id, rule, user, time, before].every((text) => typeof text === "string");
  const isKind = pastKinds.some((one) => one === kind);
  return (
    areTexts &&
    isKind &&
    !Number.isNaN(Date.parse(String(time))) &&
    (after === undefined || typeof after === "string") &&
    (position === undefined || isPosition(position))
  );
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== "object" || value === null) return false;
  const { offset, digest, next } = value as Readonly<Record<string, unknown>>;
  return (
    Number.isSafeInteger(offset) &&
    Number(offset) >= 0 &&
    typeof digest === "string" &&
    (next === undefined || typeof next === "string")
  );
}

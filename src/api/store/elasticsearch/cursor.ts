import { type ApiError, badRequest } from "../../api-error.ts";
import type { Position } from "./alerts.ts";
import { cursorText, parseCursor } from "./follow.ts";

/** Parses a cursor. @throws ApiError */
export function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const place = parseCursor(cursor);
  if (place === undefined) throw invalidCursor();
  return place;
}

export const invalidCursor = (): ApiError => badRequest("The cursor is invalid.");

/** Formats the cursor of the next page. */
export function cursorOf(place: Position | undefined): string | null {
  return place === undefined ? null : cursorText(place);
}

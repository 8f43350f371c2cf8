import { badRequest, type Refusal } from "../../refusal.ts";
import type { Place } from "./alerts.ts";
import { cursorAfter, placeIn } from "./follow.ts";

/** The position that a cursor names. @throws Refusal */
export function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = placeIn(cursor);
  if (place === undefined) throw wrongCursor();
  return place;
}

export const wrongCursor = (): Refusal => badRequest("The cursor is none that this server gave.");

/** The cursor of the next page. */
export function nextOf(place: Place | undefined): string | null {
  return place === undefined ? null : cursorAfter(place);
}

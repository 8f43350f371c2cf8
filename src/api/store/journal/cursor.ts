import { badRequest } from "../../api-error.ts";

/** The number in a cursor. @throws ApiError for a cursor that no page of this store ended with */
export function numberIn(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw badRequest("The cursor is invalid.");
  return Number(cursor);
}

/** A cursor with which the next page begins with this alert. */
export function cursorFor(seq: number, order: "newest" | "oldest"): string {
  return String(order === "newest" ? seq + 1 : seq - 1);
}

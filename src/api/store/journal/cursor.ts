import { badRequest } from "../../api-error.ts";

/** Parses a cursor. @throws ApiError if the cursor is not from this store */
export function numberIn(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw badRequest("The cursor is invalid.");
  return Number(cursor);
}

/** Formats the cursor of a page that begins with this alert. */
export function cursorFor(seq: number, order: "newest" | "oldest"): string {
  return String(order === "newest" ? seq + 1 : seq - 1);
}

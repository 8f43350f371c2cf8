import type { Event } from "../event/event.ts";
import { MISSING } from "./flags.ts";

/**
 * Readers of parameters that check the length, so that damaged events and events of other recorders yield 0 instead of
 * an error.
 */

export function present(event: Event, i: number): boolean {
  return event.length(i) > 0;
}

/** A signed number of 1, 2, 4 or 8 bytes; 0 if it is absent. */
export function signed(event: Event, i: number): number {
  switch (event.length(i)) {
    case 8:
      return event.i64(i);
    case 4:
      return event.i32(i);
    case 2:
      return (event.u16(i) << 16) >> 16;
    case 1:
      return (event.u8(i) << 24) >> 24;
    default:
      return 0;
  }
}

/** An unsigned number of 1, 2, 4 or 8 bytes (exact below 2^53); 0 if it is absent. */
export function unsigned(event: Event, i: number): number {
  switch (event.length(i)) {
    case 8:
      return event.u64(i);
    case 4:
      return event.u32(i);
    case 2:
      return event.u16(i);
    case 1:
      return event.u8(i);
    default:
      return 0;
  }
}

/** Flags and IDs: unsigned 32-bit numbers. */
export function u32(event: Event, i: number): number {
  return event.length(i) === 8 ? event.u32(i) : unsigned(event, i);
}

export function u64(event: Event, i: number): bigint {
  return event.length(i) === 8 ? event.bigU64(i) : BigInt(unsigned(event, i));
}

/** A 64-bit number; a bigint only if a number would not be exact. */
export function u64OrBigint(event: Event, i: number): number | bigint {
  const number = unsigned(event, i);
  return number <= Number.MAX_SAFE_INTEGER ? number : u64(event, i);
}

/** Text; `<NA>` if it is missing. */
export function text(event: Event, i: number): string {
  const value = event.text(i);
  if (value === "") return event.length(i) === 0 ? MISSING : value;
  return value === "(NULL)" ? MISSING : value;
}

/** The result of the call: its first parameter. */
export function result(event: Event): number {
  return signed(event, 0);
}

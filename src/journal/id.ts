import { randomFillSync } from "node:crypto";

/** Number of bytes in an ID. */
export const ID_BYTES = 16;
/** Number of random bytes that are generated at once. */
const POOL = 4096;
/** Number of random bytes in an ID. */
const TAIL = 8;
const COUNTERS = 0x1000;

/**
 * Returns a generator of alert IDs: UUIDv7 (RFC 9562), in strictly ascending order even if the clock goes back.
 * @param last the largest existing ID
 */
export function idMaker(last: Uint8Array | undefined, now: () => number = Date.now): () => Uint8Array {
  const pool = Buffer.alloc(POOL);
  let used = POOL;
  let time = last === undefined ? 0 : timeOfId(last);
  let counter = last === undefined ? 0 : Buffer.from(last).readUInt16BE(6) & 0x0fff;
  return () => {
    if (used + TAIL > POOL) {
      randomFillSync(pool);
      used = 0;
    }
    const clock = now();
    if (clock > time) {
      time = clock;
      counter = pool.readUInt8(used) << 3; // random start in the lower half, against collisions
    } else if (++counter === COUNTERS) {
      time++;
      counter = 0;
    }
    const id = Buffer.allocUnsafeSlow(ID_BYTES);
    id.writeUIntBE(time, 0, 6);
    id.writeUInt16BE(0x7000 | counter, 6);
    pool.copy(id, 8, used, used + TAIL);
    id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
    used += TAIL;
    return id;
  };
}

/** The time that an ID contains, in milliseconds since the epoch. */
export function timeOfId(id: Uint8Array): number {
  return Buffer.from(id.buffer, id.byteOffset, ID_BYTES).readUIntBE(0, 6);
}

/** The text form of an ID, such as `01890a5d-ac96-774b-bcce-b302099a8057`. */
export function idText(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, ID_BYTES).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The smallest and the largest ID with a prefix; undefined if the prefix is invalid. */
export function idRange(prefix: string): readonly [Uint8Array, Uint8Array] | undefined {
  const hex = prefix.replaceAll("-", "").toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(hex)) return undefined;
  const digits = ID_BYTES * 2;
  return [Buffer.from(hex.padEnd(digits, "0"), "hex"), Buffer.from(hex.padEnd(digits, "f"), "hex")];
}

import { HEADER_SIZE } from "./event.ts";
import { fixedSize } from "./kinds.ts";
import { anyParam } from "./own.ts";
import { EventFlag, type Param, ParamKind } from "./schema.ts";
import { eventFlags, eventTypes } from "./types.ts";

/**
 * Value of a parameter: a number (or bigint for kinds of 8 bytes), a byte string, raw bytes, or null if it is empty. A
 * NUL is appended to byte strings if the kind requires it.
 */
export type ParamValue = number | bigint | string | Uint8Array | null;

/**
 * Returns the bytes of an event: header, lengths and parameters. Read them with `Event.place`.
 *
 * @param code event type
 * @param tid ID of the thread that caused the event
 * @param time nanoseconds since the epoch
 * @param values parameters in the order of the table, followed by Eyas-specific parameters. Trailing parameters can be
 *   omitted, as in events of older recorders
 * @throws RangeError if there are more values than parameters, a parameter is too long, or a number is given for a kind
 *   of variable size
 */
export function writeEvent(code: number, tid: number, time: bigint, values: readonly ParamValue[]): Uint8Array {
  const { params, key } = eventTypes[code]!;
  const call = Number(values[0]);
  const lengthSize = eventFlags[code]! & EventFlag.largePayload ? 4 : 2;
  const encoded = values.map((value, i) => {
    const param = anyParam(code, i, call);
    if (param === undefined) throw new RangeError(`${key} has ${params.length} parameters`);
    return encode(param, value);
  });
  const begin = HEADER_SIZE + values.length * lengthSize;
  const size = encoded.reduce((sum, part) => sum + part.length, begin);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, time, true);
  view.setBigInt64(8, BigInt(tid), true);
  view.setUint32(16, size, true);
  view.setUint16(20, code, true);
  view.setUint32(22, values.length, true);
  let at = begin;
  for (const [i, part] of encoded.entries()) {
    if (lengthSize === 4) view.setUint32(HEADER_SIZE + 4 * i, part.length, true);
    else if (part.length > 0xffff)
      throw new RangeError(`${anyParam(code, i, call)?.name} of ${key} is longer than 65,535 bytes`);
    else view.setUint16(HEADER_SIZE + 2 * i, part.length, true);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const NOTHING = new Uint8Array(0);

function encode(param: Param, value: ParamValue): Uint8Array {
  if (value === null) return NOTHING;
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encodeText(value, endsInNul(param.kind));
  const size = fixedSize[param.kind]!;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (param.kind === ParamKind.DOUBLE) view.setFloat64(0, Number(value), true);
  else if (size === 8) view.setBigInt64(0, BigInt(value), true);
  else if (size === 4) view.setInt32(0, Number(value), true);
  else if (size === 2) view.setInt16(0, Number(value), true);
  else if (size === 1) view.setInt8(0, Number(value));
  else throw new RangeError(`${param.name} (${param.type}) cannot be written from a number`);
  return bytes;
}

function endsInNul(kind: number): boolean {
  return kind === ParamKind.CHARBUF || kind === ParamKind.FSPATH || kind === ParamKind.FSRELPATH;
}

function encodeText(text: string, nul: boolean): Uint8Array {
  const bytes = new Uint8Array(text.length + (nul ? 1 : 0));
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

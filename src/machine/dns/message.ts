import { byteString } from "../../event/bytes.ts";

/** A record in the answer section. */
export interface DnsRecord {
  /** Owner name of the record, in the form of {@link DnsMessage.name}. */
  readonly owner: string;
  readonly type: number;
  /** Time to live in seconds. */
  readonly ttl: number;
  /** Address as a byte string of 4 or 16 bytes; "" for types other than A and AAAA. */
  readonly address: string;
  /** Name or text in the record; undefined for addresses and for types without one. */
  readonly text: string | undefined;
}

/** A DNS query or response. */
export interface DnsMessage {
  readonly id: number;
  readonly isAnswer: boolean;
  /** The response code, 0 to 15. */
  readonly rcode: number;
  /**
   * The name in the question in lower case, without the trailing dot; "" for the root. Dots and backslashes within a
   * label are preceded by a backslash. Spaces and unprintable bytes are written in decimal: `\032` (RFC 1035, section
   * 5.1).
   */
  readonly name: string;
  /** The type of the requested records. */
  readonly type: number;
  /** Recorded part of the answer section, at most {@link MAX_RECORDS} records. */
  readonly records: readonly DnsRecord[];
}

/** Types of records (IANA, "DNS Parameters"). */
export const RecordType = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33 } as const;

/** Maximum number of records that are read. */
export const MAX_RECORDS = 64;
/** Maximum size of a name, in bytes (RFC 1035). */
const MAX_NAME = 255;
/** Maximum size of a label, in bytes (RFC 1035). */
const MAX_LABEL = 63;
const HEADER = 12;
/** Maximum number of pointers in a name. A valid name of 255 bytes has fewer. */
const MAX_POINTERS = 127;
/** The two highest bits of the first byte of a pointer. */
const POINTER = 0xc0;
/** Bits of the header flags. */
const [ANSWER, OPCODE] = [0x8000, 0x7800];
/** Classes of records: Internet and any. */
const [IN, ANY] = [1, 255];

/**
 * Limit for the work on the names in a message, in bytes; a pointer counts as several bytes. Above this limit, the rest
 * of the message is not read.
 */
const [MAX_WORK, POINTER_WORK] = [2048, 8];
let work = 0;

/**
 * End of the name that {@link nameAt} read last. Returning it together with the name would allocate an object per name.
 */
let end = 0;

/**
 * Parses a DNS message from an untrusted sender (RFC 1035). A truncated or damaged message is parsed as far as
 * possible. The time is bounded by the size of the message.
 * @param to the end of the recorded bytes
 * @returns undefined unless there is exactly one question with a complete name
 */
export function parseDns(bytes: Uint8Array, from: number, to: number): DnsMessage | undefined {
  if (to - from < HEADER || to > bytes.length) return undefined;
  const flags = u16(bytes, from + 2);
  if ((flags & OPCODE) !== 0 || u16(bytes, from + 4) !== 1) return undefined;
  work = MAX_WORK;
  const name = nameAt(bytes, from + HEADER, from, to);
  if (name === undefined || end + 4 > to) return undefined;
  const questionClass = u16(bytes, end + 2);
  if (questionClass !== IN && questionClass !== ANY) return undefined;
  const type = u16(bytes, end);
  const isAnswer = (flags & ANSWER) !== 0;
  const records = isAnswer ? recordsAt(bytes, end + 4, from, to, name) : NO_RECORDS;
  return { id: u16(bytes, from), isAnswer, rcode: flags & 15, name, type, records };
}

const NO_RECORDS: readonly DnsRecord[] = [];

function recordsAt(bytes: Uint8Array, start: number, from: number, to: number, question: string): DnsRecord[] {
  const records: DnsRecord[] = [];
  const count = u16(bytes, from + 6);
  let at = start;
  for (let i = 0; i < count && i < MAX_RECORDS; i++) {
    const owner = ownerAt(bytes, at, from, to, question);
    if (owner === undefined || end + 10 > to) break;
    const head = end;
    const data = head + 10;
    const after = data + u16(bytes, head + 8);
    if (after > to) break;
    const type = u16(bytes, head);
    if (u16(bytes, head + 2) === IN) {
      const address = addressAt(bytes, type, data, after);
      const text = address === "" ? textAt(bytes, type, data, after, from) : undefined;
      // TTLs with the highest bit set count as 0 (RFC 2181, section 8).
      const ttl = bytes[head + 4]! > 127 ? 0 : u16(bytes, head + 4) * 65_536 + u16(bytes, head + 6);
      records.push({ owner, type, ttl, address, text });
    }
    at = after;
  }
  return records;
}

/** The owner name of a record. It is usually a pointer to the question, which follows the header. */
function ownerAt(bytes: Uint8Array, at: number, from: number, to: number, question: string): string | undefined {
  if (at + 2 > to || bytes[at] !== POINTER || bytes[at + 1] !== HEADER) return nameAt(bytes, at, from, to);
  end = at + 2;
  return question;
}

function addressAt(bytes: Uint8Array, type: number, at: number, after: number): string {
  const size = type === RecordType.A ? 4 : type === RecordType.AAAA ? 16 : 0;
  if (size === 0 || after - at !== size) return "";
  return byteString(bytes, at, after);
}

function textAt(bytes: Uint8Array, type: number, at: number, after: number, from: number): string | undefined {
  switch (type) {
    case RecordType.NS:
    case RecordType.CNAME:
    case RecordType.PTR:
    case RecordType.SOA:
      return nameAt(bytes, at, from, after);
    case RecordType.MX:
      return nameAt(bytes, at + 2, from, after);
    case RecordType.SRV:
      return nameAt(bytes, at + 6, from, after);
    case RecordType.TXT:
      return textsAt(bytes, at, after);
    default:
      return undefined;
  }
}

/** The strings of a TXT record, joined. Each string is preceded by its length. */
function textsAt(bytes: Uint8Array, at: number, after: number): string {
  let text = "";
  while (at < after) {
    const next = Math.min(at + 1 + bytes[at]!, after);
    text += byteString(bytes, at + 1, next);
    at = next;
  }
  return text;
}

/**
 * Reads the name at an offset and sets {@link end}. Pointers must lead backwards, so there is no loop.
 * @param start start of the message, from which pointers count
 * @returns undefined if the name is damaged, too long or extends beyond `to`
 */
function nameAt(bytes: Uint8Array, at: number, start: number, to: number): string | undefined {
  let used = 0;
  let size = 1;
  let pointers = 0;
  /** Maximum offset (exclusive) to which the next pointer may lead. */
  let limit = at;
  let jumped = false;
  for (;;) {
    if (at >= to) return undefined;
    const length = bytes[at]!;
    if (length === 0) {
      if (!jumped) end = at + 1;
      return byteString(text, 0, used);
    }
    if (length > MAX_LABEL) {
      work -= POINTER_WORK;
      if (length < POINTER || at + 2 > to || ++pointers > MAX_POINTERS || work < 0) return undefined;
      const target = start + (u16(bytes, at) & 0x3fff);
      if (target >= limit || target < start + HEADER) return undefined;
      if (!jumped) end = at + 2;
      jumped = true;
      limit = target;
      at = target;
      continue;
    }
    size += length + 1;
    work -= length + 1;
    if (size > MAX_NAME || at + 1 + length > to || work < 0) return undefined;
    if (used > 0) text[used++] = DOT;
    for (let i = at + 1; i <= at + length; i++) used = putCharacter(bytes[i]!, used);
    at += length + 1;
  }
}

/** Buffer for the name that is being read. A byte of a label becomes at most four characters. */
const text = new Uint8Array(4 * MAX_NAME);
const [DOT, BACKSLASH, ZERO, UPPER_A, UPPER_Z, TO_LOWER] = [46, 92, 48, 65, 90, 32];

/** Writes a byte of a label to {@link text}. @returns the offset after it */
function putCharacter(byte: number, at: number): number {
  if (byte > 32 && byte < 127 && byte !== DOT && byte !== BACKSLASH) {
    text[at] = byte >= UPPER_A && byte <= UPPER_Z ? byte + TO_LOWER : byte;
    return at + 1;
  }
  text[at++] = BACKSLASH;
  if (byte !== DOT && byte !== BACKSLASH) {
    text[at++] = ZERO + Math.floor(byte / 100);
    text[at++] = ZERO + (Math.floor(byte / 10) % 10);
    text[at++] = ZERO + (byte % 10);
  } else text[at++] = byte;
  return at;
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/**
 * Parses the message in the data of a call. With TCP, the length of the message precedes it or was read by an earlier
 * call.
 * @param to the end of the recorded bytes
 * @param size number of bytes that the call transferred
 */
export function parseDnsData(bytes: Uint8Array, from: number, to: number, size: number): DnsMessage | undefined {
  if (to - from < 2) return undefined;
  const length = u16(bytes, from);
  if (length === size - 2) return parseDns(bytes, from + 2, to) ?? parseDns(bytes, from, to);
  const plain = parseDns(bytes, from, to);
  if (plain !== undefined || length > size - 2 || length < HEADER) return plain;
  return parseDns(bytes, from + 2, Math.min(to, from + 2 + length)); // only the first message
}

import { byteString } from "../../event/bytes.ts";

/** A record of an answer. */
export interface DnsRecord {
  /** The name that the record is about, in the form of {@link DnsMessage.name}. */
  readonly owner: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  /** Its address as a byte string of 4 or 16 bytes; "" for other types than A and AAAA. */
  readonly address: string;
  /** Its name or text; undefined for types without one, and for addresses. */
  readonly text: string | undefined;
}

/** A question, or the answer to one. */
export interface DnsMessage {
  readonly id: number;
  readonly isAnswer: boolean;
  /** The response code, 0 to 15. */
  readonly rcode: number;
  /**
   * The name of the question in lower case, without the dot at the end; "" for the root. Dots and backslashes within a label
   * have a backslash, and bytes that are not printable are decimal: `\000` (RFC 1035, section 5.1).
   */
  readonly name: string;
  /** The type of the requested records. */
  readonly type: number;
  /** The records of the answer section that were recorded, at most {@link MAX_RECORDS}. */
  readonly records: readonly DnsRecord[];
}

/** Types of records (IANA, "DNS Parameters"). */
export const RecordType = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33 } as const;

/** Maximum number of records that are read. */
export const MAX_RECORDS = 64;
/** Limits of RFC 1035: bytes of a name, and of a label. */
const MAX_NAME = 255;
const MAX_LABEL = 63;
const HEADER = 12;
/** A name in a message of 255 bytes at most has fewer pointers. */
const MAX_POINTERS = 127;
/** The two highest bits of the first byte of a pointer. */
const POINTER = 0xc0;
/** Bits of the flags. */
const [ANSWER, OPCODE] = [0x8000, 0x7800];
/** Classes: Internet, and any. */
const [IN, ANY] = [1, 255];

/** Work for the names of a message: each byte counts, and each pointer as several. The rest of the message is not read after that. */
const [MAX_WORK, POINTER_WORK] = [2048, 8];
let work = 0;

/** End of the name that {@link nameAt} read last; it returns no pair, since each name would allocate one. */
let end = 0;

/**
 * Parses a DNS message of an untrusted sender (RFC 1035). A message that is cut or damaged is parsed as far as it goes; the time is
 * bounded by its size.
 * @param to the end of the recorded bytes
 * @returns undefined unless there is exactly one question with a whole name
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

/** The name that a record is about: mostly a pointer to the question, which follows the header. */
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

/** The joined texts of a TXT record, each with its length before it. */
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
 * The name at an offset, and its end in {@link end}. Pointers lead backwards only, so there is no loop.
 * @param start the start of the message, which pointers count from
 * @returns undefined if it is damaged, too long, or not within `to`
 */
function nameAt(bytes: Uint8Array, at: number, start: number, to: number): string | undefined {
  let used = 0;
  let size = 1;
  let pointers = 0;
  /** Offset that the next pointer has to be below. */
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

/** The name that is read: a byte of a label becomes four characters at most. */
const text = new Uint8Array(4 * MAX_NAME);
const [DOT, BACKSLASH, ZERO, UPPER_A, UPPER_Z, TO_LOWER] = [46, 92, 48, 65, 90, 32];

/** Writes a byte of a label to {@link text}. @returns the offset behind it */
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
 * The message in the data of a call. Over TCP its length precedes it, or was read by an earlier call.
 * @param to the end of the recorded bytes
 * @param size bytes that the call transferred
 */
export function parseDnsData(bytes: Uint8Array, from: number, to: number, size: number): DnsMessage | undefined {
  if (to - from < 2) return undefined;
  const length = u16(bytes, from);
  if (length === size - 2) return parseDns(bytes, from + 2, to) ?? parseDns(bytes, from, to);
  const plain = parseDns(bytes, from, to);
  if (plain !== undefined || length > size - 2 || length < HEADER) return plain;
  return parseDns(bytes, from + 2, Math.min(to, from + 2 + length)); // the first of several messages
}

import { bytesOf, toByteString } from "../../event/bytes.ts";
import { RecordType } from "./message.ts";

/** A record in the answer section: an address (4 or 16 bytes as a byte string), or the target name of an alias. */
export interface AnswerRecord {
  /** Owner of the record; by default, the name of the question. */
  readonly owner?: string;
  /** Time to live in seconds; 60 by default. */
  readonly ttl?: number;
  readonly address?: string;
  readonly alias?: string;
}

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type?: number;
}

const [RECURSION_DESIRED, RESPONSE] = [0x0100, 0x8180];

/** The bytes of a DNS query, or of the response to it if `answers` are given. */
export function writeDns(
  { id, name, type = RecordType.A }: DnsQuestion,
  answers?: readonly AnswerRecord[],
  rcode = 0,
): Uint8Array {
  const flags = (answers === undefined ? RECURSION_DESIRED : RESPONSE) | rcode;
  return Uint8Array.from([
    ...[...two(id), ...two(flags), ...two(1), ...two(answers?.length ?? 0), 0, 0, 0, 0],
    ...[...labels(name), ...two(type), ...two(1)],
    ...(answers ?? []).flatMap((row) => record(row, name)),
  ]);
}

function record({ owner, ttl = 60, address, alias = "" }: AnswerRecord, name: string): number[] {
  const type = address === undefined ? RecordType.CNAME : address.length === 4 ? RecordType.A : RecordType.AAAA;
  const data = address === undefined ? labels(alias) : [...bytesOf(address)];
  // A pointer to offset 12, where the name of the question is.
  const head = owner === undefined || owner === name ? [0xc0, 12] : labels(owner);
  return [...head, ...two(type), ...two(1), ...two(ttl >>> 16), ...two(ttl), ...two(data.length), ...data];
}

function labels(name: string): number[] {
  const parts = name === "" ? [] : toByteString(name).split(".");
  return [...parts.flatMap((part) => [part.length, ...bytesOf(part)]), 0];
}

function two(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

/** A message in the form used with TCP: preceded by its length. */
export function overTcp(message: Uint8Array): Uint8Array {
  return Uint8Array.from([...two(message.length), ...message]);
}

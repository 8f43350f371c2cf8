import { crc32 } from "node:zlib";

/** The values of an alert row that the checksum covers, by column. */
export interface CheckedRow {
  readonly seq: unknown;
  readonly id: unknown;
  readonly time: unknown;
  readonly priority: unknown;
  readonly rule: unknown;
  readonly source: unknown;
  readonly hostname: unknown;
  readonly tags: unknown;
  readonly shape: unknown;
  readonly values: unknown;
  readonly output: unknown;
  readonly message: unknown;
  readonly received: unknown;
}

/**
 * Computes the CRC-32 of a row of the alert table. The checksum detects damage on disk. It does not protect against
 * programs that modify the journal on purpose.
 */
export function rowChecksum(row: CheckedRow): number {
  const { seq, id, time, priority, rule, source, hostname, tags, shape, values, output, message, received } = row;
  const numbers = `${seq} ${time} ${priority} ${rule} ${source} ${hostname} ${tags} ${shape} ${output ?? ""} ${received ?? ""}`;
  const texts = message === null || message === undefined ? `\n${values}` : `\n${values}\0${message}`;
  return crc32(id instanceof Uint8Array ? id : "", crc32(numbers + texts));
}

/** Computes the CRC-32 of a row of the table `word`. */
export function wordChecksum(id: unknown, kind: unknown, text: unknown): number {
  return crc32(`${id} ${kind}\0${text}`);
}

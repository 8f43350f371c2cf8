// Cpio archives in the format newc (cpio(5)), which are the payload of RPM packages. Equal entries give equal bytes.
import { type Entry, modeOf } from "./tar.ts";

const MAGIC = "070701";
const TRAILER = "TRAILER!!!";

/**
 * Builds a cpio archive whose files belong to user and group 0.
 * @param mtime time of all entries, in seconds since the epoch
 * @param prefix text before each path
 * @throws RangeError if a file has 4 GiB or more
 */
export function cpio(entries: readonly Entry[], mtime: number, prefix = ""): Buffer {
  const parts = entries.flatMap((entry, at) => {
    const content = "content" in entry ? entry.content : Buffer.from("target" in entry ? entry.target : "");
    return member(`${prefix}${entry.path}`, content, { inode: at + 1, mode: modeOf(entry), mtime });
  });
  return Buffer.concat([...parts, ...member(TRAILER, Buffer.alloc(0), { inode: 0, mode: 0, mtime: 0 })]);
}

interface Attributes {
  readonly inode: number;
  readonly mode: number;
  readonly mtime: number;
}

/** Returns the parts of a member. Header with name, and content, are each padded to four bytes. */
function member(name: string, content: Buffer, { inode, mode, mtime }: Attributes): Buffer[] {
  const path = Buffer.from(`${name}\0`);
  // Inode, mode, user, group, links, time, size, device (major, minor), device of the file, length of the name, checksum.
  const fields = [inode, mode, 0, 0, 1, mtime, content.length, 0, 0, 0, 0, path.length, 0];
  const header = Buffer.concat([Buffer.from(`${MAGIC}${fields.map(digits).join("")}`), path]);
  return [header, padding(header.length), content, padding(content.length)];
}

function digits(value: number): string {
  if (value > 0xffffffff) throw new RangeError(`${value} is too large for a field of a cpio header.`);
  return value.toString(16).padStart(8, "0");
}

function padding(size: number): Buffer {
  return Buffer.alloc((4 - (size % 4)) % 4);
}

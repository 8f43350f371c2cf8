// The archive format ar(5), the outer format of Debian packages.

const MAGIC = "!<arch>\n";
const HEADER = 60;

/** A member of an archive. */
export interface Member {
  /** Name of at most 16 characters. */
  readonly name: string;
  readonly content: Buffer;
}

/** Builds an archive whose members belong to root. @param mtime time of all members, in seconds since the epoch */
export function ar(members: readonly Member[], mtime: number): Buffer {
  const parts: Buffer[] = [Buffer.from(MAGIC)];
  for (const { name, content } of members) {
    const fields = [name.padEnd(16), `${mtime}`.padEnd(12), "0".padEnd(6), "0".padEnd(6), "100644".padEnd(8)];
    parts.push(Buffer.from(`${fields.join("")}${`${content.length}`.padEnd(10)}\`\n`), content);
    if (content.length % 2 === 1) parts.push(Buffer.from("\n"));
  }
  return Buffer.concat(parts);
}

/** Returns the members of an archive. @throws if the bytes are not an archive */
export function readAr(archive: Buffer): Member[] {
  if (archive.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new Error("The file is not an ar archive.");
  const members: Member[] = [];
  for (let at = MAGIC.length; at < archive.length; ) {
    const name = archive.toString("latin1", at, at + 16).trim();
    const size = Number(archive.toString("latin1", at + 48, at + 58));
    members.push({ name, content: archive.subarray(at + HEADER, at + HEADER + size) });
    at += HEADER + size + (size % 2);
  }
  return members;
}

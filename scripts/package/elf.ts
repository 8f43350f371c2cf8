// The library versions that programs require (ELF, 64 bits, little-endian; "Symbol Versioning" in the Linux Standard Base).

const MAGIC = "\x7fELF\x02\x01";
/** The type of the section with required versions (SHT_GNU_verneed in elf.h). */
const VERSIONS_NEEDED = 0x6ffffffe;

/** A version of the symbols of a library, such as GLIBC_2.28 of libc.so.6. */
export interface NeededVersion {
  readonly library: string;
  readonly version: string;
}

/**
 * Returns the versions that a program or library requires; none for other files.
 * @throws RangeError if the file is truncated
 */
export function neededVersions(file: Buffer): NeededVersion[] {
  if (file.toString("latin1", 0, MAGIC.length) !== MAGIC) return [];
  const [table, size, count] = [Number(file.readBigUInt64LE(40)), file.readUInt16LE(58), file.readUInt16LE(60)];
  const sections = Array.from({ length: count }, (_, at) => sectionAt(file, table + at * size));
  const versions = sections.find(({ type }) => type === VERSIONS_NEEDED);
  if (versions === undefined) return [];
  const names = sections[versions.link]?.offset ?? 0;
  const text = (at: number): string => file.toString("latin1", names + at, file.indexOf(0, names + at));

  const needed: NeededVersion[] = [];
  // Two linked lists, whose offsets are relative: libraries (Elf64_Verneed), and versions of each (Elf64_Vernaux).
  for (let at = versions.offset, next = -1; next !== 0; at += next) {
    const library = text(file.readUInt32LE(at + 4));
    for (let one = at + file.readUInt32LE(at + 8), more = -1; more !== 0; one += more) {
      needed.push({ library, version: text(file.readUInt32LE(one + 8)) });
      more = file.readUInt32LE(one + 12);
    }
    next = file.readUInt32LE(at + 12);
  }
  return needed;
}

interface Section {
  readonly type: number;
  readonly offset: number;
  /** Index of the section with the names. */
  readonly link: number;
}

function sectionAt(file: Buffer, at: number): Section {
  return {
    type: file.readUInt32LE(at + 4),
    offset: Number(file.readBigUInt64LE(at + 24)),
    link: file.readUInt32LE(at + 40),
  };
}

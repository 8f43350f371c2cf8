/** Reads relocatable ELF files for eBPF (64 bits, little endian), as clang writes them. */

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly isCode: boolean;
  readonly bytes: Buffer;
  /** Size in bytes, also of a section without content (`.bss`). */
  readonly size: number;
}

export interface ElfSymbol {
  readonly name: string;
  /** Index of the section. */
  readonly section: number;
  readonly value: number;
  readonly size: number;
  readonly isFunction: boolean;
  readonly isSection: boolean;
}

export interface ElfRelocation {
  /** Offset in the section. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
}

export interface Elf {
  readonly sections: readonly Section[];
  readonly symbols: readonly ElfSymbol[];
  /** Relocations by index of the section that they apply to. */
  readonly relocations: ReadonlyMap<number, readonly ElfRelocation[]>;
}

const [SHT_SYMTAB, SHT_NOBITS, SHT_REL] = [2, 8, 9];
const SHF_EXECINSTR = 4;
const [STT_FUNC, STT_SECTION] = [2, 3];

export function readElf(file: Buffer): Elf {
  const at = Number(file.readBigUInt64LE(40));
  const headers = Array.from({ length: file.readUInt16LE(60) }, (_, i) => headerAt(file, at + 64 * i));
  const names = headers[file.readUInt16LE(62)];
  const sections = headers.map((header, index) => ({
    index,
    name: textAt(file, (names?.offset ?? 0) + header.name),
    isCode: (header.flags & SHF_EXECINSTR) !== 0,
    bytes: header.type === SHT_NOBITS ? Buffer.alloc(0) : file.subarray(header.offset, header.offset + header.size),
    size: header.size,
  }));
  const table = headers.find(({ type }) => type === SHT_SYMTAB);
  if (table === undefined) throw new Error("The object has no symbols.");
  const strings = headers[table.link]?.offset ?? 0;
  const symbols = Array.from({ length: table.size / 24 }, (_, i) => symbolAt(file, table.offset + 24 * i, strings));
  const relocations = new Map<number, ElfRelocation[]>();
  for (const header of headers) {
    if (header.type !== SHT_REL) continue;
    const all = Array.from({ length: header.size / 16 }, (_, i) => header.offset + 16 * i);
    relocations.set(
      header.info,
      all.map((entry) => ({
        offset: Number(file.readBigUInt64LE(entry)),
        type: file.readUInt32LE(entry + 8),
        symbol: symbols[file.readUInt32LE(entry + 12)] as ElfSymbol,
      })),
    );
  }
  return { sections, symbols, relocations };
}

function headerAt(file: Buffer, at: number) {
  return {
    name: file.readUInt32LE(at),
    type: file.readUInt32LE(at + 4),
    flags: Number(file.readBigUInt64LE(at + 8)),
    offset: Number(file.readBigUInt64LE(at + 24)),
    size: Number(file.readBigUInt64LE(at + 32)),
    link: file.readUInt32LE(at + 40),
    info: file.readUInt32LE(at + 44),
  };
}

function symbolAt(file: Buffer, at: number, strings: number): ElfSymbol {
  const type = file.readUInt8(at + 4) & 15;
  return {
    name: textAt(file, strings + file.readUInt32LE(at)),
    section: file.readUInt16LE(at + 6),
    value: Number(file.readBigUInt64LE(at + 8)),
    size: Number(file.readBigUInt64LE(at + 16)),
    isFunction: type === STT_FUNC,
    isSection: type === STT_SECTION,
  };
}

function textAt(file: Buffer, at: number): string {
  return file.toString("latin1", at, file.indexOf(0, at));
}

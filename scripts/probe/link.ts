import type { MapUse } from "../../src/source/syscall/portable/packed.ts";
import type { Relocation } from "../../src/source/syscall/portable/relocate.ts";
import type { Elf, ElfSymbol, Section } from "./elf.ts";
import type { Relocated } from "./relocations.ts";

/** A program with all functions that it calls. */
export interface LinkedProgram {
  readonly name: string;
  readonly tracepoint: string;
  readonly instructions: Buffer;
  readonly functions: readonly { readonly at: number; readonly name: string }[];
  readonly uses: readonly MapUse[];
  readonly relocated: readonly { readonly at: number; readonly relocation: Relocation }[];
}

const [CALL, PSEUDO_CALL, LOAD_ADDRESS, PSEUDO_MAP_FD, PSEUDO_MAP_VALUE] = [0x85, 1, 0x18, 1, 2];
const SIZE = 8;

/** Links the programs of an object, whose sections are named by type and tracepoint. */
export function linkPrograms(
  elf: Elf,
  relocations: readonly Relocated[],
  mapOfSymbol: (symbol: ElfSymbol) => readonly [map: number, offset: number | undefined],
): LinkedProgram[] {
  return elf.symbols
    .filter(({ isFunction, section }) => isFunction && elf.sections[section]?.name.startsWith("raw_tp/"))
    .map((main) => link(elf, main, relocations, mapOfSymbol));
}

function link(
  elf: Elf,
  main: ElfSymbol,
  relocations: readonly Relocated[],
  mapOfSymbol: (symbol: ElfSymbol) => readonly [map: number, offset: number | undefined],
): LinkedProgram {
  const functions: { at: number; symbol: ElfSymbol }[] = [];
  let length = 0;
  const place = (symbol: ElfSymbol): { at: number; symbol: ElfSymbol } => {
    const known = functions.find((each) => each.symbol === symbol);
    if (known !== undefined) return known;
    const placed = { at: length, symbol };
    functions.push(placed);
    length += symbol.size / SIZE;
    return placed;
  };
  const uses: MapUse[] = [];
  const relocated: { at: number; relocation: Relocation }[] = [];
  const code: Buffer[] = [];
  place(main);
  // A function adds the functions that it calls.
  for (const { at, symbol } of functions) {
    const section = elf.sections[symbol.section] as Section;
    const bytes = Buffer.from(section.bytes.subarray(symbol.value, symbol.value + symbol.size));
    const isInside = (offset: number): boolean => offset >= symbol.value && offset < symbol.value + symbol.size;
    const linked = (elf.relocations.get(symbol.section) ?? []).filter(({ offset }) => isInside(offset));
    const symbolAt = new Map(linked.map((each) => [each.offset - symbol.value, each.symbol]));
    for (let offset = 0; offset < bytes.length; offset += SIZE) {
      const source = (bytes[offset + 1] as number) >> 4;
      if (bytes[offset] === CALL && source === PSEUDO_CALL) {
        const called = calledFunction(elf, symbol, offset, bytes.readInt32LE(offset + 4), symbolAt.get(offset));
        bytes.writeInt32LE(place(called).at - (at + offset / SIZE) - 1, offset + 4);
      } else if (bytes[offset] === LOAD_ADDRESS) {
        const of = symbolAt.get(offset);
        if (of !== undefined) uses.push(useOf(bytes, at, offset, mapOfSymbol(of)));
        offset += SIZE;
      }
    }
    for (const { section: of, offset, relocation } of relocations)
      if (of === symbol.section && isInside(offset))
        relocated.push({ at: at + (offset - symbol.value) / SIZE, relocation });
    code.push(bytes);
  }
  return {
    name: main.name,
    tracepoint: elf.sections[main.section]?.name.replace("raw_tp/", "") ?? "",
    instructions: Buffer.concat(code),
    functions: functions.map(({ at, symbol }) => ({ at, name: symbol.name })),
    uses,
    relocated,
  };
}

/** Returns the function that an instruction calls, by a symbol or relative to the instruction. */
function calledFunction(
  elf: Elf,
  from: ElfSymbol,
  offset: number,
  distance: number,
  symbol: ElfSymbol | undefined,
): ElfSymbol {
  if (symbol?.isFunction) return symbol;
  const section = symbol?.section ?? from.section;
  const value =
    symbol === undefined ? from.value + offset + (distance + 1) * SIZE : symbol.value + (distance + 1) * SIZE;
  const found = elf.symbols.find((each) => each.isFunction && each.section === section && each.value === value);
  if (found === undefined) throw new Error(`${from.name} calls an unknown function`);
  return found;
}

/** Marks an instruction as the load of the address of a map. */
function useOf(bytes: Buffer, at: number, offset: number, [map, start]: readonly [number, number | undefined]): MapUse {
  const register = (bytes[offset + 1] as number) & 15;
  bytes[offset + 1] = register | ((start === undefined ? PSEUDO_MAP_FD : PSEUDO_MAP_VALUE) << 4);
  const place = at + offset / SIZE;
  return start === undefined ? [place, map] : [place, map, start + bytes.readInt32LE(offset + 4)];
}

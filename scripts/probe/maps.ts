import { type Btf, Kind, type Type } from "../../src/source/syscall/portable/btf.ts";
import type { PackedMap } from "../../src/source/syscall/portable/packed.ts";
import type { Elf, ElfSymbol, Section } from "./elf.ts";

const [BPF_MAP_TYPE_ARRAY, BPF_F_RDONLY_PROG, BPF_F_MMAPABLE] = [2, 1 << 7, 1 << 10];

/** A map with its initial value. */
export type BuiltMap = Omit<PackedMap, "initial"> & { readonly initial?: Buffer };

/**
 * Returns the maps of an object: those of the section `.maps`, and one for each section with data. `mapOfSymbol` returns
 * the map that a symbol is or is in, and the offset of the symbol in its value.
 */
export function mapsOf(
  elf: Elf,
  btf: Btf,
): { maps: BuiltMap[]; mapOfSymbol: (symbol: ElfSymbol) => readonly [map: number, offset: number | undefined] } {
  const maps: BuiltMap[] = [];
  const byName = new Map<string, number>();
  const bySection = new Map<number, number>();
  for (const { name, type } of variablesOf(btf, ".maps")) {
    byName.set(name, maps.push(definedMap(btf, name, type)) - 1);
  }
  for (const section of elf.sections) {
    if (!/^\.(?:rodata|data|bss)(?:\.|$)/.test(section.name) || section.size === 0) continue;
    bySection.set(section.index, maps.push(dataMap(section)) - 1);
  }
  const mapOfSymbol = (symbol: ElfSymbol): readonly [number, number | undefined] => {
    const map = bySection.get(symbol.section);
    if (map !== undefined) return [map, symbol.value];
    const defined = byName.get(symbol.name);
    if (defined === undefined) throw new Error(`no map ${symbol.name}`);
    return [defined, undefined];
  };
  return { maps, mapOfSymbol };
}

/** Name of the map of a section, as in light skeletons. */
function dataMap({ name, size, bytes }: Section): BuiltMap {
  return {
    name: name.slice(1).replaceAll(".", "_"),
    type: BPF_MAP_TYPE_ARRAY,
    keySize: 4,
    valueSize: size,
    entries: 1,
    flags: BPF_F_MMAPABLE | (name.startsWith(".rodata") ? BPF_F_RDONLY_PROG : 0),
    ...(bytes.length > 0 && { initial: bytes }),
  };
}

/** Reads a definition, in which numbers are sizes of arrays, and types are targets of pointers (`__uint`, `__type`). */
function definedMap(btf: Btf, name: string, definition: Type): BuiltMap {
  const target = (id: number): number => btf.resolve(id)?.size ?? 0;
  const members = new Map(
    Array.from({ length: definition.count }, (_, i) => btf.member(definition, i)).map((each) => [each.name, each.type]),
  );
  const count = (key: string): number => {
    const id = members.get(key);
    const array = id === undefined ? undefined : btf.resolve(target(id));
    return array === undefined ? 0 : btf.array(array).count;
  };
  const size = (key: string): number => {
    const id = members.get(key);
    return id === undefined ? 0 : btf.sizeOf(target(id));
  };
  const values = members.get("values");
  return {
    name,
    type: count("type"),
    keySize: size("key"),
    valueSize: values === undefined ? size("value") : 4,
    entries: count("max_entries"),
    flags: count("map_flags"),
    ...(values !== undefined && { inner: innerOf(btf, values) }),
  };
}

function innerOf(btf: Btf, values: number): { type: number; entries: number } {
  const array = btf.resolve(values);
  const pointer = array === undefined ? undefined : btf.resolve(btf.array(array).element);
  const inner = pointer === undefined ? undefined : btf.resolve(pointer.size);
  if (inner?.kind !== Kind.STRUCT) throw new Error("a map of maps without a definition of its maps");
  const { type, entries } = definedMap(btf, "", inner);
  return { type, entries };
}

/** Returns the variables in a section with their types. */
function variablesOf(btf: Btf, section: string): { name: string; type: Type }[] {
  const found: { name: string; type: Type }[] = [];
  for (let id = 1; id < btf.count; id++) {
    const each = btf.type(id);
    if (each.kind !== Kind.DATASEC || each.name !== section) continue;
    for (let i = 0; i < each.count; i++) {
      const variable = btf.type(btf.sectionVariable(each, i));
      const type = btf.resolve(variable.size);
      if (type !== undefined) found.push({ name: variable.name, type });
    }
  }
  return found;
}

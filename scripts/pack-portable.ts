/**
 * Converts an object of the portable probe (see probe/variant.h): writes instructions, initial values of maps and types of
 * functions to a gzipped file, and what the loader in src/source/syscall/portable/ has to know to a JSON file.
 *
 * Usage: node scripts/pack-portable.ts <object.o> <output without extension> [map of another object …]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Btf } from "../src/source/syscall/portable/btf.ts";
import type { PackedMap, PackedObject, PackedProgram } from "../src/source/syscall/portable/packed.ts";
import { readElf } from "./probe/elf.ts";
import { functionTypes } from "./probe/function-types.ts";
import { linkPrograms } from "./probe/link.ts";
import { mapsOf } from "./probe/maps.ts";
import { relocationsOf } from "./probe/relocations.ts";

const [input, output, ...shared] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("Usage: pack-portable.ts <object.o> <output>");

const elf = readElf(readFileSync(input));
const section = (name: string): Buffer => {
  const found = elf.sections.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${input}: no section ${name}`);
  return found.bytes;
};
const btf = new Btf(section(".BTF"), input);
const relocations = relocationsOf(elf, btf, section(".BTF.ext"));
const { maps, mapOfSymbol } = mapsOf(elf, btf);
const linked = linkPrograms(elf, relocations, mapOfSymbol);
const types = functionTypes(
  btf,
  linked.flatMap(({ functions }) => functions.map(({ name }) => name)),
);

const parts: Buffer[] = [];
let size = 0;
const place = (bytes: Buffer): readonly [start: number, size: number] => {
  parts.push(bytes);
  size += bytes.length;
  return [size - bytes.length, bytes.length];
};

const values: string[] = [];
const indexOfValue = (value: string): number => {
  const known = values.indexOf(value);
  return known < 0 ? values.push(value) - 1 : known;
};
const programs = linked.map(
  ({ name, tracepoint, instructions, functions, uses, relocated }): PackedProgram => ({
    name,
    tracepoint,
    instructions: place(instructions),
    functions: functions.map(({ at, name }) => [at, types.ids.get(name) ?? 0]),
    maps: uses,
    relocations: relocated.map(({ at, relocation }) => [at, indexOfValue(JSON.stringify(relocation))]),
  }),
);
const packed: PackedObject = {
  maps: maps.map(
    ({ initial, ...map }): PackedMap => ({
      ...map,
      ...(shared.includes(map.name) && { shared: true }),
      ...(initial !== undefined &&
        !shared.includes(map.name) &&
        initial.some((byte) => byte !== 0) && { initial: place(initial) }),
    }),
  ),
  programs,
  types: place(types.bytes),
  relocations: values.map((value) => JSON.parse(value)),
};
writeFileSync(`${output}.bin.gz`, gzipSync(Buffer.concat(parts), { level: 9 }));
writeFileSync(`${output}.json`, `${JSON.stringify(packed)}\n`);

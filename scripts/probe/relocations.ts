import { type Btf, Kind, type Type } from "../../src/source/syscall/portable/btf.ts";
import { Relocate, type Relocation, type Step, shapeOf } from "../../src/source/syscall/portable/relocate.ts";
import type { Elf } from "./elf.ts";

/** A CO-RE relocation of an instruction. */
export interface Relocated {
  /** Index of the section, and offset in it in bytes. */
  readonly section: number;
  readonly offset: number;
  readonly relocation: Relocation;
}

/** Returns the CO-RE relocations in the section `.BTF.ext`, by names instead of types of the object. */
export function relocationsOf(elf: Elf, btf: Btf, ext: Buffer): Relocated[] {
  const header = ext.readUInt32LE(4);
  const start = header + ext.readUInt32LE(24);
  const end = start + ext.readUInt32LE(28);
  const found: Relocated[] = [];
  let at = start + 4; // after the size of a record
  while (at < end) {
    const name = btf.text(ext.readUInt32LE(at));
    const count = ext.readUInt32LE(at + 4);
    const section = elf.sections.findIndex((each) => each.name === name);
    at += 8;
    for (let i = 0; i < count; i++, at += 16) {
      const [offset, type, access, kind] = [0, 4, 8, 12].map((each) => ext.readUInt32LE(at + each)) as [
        number,
        number,
        number,
        number,
      ];
      found.push({ section, offset, relocation: describe(btf, type, btf.text(access), kind) });
    }
  }
  return found;
}

function describe(btf: Btf, id: number, access: string, kind: number): Relocation {
  const type = btf.resolve(id);
  if (type === undefined) throw new Error(`a relocation of the type void`);
  if (!(Object.values(Relocate) as number[]).includes(kind)) throw new Error(`an unknown kind of relocation: ${kind}`);
  const plain = { kind, type: nameOf(btf, id, type).replace(/___.*$/, ""), of: type.kind };
  const indexes = access.split(":").map(Number);
  if (kind === Relocate.TYPE_EXISTS || kind === Relocate.TYPE_SIZE) return plain;
  if (kind === Relocate.ENUMVAL_EXISTS || kind === Relocate.ENUMVAL_VALUE)
    return { ...plain, value: btf.enumName(type, indexes[0] ?? 0).replace(/___.*$/, "") };
  return { ...plain, path: pathOf(btf, type, indexes) };
}

/** Name of a type; that of a typedef if the type is anonymous. */
function nameOf(btf: Btf, id: number, { name }: Type): string {
  if (name !== "") return name;
  const alias = btf.type(id);
  if (alias.kind === Kind.TYPEDEF) return alias.name;
  if (alias.kind === Kind.CONST) return nameOf(btf, alias.size, { ...alias, name: "" });
  throw new Error(`a relocation of the anonymous type ${id}`);
}

function pathOf(btf: Btf, type: Type, [first = 0, ...indexes]: readonly number[]): Step[] {
  const path: Step[] = [first];
  let at: Type | undefined = type;
  for (const index of indexes) {
    if (at?.kind === Kind.ARRAY) {
      path.push(index);
      at = btf.resolve(btf.array(at).element);
      continue;
    }
    if (at === undefined) throw new Error(`a relocation of a member of void in ${type.name}`);
    const member = btf.member(at, index);
    if (member.name !== "") path.push([member.name, shapeOf(btf, member.type)]);
    at = btf.resolve(member.type);
  }
  return path;
}

import { type Btf, Kind } from "../../src/source/syscall/portable/btf.ts";

/**
 * Builds a BTF with only the types of the functions, which every kernel with BTF accepts. Pointers point to void.
 * @returns the BTF, and the type of each function by its name
 */
export function functionTypes(btf: Btf, names: readonly string[]): { bytes: Buffer; ids: Map<string, number> } {
  const types: Buffer[] = [];
  const strings: string[] = [""];
  const copies = new Map<number, number>();
  const text = (value: string): number => {
    if (!strings.includes(value)) strings.push(value);
    return strings.slice(0, strings.indexOf(value)).reduce((sum, each) => sum + each.length + 1, 0);
  };
  const words = (...values: number[]): Buffer => Buffer.from(new Uint32Array(values).buffer);
  const copy = (id: number): number => {
    if (id === 0) return 0;
    const known = copies.get(id);
    if (known !== undefined) return known;
    const type = btf.type(id);
    const info = ((type.flag ? 1 << 31 : 0) | (type.kind << 24)) >>> 0;
    const add = (...parts: Buffer[]): number => {
      copies.set(id, types.push(Buffer.concat(parts)));
      return types.length;
    };
    switch (type.kind) {
      case Kind.PTR:
        return add(words(0, info, 0));
      case Kind.INT:
        return add(words(text(type.name), info, type.size, btf.word(type, 0)));
      case Kind.TYPEDEF:
      case Kind.CONST:
      case Kind.VOLATILE: {
        const of = copy(type.size);
        return add(words(text(type.name), info, of));
      }
      case Kind.FUNC_PROTO: {
        const result = copy(type.size);
        const parameters = Array.from({ length: type.count }, (_, i) => {
          const { name, type: of } = btf.parameter(type, i);
          return words(text(name), copy(of));
        });
        return add(words(0, info | type.count, result), ...parameters);
      }
      case Kind.FUNC: {
        const of = copy(type.size);
        return add(words(text(type.name), info | type.count, of));
      }
      default:
        throw new Error(`a parameter or result of kind ${type.kind}`);
    }
  };
  const ids = new Map<string, number>();
  for (let id = 1; id < btf.count; id++) {
    const type = btf.type(id);
    if (type.kind === Kind.FUNC && names.includes(type.name)) ids.set(type.name, copy(id));
  }
  const missing = names.filter((name) => !ids.has(name));
  if (missing.length > 0) throw new Error(`no types of the functions ${missing.join(", ")}`);
  const typeBytes = Buffer.concat(types);
  const stringBytes = Buffer.from(`${strings.join("\0")}\0`, "latin1");
  const VERSION = 1;
  const header = words(0xeb9f | (VERSION << 16), 24, 0, typeBytes.length, typeBytes.length, stringBytes.length);
  return { bytes: Buffer.concat([header, typeBytes, stringBytes]), ids };
}

/**
 * Converts a light skeleton (the C header that `bpftool gen skeleton -L` prints): writes data and instructions of the
 * loader to a gzipped file, and their layout to a JSON file.
 *
 * Usage: node scripts/pack-probe.ts <skeleton.h> <output without extension> [map of another object …]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const [input, output, ...shared] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("Usage: pack-probe.ts <skeleton.h> <output>");
const text = readFileSync(input, "utf8");

const data = withMappableTexts(bytesOf("data"));
const instructions = bytesOf("insn");
writeFileSync(`${output}.bin.gz`, gzipSync(Buffer.concat([data, instructions]), { level: 9 }));
const meta = {
  data: data.length,
  instructions: instructions.length,
  maps: namesOf(/struct bpf_map_desc (\w+);/g),
  programs: namesOf(/struct bpf_prog_desc (\w+);/g),
  ...(shared.length > 0 && { shared: Object.fromEntries(shared.map((name) => [name, callsOf(name)])) }),
};
writeFileSync(`${output}.json`, `${JSON.stringify(meta, null, 2)}\n`);

function namesOf(pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, name]) => name ?? []);
}

/**
 * Sets BPF_F_MMAPABLE in the attributes of maps with string literals, so that all builds are the same: libbpf of Linux
 * 6.12.118 and newer omits this flag. The flags are 12 bytes before the name; type (array), size of keys (4) and number
 * of entries (1) precede them.
 */
function withMappableTexts(bytes: Buffer): Buffer {
  const [NAME, MMAPABLE] = [".rodata.str", 0x400];
  for (let at = bytes.indexOf(NAME); at >= 0; at = bytes.indexOf(NAME, at + 1)) {
    if (at < 28) continue;
    const [type, keySize, , entries, flags = 0] = [28, 24, 20, 16, 12].map((back) => bytes.readUInt32LE(at - back));
    if (type === 2 && keySize === 4 && entries === 1) bytes.writeUInt32LE(flags | MMAPABLE, at - 12);
  }
  return bytes;
}

/**
 * Finds the loader instructions that create a map and, if it has initial values, write them. These are calls of
 * `bpf_sys_bpf`, four instructions after the instruction with the command. The loader creates the maps in order; before
 * a map of maps, it creates a map without a name.
 */
function callsOf(map: string): { create: number; write?: number } {
  const [CALL, SYS_BPF, MAP_CREATE, MAP_UPDATE, ARRAY_OF_MAPS] = [0x85, 166, 0, 2, 12];
  const at = (index: number) => ({ code: instructions[index * 8], value: instructions.readInt32LE(index * 8 + 4) });
  const calls = Array.from({ length: instructions.length / 8 }, (_, index) => index)
    .filter((index) => at(index).code === CALL && at(index).value === SYS_BPF)
    .map((index) => ({ index, command: at(index - 4).value, type: data.readUInt32LE(at(index - 2).value) }));
  const maps = calls.flatMap(({ index, command }, i) => {
    const later = calls.slice(i + 1).find((call) => call.command === MAP_CREATE);
    if (command !== MAP_CREATE || later?.type === ARRAY_OF_MAPS) return [];
    const next = calls[i + 1];
    return [{ create: index, ...(next?.command === MAP_UPDATE && { write: next.index }) }];
  });
  const found = maps[namesOf(/struct bpf_map_desc (\w+);/g).indexOf(map)];
  if (found === undefined) throw new Error(`${input}: no map ${map}`);
  return found;
}

/**
 * Returns the bytes of `static const char opts_NAME[] … = "\x01\0\x02…"`, whose lines end with backslashes; bpftool 7.1
 * writes `opts.NAME = (void *)"…"` instead. Newer versions use the name `insn` for the instructions, 7.1 uses `insns`.
 */
function bytesOf(name: string): Buffer {
  const match = new RegExp(`(?:char opts_${name}\\[\\][^=]*|opts\\.${name}s? )= (?:\\(void \\*\\))?"([^"]*)"`).exec(
    text,
  );
  if (match?.[1] === undefined) throw new Error(`${input}: no ${name} in the format of bpftool 7.1 or 7.5`);
  const bytes = match[1].matchAll(/\\(?:x([0-9a-f]{2})|0)/g);
  return Buffer.from(Array.from(bytes, ([, hex]) => (hex === undefined ? 0 : Number.parseInt(hex, 16))));
}

/**
 * Converts a light skeleton (the C header that `bpftool gen skeleton -L` prints): data and instructions of the loader
 * into one gzipped file, their layout into a JSON file.
 *
 * Usage: node scripts/pack-probe.ts <skeleton.h> <output without extension>
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("Usage: pack-probe.ts <skeleton.h> <output>");
const text = readFileSync(input, "utf8");

const data = bytesOf("data");
const instructions = bytesOf("insn");
writeFileSync(`${output}.bin.gz`, gzipSync(Buffer.concat([data, instructions]), { level: 9 }));
const meta = {
  data: data.length,
  instructions: instructions.length,
  maps: namesOf(/struct bpf_map_desc (\w+);/g),
  programs: namesOf(/struct bpf_prog_desc (\w+);/g),
};
writeFileSync(`${output}.json`, `${JSON.stringify(meta, null, 2)}\n`);

function namesOf(pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, name]) => name ?? []);
}

/**
 * The bytes of `static const char opts_NAME[] … = "\x01\0\x02…"`, whose lines end in backslashes; bpftool 7.1 writes
 * `opts.NAME = (void *)"…"` instead. Newer versions name the instructions `insn`, 7.1 names them `insns`.
 */
function bytesOf(name: string): Buffer {
  const match = new RegExp(`(?:char opts_${name}\\[\\][^=]*|opts\\.${name}s? )= (?:\\(void \\*\\))?"([^"]*)"`).exec(
    text,
  );
  if (match?.[1] === undefined) throw new Error(`${input}: no ${name} in the format of bpftool 7.1 or 7.5`);
  const bytes = match[1].matchAll(/\\(?:x([0-9a-f]{2})|0)/g);
  return Buffer.from(Array.from(bytes, ([, hex]) => (hex === undefined ? 0 : Number.parseInt(hex, 16))));
}

/** Message schedule of one block, reused for every message. */
const schedule = new Int32Array(80);
/** The state in five words, reused for every message. */
const state = new Int32Array(5);

const START = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
const BLOCK = 64;

/**
 * SHA-1 (FIPS 180-4) of a byte string, as a byte string of 20 bytes. Used only for identifiers (Community ID), not for
 * security. Implemented here because browsers read fields, too.
 */
export function sha1(message: string): string {
  state.set(START);
  const { length } = message;
  const blocks = Math.ceil((length + 9) / BLOCK);
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK;
    for (let i = 0; i < 16; i++) {
      const at = from + 4 * i;
      schedule[i] =
        (byteAt(message, at) << 24) |
        (byteAt(message, at + 1) << 16) |
        (byteAt(message, at + 2) << 8) |
        byteAt(message, at + 3);
    }
    if (block === blocks - 1) {
      schedule[14] = Math.floor(length / 2 ** 29);
      schedule[15] = length << 3;
    }
    compress();
  }
  let digest = "";
  for (const word of state) {
    digest += String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
  }
  return digest;
}

/** A byte of the message or of the padding after it. */
function byteAt(message: string, at: number): number {
  return at < message.length ? message.charCodeAt(at) & 255 : at === message.length ? 0x80 : 0;
}

function compress(): void {
  for (let i = 16; i < 80; i++) {
    schedule[i] = rotate(schedule[i - 3]! ^ schedule[i - 8]! ^ schedule[i - 14]! ^ schedule[i - 16]!, 1);
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  for (let i = 0; i < 80; i++) {
    let mixed: number;
    if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const next = (rotate(a, 5) + mixed + e + schedule[i]!) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

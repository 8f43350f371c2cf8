import { BLOCK_FRAME, BLOCK_HEAD } from "../../src/capture/blocks.ts";
import type { Random } from "./random.ts";

/** Numbers that often cause errors in arithmetic. */
const NASTY = [0, 1, 2, 3, 7, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * Returns a damaged copy of a slice of a capture. Half of the kinds of damage keep the block frames intact, so that the
 * damage reaches the readers of block bodies. The other kinds damage any part of the capture.
 */
export function mutate(capture: Uint8Array, random: Random, most: number): Uint8Array {
  const blocks = slice(split(capture), random, most);
  const turns = 1 + random.below(4);
  for (let turn = 0; turn < turns; turn++) {
    const change = CHANGES[random.below(CHANGES.length)]!;
    if (blocks.length > 1) change(blocks, random);
  }
  const joined = join(blocks);
  for (let turn = random.below(3); turn > 0 && joined.length > 0; turn--) {
    joined[random.below(joined.length)]! ^= 1 << random.below(8);
  }
  return random.below(4) === 0 ? joined.subarray(0, random.below(joined.length + 1)) : joined;
}

/** Returns the complete blocks of a capture. */
function split(capture: Uint8Array): Uint8Array[] {
  const view = new DataView(capture.buffer, capture.byteOffset, capture.byteLength);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at + BLOCK_HEAD <= capture.length; ) {
    const size = view.getUint32(at + 4, true);
    if (size < BLOCK_FRAME || at + size > capture.length) break;
    blocks.push(capture.subarray(at, at + size));
    at += size;
  }
  return blocks;
}

/** Copies the header and some consecutive blocks, of about `most` bytes in total. */
function slice(all: Uint8Array[], random: Random, most: number): Uint8Array[] {
  const picked = [Uint8Array.from(all[0]!)];
  let size = 0;
  // The blocks before the events are short, and must be damaged too.
  const reach = random.below(3) === 0 ? Math.min(all.length, 32) : all.length;
  for (let i = 1 + random.below(reach - 1); i < all.length && size < most; i++) {
    const block = all[i]!.length > most ? Uint8Array.from(all[i]!.subarray(0, most)) : Uint8Array.from(all[i]!);
    if (block.length !== all[i]!.length) frame(block);
    picked.push(block);
    size += block.length;
  }
  return picked;
}

type Change = (blocks: Uint8Array[], random: Random) => void;

const CHANGES: readonly Change[] = [
  // Flips a few bits of a body.
  (blocks, random) => {
    const body = bodyOf(pick(blocks, random));
    for (let turn = random.below(8); turn >= 0 && body.length > 0; turn--) {
      body[random.below(body.length)]! ^= 1 << random.below(8);
    }
  },
  // Changes a length or a number in a body.
  (blocks, random) => {
    const body = bodyOf(pick(blocks, random));
    const at = random.below(body.length + 1);
    const value = random.below(2) === 0 ? NASTY[random.below(NASTY.length)]! : random.below(body.length + 8);
    for (let i = 0, size = 1 << random.below(3); i < size && at + i < body.length; i++)
      body[at + i] = value! >>> (8 * i);
  },
  // Changes the fields at the beginning of an event.
  (blocks, random) => {
    const body = bodyOf(pick(blocks, random));
    const at = 2 + 16 + random.below(16);
    if (at < body.length) body[at] = random.below(2) === 0 ? random.below(256) : random.below(4);
  },
  // Shortens a body in a valid frame.
  (blocks, random) => {
    const i = 1 + random.below(blocks.length - 1);
    const size = BLOCK_FRAME + random.below(blocks[i]!.length - BLOCK_FRAME + 1);
    const block = Uint8Array.from(blocks[i]!.subarray(0, size));
    frame(block);
    blocks[i] = block;
  },
  // Changes the type of a block.
  (blocks, random) => {
    pick(blocks, random)[0] = random.below(0x24);
  },
  // Changes the lengths in a frame.
  (blocks, random) => {
    const block = pick(blocks, random);
    const value = random.below(2) === 0 ? NASTY[random.below(NASTY.length)]! : block.length + random.below(9) - 4;
    new DataView(block.buffer, block.byteOffset).setUint32(random.below(2) === 0 ? 4 : block.length - 4, value, true);
  },
  // Repeats, reorders or removes blocks.
  (blocks, random) => {
    const [i, k] = [random.below(blocks.length), random.below(blocks.length)];
    const again = random.below(3);
    if (again === 0) blocks.splice(i, 0, Uint8Array.from(blocks[k]!));
    else if (again === 1) [blocks[i], blocks[k]] = [blocks[k]!, blocks[i]!];
    else blocks.splice(i, 1 + random.below(4));
  },
];

function pick(blocks: Uint8Array[], random: Random): Uint8Array {
  return blocks[1 + random.below(blocks.length - 1)]!;
}

function bodyOf(block: Uint8Array): Uint8Array {
  return block.subarray(BLOCK_HEAD, block.length - 4);
}

function frame(block: Uint8Array): void {
  const view = new DataView(block.buffer, block.byteOffset);
  view.setUint32(4, block.length, true);
  view.setUint32(block.length - 4, block.length, true);
}

function join(blocks: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}

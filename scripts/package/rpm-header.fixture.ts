import { expect } from "vitest";

/** An entry of the index. */
interface Tag {
  readonly tag: number;
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/** A header in the file of a package. */
export interface ReadHeader {
  /** First byte of the header, and the first after it. */
  readonly start: number;
  readonly end: number;
  readonly tags: readonly Tag[];
  /** Returns the numbers or the first text of a tag. */
  value(tag: number): string | number[] | undefined;
}

/** Sizes of numbers, by type. */
const SIZES: Readonly<Record<number, number>> = { 3: 2, 4: 4 };
const BINARY = 7;

/** Reads a header, and checks the requirements of rpm: sorted tags, aligned values, and a region with all tags. */
export function readHeader(file: Buffer, start: number): ReadHeader {
  expect(file.toString("hex", start, start + 8)).toBe("8eade80100000000");
  const [count, size] = [file.readUInt32BE(start + 8), file.readUInt32BE(start + 12)];
  const words = (at: number): Tag => {
    const [tag = 0, type = 0, offset = 0, number = 0] = [0, 4, 8, 12].map((more) => file.readInt32BE(at + more));
    return { tag, type, offset, count: number };
  };
  const tags = Array.from({ length: count }, (_, at) => words(start + 16 * (at + 1)));
  const store = start + 16 * (count + 1);

  const [region, ...rest] = tags;
  expect(region).toEqual({ tag: region?.tag, type: BINARY, offset: size - 16, count: 16 });
  expect(words(store + size - 16)).toEqual({ tag: region?.tag, type: BINARY, offset: -16 * count, count: 16 });
  expect(rest.map(({ tag }) => tag)).toEqual(rest.map(({ tag }) => tag).toSorted((a, b) => a - b));
  for (const { type, offset } of rest) expect(offset % (SIZES[type] ?? 1)).toBe(0);
  return {
    ...{ start, end: store + size, tags },
    value(tag) {
      const found = tags.find((one) => one.tag === tag);
      if (found === undefined) return undefined;
      const at = store + found.offset;
      const bytes = SIZES[found.type];
      if (bytes === undefined) return file.toString("utf8", at, file.indexOf(0, at));
      return Array.from({ length: found.count }, (_, index) => file.readUIntBE(at + bytes * index, bytes));
    },
  };
}

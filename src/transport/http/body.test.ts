import { expect, test } from "vitest";
import { readBody, readLines } from "./body.ts";

async function* pieces(...texts: readonly (string | Error)[]): AsyncGenerator<Buffer> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield Buffer.from(text);
  }
}

const broken = new Error("broken");

test("`whole` rejects a body beyond the limit and a broken connection", async () => {
  expect(String(await readBody(pieces("abc", "de"), 5, "whole"))).toBe("abcde");
  await expect(readBody(pieces("abc", "def"), 5, "whole")).rejects.toThrow("the response is larger than 5 bytes");
  await expect(readBody(pieces("abc", broken), 5, "whole")).rejects.toBe(broken);
});

test("`cut` reads up to the limit, and `partial` returns the received part if the connection breaks", async () => {
  expect(String(await readBody(pieces("abc", "def", broken), 5, "cut"))).toBe("abcde");
  await expect(readBody(pieces("abc", broken), 5, "cut")).rejects.toBe(broken);
  expect(String(await readBody(pieces("abc", broken), 5, "partial"))).toBe("abc");
});

test("lines are assembled from pieces, and an incomplete last line is dropped", async () => {
  const lines: string[] = [];
  for await (const line of readLines(pieces("a", "b\n\ncd\ne", "f", "\ng"), 3)) lines.push(String(line));
  expect(lines).toEqual(["ab", "cd", "ef"]);
});

test("a line beyond the limit is an error and ends the response", async () => {
  let isClosed = false;
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield Buffer.from("x");
    } finally {
      isClosed = true;
    }
  }
  await expect(readLines(endless(), 100_000).next()).rejects.toThrow("a line is longer than 100000 bytes");
  expect(isClosed).toBe(true);
});

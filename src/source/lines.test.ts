import { expect, test } from "vitest";
import { openLines } from "./lines.ts";

function cut(most: number, ...chunks: readonly string[]) {
  const seen: string[] = [];
  const lines = openLines(
    most,
    (text) => seen.push(Buffer.from(text).toString()),
    () => seen.push("(too long)"),
  );
  for (const chunk of chunks) lines.push(Buffer.from(chunk));
  return { seen, lines };
}

test("lines are complete for any split of the bytes, without line terminators and empty lines", () => {
  const text = "one\ntwo\r\n\n\r\nthree\nrest";
  for (let size = 1; size <= text.length; size++) {
    const { seen, lines } = cut(100, ...(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []));
    expect(seen).toEqual(["one", "two", "three"]);
    expect(lines.unfinished).toBe(4);
    lines.end();
    expect(seen.at(-1)).toBe("rest");
  }
});

test("a line that is too long is skipped and reported once", () => {
  const { seen, lines } = cut(5, "123456\n12345\r\n", ..."x".repeat(50), "\nok\n", "1234567");
  expect(seen).toEqual(["(too long)", "12345", "(too long)", "ok"]);
  lines.end();
  expect(seen.at(-1)).toBe("(too long)");
});

test("the beginning of a line that is too long is kept", () => {
  const whole = Buffer.alloc(200_000, "abcdefghij");
  for (const size of [7, 4096, 65_535, 65_536, 65_537, 150_000, 200_000]) {
    const beginnings: Buffer[] = [];
    const lines = openLines(
      100_000,
      () => {},
      (beginning) => beginnings.push(Buffer.from(beginning)),
    );
    for (let at = 0; at < whole.length; at += size) lines.push(whole.subarray(at, at + size));
    lines.push(Buffer.from("\nshort\n"));
    expect(beginnings.map((beginning) => beginning.equals(whole.subarray(0, 65_536)))).toEqual([true]);
  }
});

import { expect, test } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { didYouMean, nearest } from "./did-you-mean.ts";

test.each([
  ["proc.nmae", "proc.name"],
  ["PROC.NAME", "proc.name"],
  ["fd.nam", "fd.name"],
  ["évt.type", "evt.type"],
  ["container", "container.id"],
])("%s is similar to %s", (word, expected) => {
  expect(nearest(word, ["evt.type", "proc.name", "fd.name", "container.id"])).toBe(expected);
});

test("a word has no suggestion if no known word is similar", () => {
  expect(didYouMean("xyzzy", ["proc.name", "fd.name"])).toBe("");
});

test("words are similar if the number of edits is at most a third of their length", () => {
  const random = seeded(3);
  const letters = "abc.defÀ\u0161";
  const text = (length: number): string => Array.from({ length }, () => letters[random.below(letters.length)]).join("");
  for (let i = 0; i < 2000; i++) {
    const word = text(6 + random.below(20));
    let other = word;
    for (let left = Math.floor(word.length / 3); left > 0; left--) {
      const at = random.below(word.length);
      other = `${other.slice(0, at)}${text(1)}${other.slice(at + 1)}`; // at most one edit
    }
    expect(nearest(word, [other])).toBe(other === word ? undefined : other);
  }
});

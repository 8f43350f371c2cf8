import { expect, test } from "vitest";
import { countText, sum, withstood } from "./outcome.ts";

const zeros = { attempts: 1, crashes: 0, hangs: 0, lost: 0 };

test("an attack is withstood if all measured counts are 0, and there was an attempt", () => {
  expect(withstood(zeros)).toBe(true);
  expect(withstood({ ...zeros, lost: undefined })).toBe(true);
  expect(withstood({ ...zeros, attempts: 0 })).toBe(false);
  for (const name of ["crashes", "hangs", "lost"]) expect(withstood({ ...zeros, [name]: 1 })).toBe(false);
});

test("the sum of counts is a dash only if none was measured", () => {
  const dash = { ...zeros, hangs: undefined };
  expect(sum([dash, dash])).toEqual({ attempts: 2, crashes: 0, hangs: undefined, lost: 0 });
  expect(sum([dash, { ...zeros, hangs: 2 }, { ...dash, lost: 3 }])).toEqual({
    attempts: 3,
    crashes: 0,
    hangs: 2,
    lost: 3,
  });
  expect([countText(undefined), countText(1200)]).toEqual(["–", "1,200"]);
});

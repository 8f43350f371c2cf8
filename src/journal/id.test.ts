import { expect, test } from "vitest";
import { idMaker, idRange, idText, timeOfId } from "./id.ts";

test("IDs increase, even if the clock goes back, and for any number of IDs per millisecond", () => {
  const clock = [1000, 1000, 5, 2000, 1999];
  let at = 0;
  const next = idMaker(undefined, () => clock[Math.floor(at++ / 6000) % clock.length]!);
  const ids = Array.from({ length: 30_000 }, () => idText(next()));
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
});

test("IDs continue after the largest existing ID", () => {
  const last = idMaker(undefined, () => 9_000)();
  const next = idMaker(last, () => 10)();
  expect(Buffer.compare(next, last)).toBe(1);
  expect(timeOfId(next)).toBe(9_000);
});

test("an ID is a UUIDv7 that begins with the time", () => {
  const id = idText(idMaker(undefined, () => 0x0190_5dac_96aa)());
  expect(id).toMatch(/^01905dac-96aa-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const [low, high] = idRange(id.slice(0, 10)) ?? [];
  expect(low && idText(low)).toBe("01905dac-9000-0000-0000-000000000000");
  expect(high && idText(high)).toBe("01905dac-9fff-ffff-ffff-ffffffffffff");
  expect(idRange("xyz")).toBeUndefined();
});

import { expect, test } from "vitest";
import { Deliveries } from "./deliveries.ts";

test("the rate is the mean of the last minute", () => {
  const deliveries = new Deliveries();
  expect(deliveries.rate("http", 500, 0)).toBe(0);
  expect(deliveries.rate("http", 501, 4000)).toBe(0.25);
  expect(deliveries.rate("http", 560, 30_000)).toBe(2);
  expect(deliveries.rate("http", 590, 90_000)).toBe(0); // the earlier samples are too old
  expect(deliveries.rate("http", 591, 92_000)).toBe(0.5);
  expect(deliveries.rate("http", 1, 93_000)).toBe(0); // the counter started again
});

test("the age of a state starts at its first observation; removed outputs are forgotten", () => {
  const deliveries = new Deliveries();
  expect(deliveries.since("http", "delivering", 1)).toBe(1);
  expect(deliveries.since("http", "delivering", 5)).toBe(1);
  expect(deliveries.since("http", "rejecting", 7)).toBe(7);
  deliveries.keepOnly(["redis"]);
  expect(deliveries.since("http", "rejecting", 9)).toBe(9);
});

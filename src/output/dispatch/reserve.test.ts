import { expect, test } from "vitest";
import type { Alert } from "../../alert/alert.ts";
import { alertWith } from "../alert.fixture.ts";
import type { BufferedAlert } from "./alert-source.ts";
import { admitted } from "./reserve.ts";

const of = (rule: string, priority: Alert["priority"] = "Warning"): BufferedAlert => ({
  alert: { ...alertWith("x", priority), rule },
  after: 0,
});
const many = (count: number, rule: string, priority?: Alert["priority"]) =>
  Array.from({ length: count }, () => of(rule, priority));

test("below the limit all alerts are admitted", () => {
  const alerts = many(300, "frequent");
  expect(admitted(alerts, many(700, "frequent"), 1000)).toBe(alerts);
});

test("severe alerts and alerts of rare rules can use a reserve that alerts of a frequent rule cannot use", () => {
  const waiting = many(900, "frequent");
  const [rare, severe] = [of("rare"), of("severe", "Critical")];
  const alerts = [...many(150, "frequent"), rare, ...many(50, "frequent"), severe, ...many(50, "frequent")];
  const taken = admitted(alerts, waiting, 1000);
  expect(taken).toHaveLength(102);
  expect(taken.slice(-2)).toEqual([rare, severe]);
  expect(admitted([of("rare")], [...waiting, ...taken], 1000)).toHaveLength(1);
});

test("the size of the reserve is limited, and its use is limited for each rule", () => {
  const full = many(1000, "frequent");
  expect(admitted(many(500, "one"), full, 1000)).toHaveLength(3);
  expect(admitted(many(500, "one", "Alert"), full, 1000)).toHaveLength(125);
  const varied = Array.from({ length: 5000 }, (_, i) => of(`rule ${i}`));
  const taken = admitted(varied, full, 1000);
  expect(taken).toHaveLength(250);
  expect(admitted([of("another", "Emergency")], [...full, ...taken], 1000)).toHaveLength(0);
});

import { expect, test } from "vitest";
import { Failure } from "../failure.ts";
import { firstError, openReload } from "./reload.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("requests during a reload cause one additional reload, and only the last outcome is returned", async () => {
  const waiting: (() => void)[] = [];
  let loads = 0;
  let ready = 0;
  const load = async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return ++loads;
  };
  const reload = openReload(load, () => ready++);
  for (let i = 0; i < 3; i++) reload.ask();
  waiting.shift()?.();
  await turn();
  expect(reload.take()).toBeUndefined();
  waiting.shift()?.();
  await turn();
  expect([loads, ready]).toEqual([2, 1]);
  expect(reload.take()).toEqual({ loaded: 2 });
  expect(reload.take()).toBeUndefined();
});

test("any error is returned as an outcome, so that the session continues", async () => {
  const failure = new Failure("Cannot load rules.\na.yaml:1:1: error: no\n  1 | x\n");
  const failing = openReload(
    () => Promise.reject(failure),
    () => {},
  );
  failing.ask();
  await turn();
  expect(failing.take()).toEqual({ failed: failure });
  expect(firstError(failure)).toBe("a.yaml:1:1: error: no");
  const crashing = openReload(
    () => Promise.reject(new TypeError("bug")),
    () => {},
  );
  crashing.ask();
  await turn();
  expect(crashing.take()).toEqual({ failed: new Failure("Cannot load the configuration or rule files: bug.") });
});

import { expect, test } from "vitest";
import { process, Stage, values } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";

test("events about unknown descriptors are counted, and events about known or invalid descriptors are not", () => {
  const stage = new Stage({}, [process(1, 0)]);
  const close = (fd: bigint) =>
    stage.happen(EventCode.CLOSE_X, 1, values(EventCode.CLOSE_X, { res: fd < 0n ? -9 : 0, fd }));
  stage.happen(EventCode.OPEN_X, 1, values(EventCode.OPEN_X, { fd: 3n, name: "/a", flags: 1, mode: 0 }));
  const before = stage.machine.failedFdLookups;
  expect(before).toBe(0);
  close(3n);
  close(-1n);
  expect(stage.machine.failedFdLookups).toBe(before);
  close(3n);
  expect(stage.machine.failedFdLookups).toBe(before + 1);
});

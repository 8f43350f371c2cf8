import { expect, test } from "vitest";
import { process, Stage, values } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";

test("enter events of old captures are counted: stored, without a thread, used and not used", () => {
  const stage = new Stage({ maxThreads: 1 }, [process(1, 0)]);
  const enter = (tid: number, name: string) =>
    stage.happen(EventCode.OPEN_E, tid, values(EventCode.OPEN_E, { name, flags: 1, mode: 0 }));
  const exit = (tid: number) =>
    stage.happen(EventCode.OPEN_X, tid, values(EventCode.OPEN_X, { fd: 3n, name: "/a", flags: 1, mode: 0 }));
  exit(1); // without enter half, as the sensor records calls
  expect(stage.machine.enters).toEqual({ stored: 0, notStored: 0, retrieved: 0, notRetrieved: 0 });
  enter(1, "/a");
  exit(1);
  expect(stage.machine.enters).toEqual({ stored: 1, notStored: 0, retrieved: 1, notRetrieved: 0 });
  enter(1, "/a");
  stage.happen(EventCode.CREAT_E, 1, values(EventCode.CREAT_E, { name: "/b", mode: 0 }));
  exit(1); // the last enter half was of another call
  enter(2, "/a"); // the table has no space for the thread
  expect(stage.machine.enters).toEqual({ stored: 3, notStored: 1, retrieved: 1, notRetrieved: 1 });
});

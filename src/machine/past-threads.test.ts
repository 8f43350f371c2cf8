import { expect, test } from "vitest";
import { execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { PastThreads } from "./past-threads.ts";

test("threads that exited or executed another program are found without their descriptors", () => {
  const stage = new Stage({ isAlive: () => true }, [process(1, 0), process(100, 1)]);
  const past = new PastThreads(stage.machine);
  stage.machine.past = past;
  stage.happen(EventCode.OPENAT_2_X, 100, [3, -100, "/etc/passwd", 1, 0, 0, 0]);
  const before = Number(stage.time);
  stage.time += 1_000_000_000n;
  stage.happen(EventCode.EXECVE_19_X, 100, execValues({ pid: 100, tid: 100, ptid: 1 }));
  const [earlier] = past.lineage(100, before);
  expect([earlier?.comm, earlier?.fds.size, stage.thread(100).fds.size]).toEqual(["bash", 0, 1]);
  stage.happen(EventCode.PROCEXIT_1_E, 100, [0, 0, 0, 0, 0]);
  const [exited, parent] = past.lineage(100, Number(stage.time));
  expect([exited?.comm, exited?.fds.size, parent?.pid]).toEqual(["cat", 0, 1]);
});

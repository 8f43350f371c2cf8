import { expect, test, vi } from "vitest";
import { process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import { Observed } from "../machine/observed.ts";
import { targetClass } from "./target.ts";

const inside = (vpid: number, vtid = vpid) => ({ vpid, vtid, pidnsInitStart: 5n });

/** A container with two processes, of which the first has two threads, and a process of another container. */
const stage = new Stage({}, [
  process(50, 1, { comm: "host" }),
  process(100, 50, { comm: "shell", ...inside(1) }),
  process(101, 50, { pid: 100, comm: "shell", ...inside(1, 7) }),
  process(102, 100, { comm: "server", ...inside(8) }),
  process(200, 50, { comm: "other", vpid: 9, vtid: 9, pidnsInitStart: 6n }),
]);

stage.machine.threads.linkAll();

function call(caller: number, id: number): Observed {
  const event = new Observed(stage.machine);
  event.type = EventCode.KILL_X;
  event.thread = stage.thread(caller);
  vi.spyOn(event, "length").mockReturnValue(8);
  vi.spyOn(event, "i64").mockReturnValue(id);
  return event;
}

const read = (name: string, event: Observed) =>
  targetClass.fields.find((field) => field.name === name)?.bind(undefined)(event);

/** target.is_other, target.pid and target.name of a call with the ID of a process. */
function target(caller: number, id: number): unknown[] {
  const event = call(caller, id);
  return ["target.is_other", "target.pid", "target.name"].map((name) => read(name, event));
}

test("the target of a call in a container is found in its PID namespace", () => {
  expect(target(100, 8)).toEqual([true, 102, "server"]);
  expect(target(100, 1)).toEqual([false, 100, "shell"]);
  expect(target(100, 7)).toEqual([false, 100, "shell"]);
  expect(target(101, 1)).toEqual([false, 100, "shell"]);
  expect(target(100, 9)).toEqual([true, undefined, undefined]);
  expect(target(100, 102)).toEqual([true, undefined, undefined]);
  expect(target(50, 102)).toEqual([true, 102, "server"]);
  expect(target(50, 50)).toEqual([false, 50, "host"]);
});

test("the threads are searched at most once for a call, and not for target.is_other", () => {
  const searches = vi.spyOn(stage.machine.threads, "values");
  target(100, 8);
  expect(searches).toHaveBeenCalledTimes(1);
  expect(read("target.is_other", call(102, 1))).toBe(true);
  expect(searches).toHaveBeenCalledTimes(1);
});

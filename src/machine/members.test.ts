import { describe, expect, test } from "vitest";
import { execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";

const CONTAINER = "abcdefabcdef";
const cgroups = `cpuset=/docker/${CONTAINER.padEnd(64, "0")}\0`;
const INIT = process(1, 0);
const FIRST = process(50, 1, { cgroups, vpid: 1, vtid: 1 });

/**
 * Creates a machine and a list of the processes from which accounts were read. Only processes in `living` have
 * accounts.
 */
function stageWith(living: readonly number[], threads: Parameters<typeof process>[]): [Stage, number[]] {
  const asked: number[] = [];
  const stage = new Stage(
    {
      isAlive: () => true,
      accounts(_, pid) {
        asked.push(pid);
        if (!living.includes(pid)) return undefined;
        return { users: [{ uid: 1234, gid: 1, name: "carol", home: "", shell: "" }], groups: [{ gid: 1, name: "g" }] };
      },
    },
    [INIT, ...threads.map((args) => process(...args))],
  );
  return [stage, asked];
}

/** Executes a program in a short-lived process of the container. Returns the name of its user. */
function runs(stage: Stage, tid: number): string | undefined {
  const { thread } = stage.happen(
    EventCode.EXECVE_19_X,
    tid,
    execValues({ pid: tid, tid, ptid: 1, cgroups, uid: 1234 }),
  );
  return thread === undefined ? undefined : stage.machine.user(thread)?.name;
}

describe("accounts of a container whose process has ended", () => {
  test("are read from its first process, which ran before the sensor", () => {
    const [stage, asked] = stageWith(
      [FIRST.pid],
      [
        [50, 1, FIRST],
        [60, 50, { cgroups }],
      ],
    );
    expect(runs(stage, 60)).toBe("carol");
    expect(asked).toContain(50);
  });

  test("are read from the next process that is observed", () => {
    const [stage] = stageWith(
      [70],
      [
        [60, 1, { cgroups }],
        [70, 1, { cgroups }],
      ],
    );
    expect(runs(stage, 60)).toBeUndefined();
    expect(runs(stage, 70)).toBe("carol");
  });

  test("are not read from a process that has exited", () => {
    const [stage, asked] = stageWith(
      [50],
      [
        [50, 1, FIRST],
        [60, 1, { cgroups }],
      ],
    );
    stage.happen(EventCode.PROCEXIT_1_E, 50, [0, 0, 0, 0, 0]);
    stage.happen(EventCode.SETSID_X, 1, [1]);
    expect(runs(stage, 60)).toBeUndefined();
    expect(asked).not.toContain(50);
  });
});

test("accounts of a container are read from its first process, not from that of a nested PID namespace", () => {
  const [stage, asked] = stageWith(
    [50, 60],
    [
      [50, 1, FIRST],
      [60, 50, { cgroups, vpid: 1, vtid: 1 }],
    ],
  );
  expect(runs(stage, 60)).toBe("carol");
  expect(new Set(asked)).toEqual(new Set([50]));
});

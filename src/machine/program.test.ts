import { describe, expect, test } from "vitest";
import { isExamined, type Program, Programs } from "./program.ts";
import { Thread } from "./thread.ts";

function running(path: string, ino: number, ctime = 1): Thread {
  return Object.assign(new Thread(1), { exepath: path, exeIno: BigInt(ino), exeInoCtime: BigInt(ctime) });
}

function counting(accept = true): { readonly programs: Programs; readonly asked: Program[] } {
  const asked: Program[] = [];
  const programs = new Programs((program) => {
    asked.push(program);
    return accept;
  });
  return { programs, asked };
}

describe("programs", () => {
  test("are examined once for each path, inode and change time", () => {
    const { programs, asked } = counting();
    for (const thread of [running("/a", 1), running("/a", 1), running("/b", 1), running("/a", 2), running("/a", 1, 2)])
      programs.started(thread);
    expect(asked).toHaveLength(4);
    expect(programs.size).toBe(4);
  });

  test("are examined separately on the machine and in containers, where an overlay can have files with the same numbers", () => {
    const { programs, asked } = counting();
    const contained = (): Thread => Object.assign(running("/a", 1), { containerId: "abc" });
    for (const thread of [contained(), running("/a", 1), contained(), running("/a", 1)]) programs.started(thread);
    expect(asked.map(({ isInContainer }) => isInContainer)).toEqual([true, false]);
  });

  test("that could not be examined are examined at the next start", () => {
    const { programs, asked } = counting(false);
    for (let i = 0; i < 3; i++) programs.started(running("/a", 1));
    expect([asked.length, programs.size]).toEqual([3, 1]);
  });

  test("without an inode have no identity", () => {
    const { programs, asked } = counting();
    const thread = running("/a", 0);
    programs.found(thread);
    expect([thread.program, asked.length]).toEqual([undefined, 0]);
  });

  test("are bounded, even if one file is repeatedly written and run", () => {
    const { programs } = counting();
    for (let i = 1; i <= 1000; i++) programs.started(running("/a", 1, i));
    expect(programs.size).toBe(16);
    for (let i = 1; i <= 40_000; i++) programs.started(running("/a", i));
    expect(programs.size).toBeLessThanOrEqual(16_384);
    const last = running("/a", 40_000);
    programs.started(last);
    expect(last.program?.ino).toBe(40_000n);
  });

  test("are examined again if their file was removed before the examination", () => {
    const asked: string[] = [];
    const programs = new Programs(({ path }) => asked.push(path) > 0);
    const threads = [running("/a", 1), running("/a", 1), running("/a", 1)];
    for (const [i, thread] of threads.entries()) {
      programs.started(thread);
      if (i === 0) (thread.program as Program).examination = "gone";
      if (i === 1) (thread.program as Program).examination = "done";
    }
    expect(asked).toEqual(["/a", "/a"]);
  });

  test("are awaited until they are examined or the timeout is reached", () => {
    const { programs } = counting();
    programs.patience = 60_000;
    const thread = running("/a", 1);
    programs.started(thread);
    const program = thread.program as Program;
    expect(isExamined(program)).toBe(false);
    program.examination = "done";
    expect(isExamined(program)).toBe(true);
    program.examination = "pending";
    program.awaitedUntil = 0;
    expect(isExamined(program)).toBe(true);
  });
});

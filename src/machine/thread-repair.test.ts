import { describe, expect, test } from "vitest";
import { cloneValues, execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import type { ThreadRecord } from "../event/snapshot.ts";
import { ThreadRepair } from "./thread-repair.ts";

const INIT = process(1, 0, { comm: "systemd", exe: "systemd" });
const SHELL = process(100, 1, { exeIno: 7n });
const APT = { comm: "apt", exe: "apt", exepath: "/usr/bin/apt", args: "install\0", exeIno: 8n };

/** A machine with a shell. `running` are the processes that can be read. */
function open() {
  const running: ThreadRecord[] = [];
  const asked: number[] = [];
  const lookup = (tid: number) => {
    asked.push(tid);
    const thread = running.find((each) => each.tid === tid);
    return thread && { thread, descriptors: [] };
  };
  const stage = new Stage({ lookup }, [INIT, SHELL]);
  const repair = new ThreadRepair(stage.machine);
  /** Performs a step. @param later nanoseconds from now up to which all events are evaluated */
  const step = (later: number): void => repair.step(Number(stage.time), Number(stage.time) + later);
  return { stage, repair, running, asked, step };
}

const close = (stage: Stage, tid: number) => stage.happen(EventCode.CLOSE_X, tid, [-9, 3]);

function start(stage: Stage, pid: number, ptid: number): void {
  stage.happen(EventCode.CLONE_20_X, pid, cloneValues(0, { tid: pid, pid, ptid, vtid: pid, vpid: pid }));
}

test("the parents of a thread whose start was dropped are read, too", () => {
  const { stage, running } = open();
  running.push(process(500, 400), process(400, 300, APT), process(300, 100));
  close(stage, 500);
  expect([500, 400, 300].map((tid) => stage.thread(tid).ptid)).toEqual([400, 300, 100]);
  expect(stage.thread(400).comm).toBe("apt");
});

describe("after dropped events", () => {
  test("an unknown process is read, and is the parent of its children", () => {
    const { stage, repair, running, step } = open();
    close(stage, 400);
    start(stage, 500, 400);
    repair.begin();
    step(0);
    expect([stage.thread(400).comm, stage.thread(500).ptid]).toEqual(["<NA>", 0]);
    running.push(process(400, 100, APT), process(500, 400));
    repair.begin();
    step(0);
    expect([stage.thread(400).comm, stage.thread(500).ptid, stage.thread(400).ptid]).toEqual(["apt", 400, 100]);
    expect([...(stage.thread(400).children ?? [])].map(({ tid }) => tid)).toEqual([500]);
  });

  test("the program of a process is replaced once all events up to the check are evaluated", () => {
    const { stage, repair, running, step } = open();
    running.push(process(100, 1, APT));
    close(stage, 100);
    repair.begin();
    step(0);
    step(0);
    expect([stage.thread(100).exepath, repair.isBusy]).toEqual(["/usr/bin/bash", true]);
    step(1e9);
    const { exepath, comm, args } = stage.thread(100);
    expect([exepath, comm, args, repair.isBusy]).toEqual(["/usr/bin/apt", "apt", ["install"], false]);
  });

  test("the container, session and directory of a process are replaced, too", () => {
    const { stage, repair, running, step } = open();
    const cgroups = `cpuset=/docker/${"ab".repeat(32)}\0`;
    running.push(process(100, 1, { ...APT, cgroups, cwd: "/srv", root: "/srv/jail", tty: 5, sid: 7, loginuid: 1000 }));
    close(stage, 100);
    repair.begin();
    step(0);
    step(1e9);
    const { containerId, cwd, root, tty, sid, loginuid } = stage.thread(100);
    expect([containerId, cwd, root, tty, sid, loginuid]).toEqual(["ab".repeat(6), "/srv/", "/srv/jail", 5, 7, 1000]);
  });

  test("the container of a process that was moved without an exec is replaced", () => {
    const { stage, repair, running, step } = open();
    running.push(process(100, 1, { exeIno: 7n, comm: "other", cgroups: `cpuset=/docker/${"ab".repeat(32)}\0` }));
    close(stage, 100);
    repair.begin();
    step(0);
    step(1e9);
    expect([stage.thread(100).containerId, stage.thread(100).comm]).toEqual(["ab".repeat(6), "bash"]);
    running.splice(0, 1, process(100, 1, { exeIno: 7n, cgroups: "cpuset=/\0" }));
    repair.begin();
    step(0);
    expect(repair.isBusy).toBe(false);
  });

  test("a working directory that an event sets in the meantime is kept", () => {
    const { stage, repair, running, step } = open();
    running.push(process(100, 1, { ...APT, cwd: "/srv" }));
    close(stage, 100);
    repair.begin();
    step(0);
    stage.happen(EventCode.CHDIR_X, 100, [0, "/opt"]);
    step(1e9);
    expect([stage.thread(100).comm, stage.thread(100).cwd]).toEqual(["apt", "/opt/"]);
  });

  test("a program that an event starts in the meantime is kept", () => {
    const { stage, repair, running, step } = open();
    running.push(process(100, 1, APT));
    close(stage, 100);
    repair.begin();
    step(0);
    const started = { pid: 100, exe: "other", comm: "other", trusted_exepath: "/tmp/other" };
    stage.happen(EventCode.EXECVE_19_X, 100, execValues(started));
    step(1e9);
    expect([stage.thread(100).exepath, repair.isBusy]).toEqual(["/tmp/other", false]);
  });

  test("another path of the same file is not another program", () => {
    const { stage, repair, running, step } = open();
    running.push(process(100, 1, { exepath: "/srv/jail/usr/bin/bash", exeIno: 7n }));
    close(stage, 100);
    repair.begin();
    step(0);
    expect(repair.isBusy).toBe(false);
  });

  test("processes are read in steps", () => {
    const { stage, repair, asked, step } = open();
    for (let pid = 1000; pid < 1100; pid++) start(stage, pid, 100);
    asked.length = 0;
    repair.begin();
    step(0);
    expect(asked).toHaveLength(16);
  });
});

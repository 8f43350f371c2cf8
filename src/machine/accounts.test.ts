import { describe, expect, test } from "vitest";
import { execValues, process, Stage } from "../../test/stage.ts";
import { EventCode } from "../event/code.ts";
import type { ThreadRecord, UserRecord } from "../event/snapshot.ts";
import type { AccountLookup } from "./accounts.ts";

const id = (number: number): string => number.toString(16).padStart(12, "0");
const cgroups = (number: number): string => `cpuset=/docker/${id(number).padEnd(64, "0")}\0`;
const user = (uid: number, name: string): UserRecord => ({ uid, gid: uid, name, home: "/", shell: "/bin/sh" });
const INIT = process(1, 0);

/** The first process of a container that was running before the sensor started. */
const first = (number: number): ThreadRecord =>
  process(100 + number, 1, { cgroups: cgroups(number), vpid: 1, vtid: 1, uid: 1000, gid: 1000 });

/** Passes an event of a thread. The first event links the snapshot. */
const quiet = (stage: Stage, tid: number): void => void stage.happen(EventCode.SETSID_X, tid, [1]);

describe("accounts of a container that ran before the sensor", () => {
  /**
   * Creates a machine with running containers.
   * @param asked receives the PIDs of the processes whose account files were read
   */
  function running(containers: number, accounts: AccountLookup, asked: number[] = []): Stage {
    const lookup: AccountLookup = (container, pid) => {
      if (container !== "") asked.push(pid);
      return accounts(container, pid);
    };
    const threads = Array.from({ length: containers }, (_, number) => first(number));
    const stage = new Stage({ isAlive: () => true, accounts: lookup }, [INIT, ...threads]);
    quiet(stage, 1);
    return stage;
  }

  const own: AccountLookup = (container) =>
    container === "" ? undefined : { users: [user(1000, `of ${container}`)], groups: [{ gid: 1000, name: "staff" }] };

  test("are known without an event of its processes", () => {
    const stage = running(2, own);
    expect(stage.machine.user(stage.thread(100))).toBeUndefined();
    while (stage.machine.readAccounts());
    expect(stage.machine.user(stage.thread(100))?.name).toBe(`of ${id(0)}`);
    expect(stage.machine.user(stage.thread(101))?.name).toBe(`of ${id(1)}`);
    expect(stage.machine.group(stage.thread(101))?.name).toBe("staff");
  });

  test("of 10,000 containers are read one container at a time, each once", () => {
    const asked: number[] = [];
    const stage = running(10_000, own, asked);
    expect(asked).toEqual([]); // files are not read before the first event is evaluated
    stage.machine.readAccounts();
    expect(asked).toEqual([100]);
    while (stage.machine.readAccounts());
    expect(asked.length).toBe(10_000);
    expect(stage.machine.user(stage.thread(100))?.name).toBe(`of ${id(0)}`);
    expect(stage.machine.user(stage.thread(10_099))?.name).toBe(`of ${id(9999)}`);
    stage.machine.readAccounts();
    expect(asked.length).toBe(10_000);
  });

  test("are read later if no time is left, including the accounts of a new process", () => {
    let isBusy = true;
    const stage = running(1, (container, pid) => (isBusy ? "later" : own(container, pid)));
    expect(stage.machine.readAccounts()).toBe(true);
    const exec = execValues({ pid: 90, tid: 90, ptid: 1, cgroups: cgroups(7), uid: 1000 });
    stage.happen(EventCode.EXECVE_19_X, 90, exec);
    isBusy = false;
    while (stage.machine.readAccounts());
    expect(stage.machine.user(stage.thread(100))?.name).toBe(`of ${id(0)}`);
    expect(stage.machine.user(stage.thread(90))?.name).toBe(`of ${id(7)}`);
  });

  test("are not read if the container has ended in the meantime", () => {
    const asked: number[] = [];
    const stage = running(1, own, asked);
    stage.happen(EventCode.PROCEXIT_1_E, 100, [0, 0, 0, 0, 0]);
    quiet(stage, 1);
    expect(stage.machine.readAccounts()).toBe(false);
    expect(asked).toEqual([]);
  });

  test("are read after rules that need containers were loaded", () => {
    const stage = new Stage({ isAlive: () => true, containers: false, accounts: own }, [INIT, first(0)]);
    quiet(stage, 1);
    expect(stage.machine.readAccounts()).toBe(false);
    stage.machine.watchContainers();
    stage.machine.readAccounts();
    expect(stage.machine.user(stage.thread(100))?.name).toBe(`of ${id(0)}`);
  });

  test("are read from its first process, not from another process that uses them first", () => {
    const asked: number[] = [];
    const stage = running(1, own, asked);
    const exec = execValues({ pid: 90, tid: 90, ptid: 100, cgroups: cgroups(0), uid: 1234 });
    stage.happen(EventCode.EXECVE_19_X, 90, exec);
    stage.happen(EventCode.EXECVE_19_X, 90, exec);
    expect(new Set(asked)).toEqual(new Set([100]));
  });
});

describe("many accounts", () => {
  test("of new containers displace each other, but not accounts of earlier containers", () => {
    const large = Array.from({ length: 60_000 }, (_, uid) => user(uid, "x"));
    const files: AccountLookup = (container) =>
      container === "" ? undefined : { users: container === id(0) ? [user(1000, "alice")] : large, groups: [] };
    const threads = Array.from({ length: 7 }, (_, number) => first(number));
    const stage = new Stage({ isAlive: () => true, accounts: files }, [INIT, ...threads]);
    quiet(stage, 1);
    while (stage.machine.readAccounts());
    let stored = 0;
    for (let number = 0; number < 7; number++)
      for (let uid = 0; uid < 60_000; uid++)
        if (stage.machine.accountTable.user(id(number), uid) !== undefined) stored++;
    expect(stored).toBeLessThanOrEqual(262_144);
    expect(stage.machine.user(stage.thread(100))?.name).toBe("alice");
    expect(stage.machine.user(stage.thread(101))?.name).toBe("x");
  });

  test("of removed containers no longer count toward the limit", () => {
    const table = new Stage({}, []).machine.accountTable;
    for (let round = 0; round < 12; round++) {
      for (let uid = 0; uid < 60_000; uid++) table.addUser("flood", user(uid, `${round}`));
      if (round % 2 === 0) table.removeContainer("flood");
      else for (let uid = 0; uid < 60_000; uid++) table.removeUser("flood", uid);
    }
    for (let uid = 0; uid < 60_000; uid++) for (const box of ["a", "b", "c", "d"]) table.addUser(box, user(uid, box));
    for (const box of ["a", "b", "c", "d"]) expect(table.user(box, 59_999)?.name).toBe(box);
  });
});

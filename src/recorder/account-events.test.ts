import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { execValues, process } from "../../test/stage.ts";
import { CaptureWriter } from "../capture/writer.ts";
import { EventCode } from "../event/code.ts";
import { EventNote } from "../event/event.ts";
import type { UserRecord } from "../event/snapshot.ts";
import { type ParamValue, writeEvent } from "../event/write.ts";
import type { AccountLookup } from "../machine/accounts.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { openCapture } from "../source/capture/source.ts";
import type { Source } from "../source/source.ts";
import { readAccounts } from "../source/syscall/proc/accounts.ts";
import { EventRing } from "./event-ring.ts";
import { RecordedAccounts } from "./recorded-accounts.ts";
import { stateOf } from "./state.ts";

const BOX = "0123456789ab";
const CGROUPS = `cpu=/docker/${BOX}${"0".repeat(52)}\0`;
const [SHELL, BEGIN] = [100, 1_700_000_000_000_000_000n];

type Happening = readonly [code: number, values: readonly ParamValue[]];
const setuid = (uid: number): Happening => [EventCode.SETUID_X, [0, uid]];
const setgid = (gid: number): Happening => [EventCode.SETGID_X, [0, gid]];
/** An exec that shows the shell in the container for the first time. */
const enter: Happening = [
  EventCode.EXECVE_19_X,
  execValues({ pid: SHELL, ptid: 1, tid: SHELL, cgroups: CGROUPS, uid: 33, gid: 33, loginuid: 1000 }),
];

const user = (uid: number, name: string): UserRecord => ({ uid, gid: uid, name, home: "/", shell: "/bin/sh" });
const ownFiles: AccountLookup = (id) =>
  id === BOX ? { users: [user(33, "www-data"), user(1000, "alice")], groups: [{ gid: 33, name: "web" }] } : undefined;

function sourceOf(happenings: readonly Happening[]): Source {
  const events = happenings.map(
    ([code, values], i) => [code, writeEvent(code, SHELL, BEGIN + BigInt(i), values)] as const,
  );
  return {
    ...{ name: "syscall", close() {} },
    snapshot(sink) {
      sink.accounts([user(0, "root")], [{ gid: 0, name: "root" }]);
      sink.thread(process(1, 0));
      sink.thread(process(SHELL, 1));
    },
    next(event) {
      const [, bytes] = events.shift() ?? [];
      if (bytes === undefined) return false;
      event.flags = 0;
      event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
      return true;
    },
  };
}

/** Names of user, login user and group at each evaluated event, and type and flags of all other events. */
function namesIn(source: Source, machine: Machine) {
  const event = new Observed(machine);
  source.snapshot(machine);
  const names: (string | undefined)[][] = [];
  const others: [number, number][] = [];
  while (source.next(event)) {
    machine.observe(event);
    const { thread } = event;
    if (thread === undefined) others.push([event.type, event.flags]);
    else names.push([machine.user(thread)?.name, machine.loginUser(thread)?.name, machine.group(thread)?.name]);
    machine.settle(event);
  }
  return { names, others };
}

function replayed(bytes: Uint8Array) {
  const folder = mkdtempSync(join(tmpdir(), "eyas-accounts-"));
  const file = join(folder, "events.scap");
  writeFileSync(file, bytes);
  const source = openCapture(file);
  const found = namesIn(source, new Machine());
  expect(source.warning).toBeUndefined();
  source.close();
  rmSync(folder, { recursive: true });
  return found;
}

/** Names from a live run, and from a replay of the flight recorder's events. */
async function recorded(happenings: readonly Happening[], accounts: AccountLookup) {
  const machine = new Machine({ accounts });
  const ring = new EventRing(sourceOf(happenings), machine, { size: 1 << 26, before: 1e12 });
  const live = namesIn(ring, machine);
  const pieces = ring.window(Number.POSITIVE_INFINITY).map(({ packed }) => packed);
  return { live, replay: replayed(Buffer.concat((await Promise.all(pieces)).map((one) => one!))) };
}

test("names from a container's files are in the flight recorder's events before the first event with them", async () => {
  const { live, replay } = await recorded([enter, setuid(1000)], ownFiles);
  expect(live.names).toEqual([
    ["www-data", "alice", "web"],
    ["alice", "alice", "web"],
  ]);
  expect(replay.names).toEqual(live.names);
  // As in the live run, these events are not evaluated against rules.
  expect(new Set(replay.others.map(([, flags]) => flags))).toEqual(new Set([EventNote.STATE_ONLY]));
});

test("a user added to the machine's account files is in the events", async () => {
  const late: AccountLookup = () => ({ users: [user(0, "root"), user(7, "late")], groups: [] });
  const { live, replay } = await recorded([setuid(7)], late);
  expect(replay).toMatchObject({ names: [["late", undefined, "root"]], others: [[EventCode.USER_ADDED_E, 1]] });
  expect(live.names).toEqual(replay.names);
});

test("a long account file adds its first accounts and the accounts of processes", async () => {
  const users = Array.from({ length: 5000 }, (_, i) => user(i + 1, `u${i + 1}`.padEnd(255, "x")));
  const groups = users.map(({ uid: gid, name }) => ({ gid, name }));
  const many: AccountLookup = (id) => (id === BOX ? { users, groups } : undefined);
  const { live, replay } = await recorded([enter, setuid(4000), setuid(4000), setgid(4100)], many);
  expect(replay.names.at(-1)).toEqual([users[3999]?.name, users[999]?.name, users[4099]?.name]);
  expect(replay.names).toEqual(live.names);
  expect(replay.others.length).toBeLessThan(520);
});

test("the state has the accounts in the events, not the whole file", () => {
  const users = Array.from({ length: 50_000 }, (_, i) => user(i + 1, `u${i + 1}`));
  const machine = new Machine({ accounts: (id) => (id === BOX ? { users, groups: [] } : undefined) });
  namesIn(sourceOf([enter, setuid(40_000)]), machine);
  const size = stateOf(machine, BEGIN, { most: Number.POSITIVE_INFINITY });
  expect(size.length).toBeLessThan(100_000);
  expect(replayed(size).others.length).toBe(258);
});

test("hostile entries of an account file are in the state, with the same values when replayed", () => {
  const passwd = [
    `${"x".repeat(70_000)}:x:33:33::/${"y".repeat(70_000)}:/bin/sh`,
    "cut\0here:x:1000:1000::/:/bin/sh",
    "overflow:x:4294967329:33::/:/bin/sh",
  ].join("\n");
  const accounts = readAccounts((path) => (path === "etc/passwd" ? passwd : undefined));
  const machine = new Machine({ accounts: (id) => (id === BOX ? accounts : undefined) });
  const { names } = namesIn(sourceOf([enter]), machine);
  expect(names).toEqual([["x".repeat(255), "cut", undefined]]);
  const { accountTable } = machine;
  expect(accountTable.user(BOX, 33)?.home.length).toBe(255);
  expect(replayed(stateOf(machine, BEGIN, { most: 1 << 20 })).others.length).toBe(2);
});

test("eyas record writes the accounts", () => {
  const parts: Uint8Array[] = [];
  const writer = new CaptureWriter({ write: (bytes) => void parts.push(bytes.slice()) });
  const accounts = new RecordedAccounts({ accounts: ownFiles, isAlive: () => true }, (code, bytes) =>
    writer.raw(bytes, 0, bytes.length, code, 0, EventNote.STATE_ONLY),
  );
  const source = sourceOf([enter, setuid(1000)]);
  source.snapshot(accounts.with(writer));
  accounts.begin(() => {});
  while (source.next(accounts.event)) {
    accounts.see();
    writer.event(accounts.event);
  }
  writer.flush();
  expect(replayed(Buffer.concat(parts)).names).toEqual([
    ["www-data", "alice", "web"],
    ["alice", "alice", "web"],
  ]);
});

test("a recording starts with the accounts of running containers", () => {
  const passed: number[] = [];
  const accounts = new RecordedAccounts({ accounts: ownFiles, isAlive: () => true }, (code) => passed.push(code));
  const nothing = new CaptureWriter({ write() {} });
  accounts.with(nothing).thread(process(SHELL, 1, { cgroups: CGROUPS, uid: 33, gid: 33 }));
  accounts.begin(() => {});
  expect(passed).toEqual([EventCode.USER_ADDED_E, EventCode.USER_ADDED_E, EventCode.GROUP_ADDED_E]);
});

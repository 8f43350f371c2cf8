import { describe, expect, it } from "vitest";
import { dnsOnly } from "../../event/narrowed.ts";
import { syscallId, syscallName } from "../../event/syscalls.ts";
import { stateSyscalls } from "../../event/types.ts";
import { dnsMessages, selectCalls } from "./select.ts";

const ids = (names: string) => new Set(names.split(" ").map((name) => syscallId.get(name) ?? -1));
const names = (calls: Iterable<number>) => [...calls].map((id) => syscallName[id]).sort();
const plain = { customSet: [], repair: false, all: false };

describe("the selection of system calls", () => {
  it("contains the calls that rules and the state need", () => {
    const { calls } = selectCalls(ids("ptrace kexec_load"), plain);
    expect(calls).toEqual(new Set([...ids("ptrace kexec_load"), ...stateSyscalls]));
  });

  it("excludes and reports frequent calls that only rules need", () => {
    const { calls, unwatched } = selectCalls(ids("read write openat"), plain);
    expect(names(unwatched)).toEqual(["read", "write"]);
    expect(calls.has(syscallId.get("recvfrom") ?? -1)).toBe(true);
  });

  it("includes frequent calls if configured", () => {
    expect(selectCalls(ids("read"), { ...plain, all: true }).unwatched).toEqual([]);
  });

  it("contains a custom set instead of the calls that the state needs", () => {
    const { calls, unknownNames } = selectCalls(ids("ptrace"), {
      ...plain,
      customSet: ["clone", "nonsense", "setuid"],
    });
    expect(names(calls)).toEqual(["clone", "ptrace", "sched_process_exit", "setuid", "setuid32"]);
    expect(unknownNames).toEqual(["nonsense"]);
  });

  it("excludes calls of the custom set, and keeps calls that the state needs", () => {
    const { calls, unwatched } = selectCalls(ids("ptrace"), { ...plain, customSet: ["!ptrace", "!mount"] });
    expect(names(unwatched)).toEqual(["ptrace"]);
    expect(calls).toEqual(new Set(stateSyscalls.filter((id) => syscallName[id] !== "mount")));
  });

  it("includes the DNS messages of frequent calls, unless the call is excluded", () => {
    const { calls, unwatched } = selectCalls(new Set(dnsMessages), plain);
    expect(dnsMessages.every((id) => calls.has(id))).toBe(true);
    expect(unwatched).toEqual([]);
    const without = selectCalls(new Set(dnsMessages), { ...plain, customSet: ["!write"] });
    expect(names(without.unwatched)).toEqual(["write"]);
    expect(without.calls.has(dnsOnly(syscallId.get("write") ?? -1))).toBe(false);
    expect(without.calls.has(dnsOnly(syscallId.get("read") ?? -1))).toBe(true);
  });

  it("adds the minimum of calls for a correct state", () => {
    const always =
      "capset chdir chroot clone clone3 execve execveat fchdir fork prctl sched_process_exit setgid setgid32 setpgid setresgid setresgid32 setresuid setresuid32 setsid setuid setuid32 vfork";
    const repaired = (rules: string, customSet: string[] = []) =>
      selectCalls(ids(rules), { customSet, repair: true, all: false }).calls;
    expect(names(repaired("ptrace"))).toEqual([...always.split(" "), "ptrace"].sort());
    expect(names(repaired("openat"))).toEqual([...always.split(" "), "openat", "close"].sort());
    expect(names(repaired("accept4"))).toEqual(
      [...always.split(" "), "accept4", "close", "socket", "getsockopt", "bind"].sort(),
    );
    expect(names(repaired("ptrace", ["connect"]))).toEqual(
      [...always.split(" "), "ptrace", "connect", "close", "socket", "getsockopt"].sort(),
    );
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { EventCode } from "./code.ts";
import { flagTable } from "./flags.ts";
import { Category, EventFlag, Origin } from "./schema.ts";
import { nativeArm64, nativeIa32, nativeX64, syscallId, syscallName } from "./syscalls.ts";
import {
  codesByName,
  codesOfSyscall,
  eventTypes,
  exitCodes,
  genericCall,
  genericName,
  isGeneric,
  paramCount,
} from "./types.ts";

const shared = process.env.EYAS_SHARED ?? new URL("../../../shared", import.meta.url).pathname;
const listing = `${shared}/reference/events.json`;

interface Listed {
  dir: string;
  name: string;
  params: { name: string; type: string; flags?: string[] }[];
}

describe("event types", () => {
  it("finds an event by name, key and code", () => {
    const type = eventTypes[EventCode.OPENAT_2_X]!;
    expect(type).toMatchObject({ code: 307, key: "OPENAT_2_X", name: "openat", enter: false });
    expect(type.category).toBe(Category.file | Origin.syscall);
    expect(type.flags & EventFlag.createsFd).not.toBe(0);
    expect(type.params.map((param) => `${param.name}:${param.type}`)).toEqual([
      "fd:FD",
      "dirfd:FD",
      "name:FSRELPATH",
      "flags:FLAGS32",
      "mode:UINT32",
      "dev:UINT32",
      "ino:UINT64",
    ]);
    expect(type.params[2]!.dirfd).toBe(1);
    expect(type.params[3]!.format).toBe("hex");
    expect(codesByName.get("openat")).toContain(type.code);
  });

  it("contains every code under its key", () => {
    expect(eventTypes.length).toBe(454);
    for (const [key, code] of Object.entries(EventCode)) expect(eventTypes[code]!.key).toBe(key);
    for (const [code, type] of eventTypes.entries()) expect(type.code).toBe(code);
  });

  it("has no more parameters than a cursor supports", () => {
    expect(Math.max(...paramCount)).toBeLessThanOrEqual(32);
  });

  it("has exactly one current event for every known system call", () => {
    for (const [id, name] of syscallName.entries()) {
      if (id === 0 || name === "") continue;
      expect(codesOfSyscall[id]!.length, name).toBe(1);
    }
  });

  it("names generic events after their system call", () => {
    expect(genericName(syscallId.get("getppid") ?? 0)).toBe("getppid");
    expect(genericName(0)).toBe("unknown");
    expect(genericName(60000)).toBe("unknown");
    expect(genericName(genericCall(0, 221))).toBe("fadvise64");
    expect(genericCall(5, 221)).toBe(5);
    expect(isGeneric(EventCode.GENERIC_X)).toBe(true);
    expect(eventTypes[EventCode.GENERIC_X]!.syscalls).toContain(syscallId.get("getppid"));
  });

  it("maps native numbers to calls and their events", () => {
    expect(syscallName[nativeX64[257]!]).toBe("openat");
    expect(syscallName[nativeArm64[56]!]).toBe("openat");
    expect(syscallName[nativeIa32[295]!]).toBe("openat");
    expect(exitCodes(nativeX64)[257]).toBe(EventCode.OPENAT_2_X);
    expect(exitCodes(nativeX64)[39]).toBe(EventCode.GENERIC_X);
  });

  it("has the values of flags", () => {
    expect(new Map(flagTable.get("file_flags")).get("O_CLOEXEC")).toBe(4096);
    expect(flagTable.size).toBe(57);
  });
});

test("event types are the same as in the reference", needs("shared tables"), () => {
  const listed: Listed[] = JSON.parse(readFileSync(listing, "utf8"));
  const ours: Listed[] = [];
  const generic: Listed[] = [];
  for (const type of eventTypes) {
    if (type.flags & EventFlag.unused || type.category & Origin.iter) continue;
    if (type.flags & EventFlag.oldVersion && !isGeneric(type.code)) continue;
    const row = {
      dir: type.enter ? ">" : "<",
      params: type.params.map((param) => ({
        name: param.name,
        type: param.type === "DYN" ? "DYNAMIC" : param.type,
        ...(param.flags === undefined || param.type === "MODE" ? {} : { flags: param.flags.map(([name]) => name) }),
      })),
    };
    if (isGeneric(type.code)) for (const id of type.syscalls) generic.push({ name: syscallName[id]!, ...row });
    else ours.push({ name: type.name, ...row });
  }
  const text = (rows: Listed[]) => rows.map((row) => `${row.dir}${row.name}(${row.params.map(paramText)})`).sort();
  const paramText = (param: Listed["params"][number]) => `${param.name}:${param.type}:${param.flags ?? ""}`;
  expect(text([...ours, ...generic])).toEqual(text(listed));
});

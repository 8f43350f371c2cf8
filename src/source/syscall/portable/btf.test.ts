import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SensorError } from "../sensor-error.ts";
import { alias, array, buildBtf, enumeration, int, pointer, struct } from "./btf.fixture.ts";
import { Btf, Kind } from "./btf.ts";

const KERNEL = "/sys/kernel/btf/vmlinux";

test("types are read with their names, sizes, members and values", () => {
  const btf = new Btf(
    buildBtf(
      int("int", 4, true),
      alias("number_t", 1),
      array(2, 3),
      struct("thing", 24, ["first", 2, 0], ["list", 3, 64], ["next", 5, 128]),
      pointer(4),
      enumeration("kind", ["ONE", 1], ["MINUS", -1 >>> 0]),
    ),
    "test",
  );
  const [thing] = btf.typesNamed("thing");
  expect(thing).toMatchObject({ kind: Kind.STRUCT, size: 24, count: 3 });
  expect(btf.memberNamed(thing!, "list")).toEqual({ name: "list", type: 3, offset: 64, bits: 0 });
  expect([2, 3, 4, 5].map((id) => btf.sizeOf(id))).toEqual([4, 12, 24, 8]);
  expect(btf.enumValue(btf.typesNamed("kind")[0]!, "MINUS")).toBe(0xffffffffn);
  expect(btf.typesNamed("absent")).toEqual([]);
  expect(btf.typesNamed("number_t")[0]?.name).toBe("int");
});

const invalid: readonly (readonly [string, Buffer])[] = [
  ["an empty file", Buffer.alloc(0)],
  ["a text", Buffer.from("# not a BTF file, but longer than its header\n")],
  ["the other byte order", buildBtf(int("int", 4)).subarray(0, 40).swap16()],
  ["a header only", buildBtf(int("int", 4)).subarray(0, 24)],
  ["half a file", buildBtf(int("int", 4), pointer(1)).subarray(0, 40)],
  ["an unknown kind", buildBtf({ kind: 31, size: 0 })],
  ["more members than bytes", buildBtf({ kind: Kind.STRUCT, count: 0xffff, size: 8 })],
];
test.each(invalid)("%s is rejected with the name of the file", (_what, bytes) => {
  expect(() => new Btf(bytes, "/boot/some.btf")).toThrow(SensorError);
  expect(() => new Btf(bytes, "/boot/some.btf")).toThrow(/in \/boot\/some\.btf cannot be used: .+\.$/);
});

test("references in circles and to nothing are rejected when they are followed", () => {
  const btf = new Btf(
    buildBtf(alias("self", 1), array(2, 2), struct("bad", 8, ["member", 99, 0], ["", 3, 0]), int("int", 4)),
    "test",
  );
  expect(() => btf.resolve(1)).toThrow(/chain of type 1 is too long/);
  expect(() => btf.sizeOf(2)).toThrow(SensorError);
  expect(() => btf.sizeOf(99)).toThrow(/no type 99/);
  expect(() => btf.memberNamed(btf.type(3), "absent")).toThrow(/too many members/);
});

test("many types with the same name are rejected", () => {
  const btf = new Btf(buildBtf(...Array.from({ length: 100 }, () => struct("same", 8))), "test");
  expect(() => btf.typesNamed("same")).toThrow(/several different types same/);
});

describe.runIf(existsSync(KERNEL))("BTF of the running kernel", () => {
  const bytes = readFileSync(KERNEL);

  test("has the structures that the probe reads", () => {
    const btf = new Btf(bytes, KERNEL);
    const [task] = btf.typesNamed("task_struct");
    const comm = btf.memberNamed(task!, "comm");
    expect(btf.sizeOf(comm!.type)).toBe(16);
    expect(comm!.offset / 8 + 16).toBeLessThan(task!.size);
    expect(btf.typesNamed("list_head").map(({ size }) => size)).toEqual([16]);
    expect(btf.enumValue(btf.typesNamed("pid_type")[0]!, "PIDTYPE_SID")).toBe(3n);
  });

  test("cut off anywhere, it is rejected", () => {
    for (let i = 1; i < 50; i++) {
      const size = Math.floor((bytes.length * i) / 50);
      expect(() => new Btf(bytes.subarray(0, size), KERNEL)).toThrow(SensorError);
    }
  });

  test("with changed bytes, it is rejected or read, but causes no other error", () => {
    const damaged = Buffer.from(bytes);
    for (let i = 0; i < 40; i++) {
      const at = 24 + ((i * 7_919_777) % (bytes.length - 24));
      const before = damaged[at]!;
      damaged[at] = before ^ (1 << (i % 8));
      try {
        const btf = new Btf(damaged, KERNEL);
        for (const task of btf.typesNamed("task_struct")) btf.memberNamed(task, "absent");
      } catch (error) {
        expect(error).toBeInstanceOf(SensorError);
      }
      damaged[at] = before;
    }
  });
});

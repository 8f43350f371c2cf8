import { describe, expect, test } from "vitest";
import { array, bitStruct, buildBtf, enumeration, int, pointer, struct } from "./btf.fixture.ts";
import { Btf, Kind } from "./btf.ts";
import { patch, Relocate, type Relocation, relocationValue, type Step } from "./relocate.ts";

const [INT, UNSIGNED, POINTER] = [1, 2, 3];
const btf = new Btf(
  buildBtf(
    int("int", 4, true),
    int("unsigned int", 4),
    pointer(0),
    struct("inner", 16, ["a", INT, 0], ["b", POINTER, 64]),
    struct("", 24, ["hidden", INT, 32], ["deep", 4, 64]),
    array(4, 4),
    struct("outer", 200, ["first", INT, 0], ["", 5, 64], ["list", 6, 256], ["end", POINTER, 1536]),
    bitStruct("bits", 8, ["low", UNSIGNED, 0, 3], ["high", UNSIGNED, 30, 1], ["plain", UNSIGNED, 32, 0]),
    enumeration("kind", ["FIRST", 0], ["LAST", 7]),
    struct("twice", 8, ["member", INT, 0]),
    struct("twice", 8, ["other", INT, 0], ["member", INT, 32]),
    struct("twice", 8, ["unlike", INT, 0]),
  ),
  "test",
);

function value(kind: number, type: string, path: readonly Step[], of: number = Kind.STRUCT): bigint | undefined {
  return relocationValue(btf, { kind, type, of, path });
}

describe("offsets of fields", () => {
  const { FIELD_BYTE_OFFSET, FIELD_EXISTS } = Relocate;

  test("follow members, anonymous structures and arrays", () => {
    expect(value(FIELD_BYTE_OFFSET, "outer", [0, ["first", "number"]])).toBe(0n);
    expect(value(FIELD_BYTE_OFFSET, "outer", [0, ["hidden", "number"]])).toBe(12n);
    expect(value(FIELD_BYTE_OFFSET, "outer", [0, ["deep", "struct"], ["b", "pointer"]])).toBe(24n);
    const inList: Step[] = [0, ["list", "array of struct"], 2, ["b", "pointer"]];
    expect(value(FIELD_BYTE_OFFSET, "outer", inList)).toBe(72n);
    expect(value(FIELD_BYTE_OFFSET, "outer", [2, ["end", "pointer"]])).toBe(592n);
  });

  test("are absent for fields that the kernel does not have, or has with another shape", () => {
    const absent: readonly Step[][] = [
      [0, ["nothing", "number"]],
      [0, ["first", "pointer"]],
      [0, ["list", "array of struct"], 9],
      [0, ["first", "number"], 1],
    ];
    for (const path of absent) {
      expect(value(FIELD_BYTE_OFFSET, "outer", path)).toBeUndefined();
      expect(value(FIELD_EXISTS, "outer", path)).toBe(0n);
    }
    expect(value(FIELD_BYTE_OFFSET, "nowhere", [0, ["a", "number"]])).toBeUndefined();
    expect(value(FIELD_EXISTS, "outer", [0, ["end", "pointer"]])).toBe(1n);
  });

  test("must be the same in all types with the name and the field", () => {
    expect(value(FIELD_BYTE_OFFSET, "twice", [0, ["unlike", "number"]])).toBe(0n);
    expect(() => value(FIELD_BYTE_OFFSET, "twice", [0, ["member", "number"]])).toThrow(/several different types twice/);
    expect(value(FIELD_EXISTS, "twice", [0, ["member", "number"]])).toBe(1n);
  });
});

test("a bit field is read from the integer that contains it, shifted up and down", () => {
  const of = (path: readonly Step[]) =>
    [
      Relocate.FIELD_BYTE_OFFSET,
      Relocate.FIELD_BYTE_SIZE,
      Relocate.FIELD_LSHIFT_U64,
      Relocate.FIELD_RSHIFT_U64,
      Relocate.FIELD_SIGNED,
    ].map((kind) => value(kind, "bits", path));
  expect(of([0, ["low", "number"]])).toEqual([0n, 4n, 61n, 61n, 0n]);
  expect(of([0, ["high", "number"]])).toEqual([0n, 4n, 33n, 63n, 0n]);
  expect(of([0, ["plain", "number"]])).toEqual([4n, 4n, 32n, 32n, 0n]);
});

test("types and values of enumerations exist or do not", () => {
  const { TYPE_EXISTS, TYPE_SIZE, ENUMVAL_EXISTS, ENUMVAL_VALUE } = Relocate;
  expect([TYPE_EXISTS, TYPE_SIZE].map((kind) => value(kind, "outer", []))).toEqual([1n, 200n]);
  expect([TYPE_EXISTS, TYPE_SIZE].map((kind) => value(kind, "nowhere", []))).toEqual([0n, 0n]);
  const last: Relocation = { kind: ENUMVAL_VALUE, type: "kind", of: Kind.ENUM, value: "LAST" };
  expect(relocationValue(btf, last)).toBe(7n);
  expect(relocationValue(btf, { ...last, value: "NONE" })).toBeUndefined();
  expect(relocationValue(btf, { ...last, kind: ENUMVAL_EXISTS, value: "NONE" })).toBe(0n);
});

describe("instructions", () => {
  const bytes = (...codes: number[]) => {
    const program = new DataView(new ArrayBuffer(codes.length * 8));
    codes.forEach((code, i) => {
      program.setUint8(i * 8, code);
    });
    return program;
  };
  const [MOVE, LOAD, LOAD_CONSTANT, CALL] = [0xb7, 0x61, 0x18, 0x85];

  test("get the value as constant or offset, by their kind", () => {
    const program = bytes(MOVE, LOAD, LOAD_CONSTANT, 0);
    patch(program, 0, 1234n);
    patch(program, 1, 56n);
    patch(program, 2, 0x1_0000_0002n);
    expect([program.getInt32(4, true), program.getInt16(10, true)]).toEqual([1234, 56]);
    expect([program.getInt32(20, true), program.getInt32(28, true)]).toEqual([2, 1]);
  });

  test("without a value become a call that the verifier rejects unless it is unreachable", () => {
    const program = bytes(MOVE, LOAD_CONSTANT, 0);
    patch(program, 0, undefined);
    patch(program, 1, undefined);
    expect([0, 8, 16].map((at) => program.getUint8(at))).toEqual([CALL, CALL, CALL]);
  });
});

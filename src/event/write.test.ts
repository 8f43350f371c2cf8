import { describe, expect, it } from "vitest";
import { toByteString } from "./bytes.ts";
import { EventCode } from "./code.ts";
import { Event } from "./event.ts";
import { writeEvent } from "./write.ts";

function place(bytes: Uint8Array, lengthSize: 2 | 4 = 2): Event {
  const event = new Event();
  const view = new DataView(bytes.buffer);
  expect(event.placeWithin(bytes, view, 0, bytes.length, 3, lengthSize)).toBe(true);
  return event;
}

describe("an event", () => {
  it("is read as written", () => {
    const time = 1_700_000_000_123_456_789n;
    const event = place(
      writeEvent(EventCode.OPENAT_2_X, 2 ** 40 + 7, time, [-2, -100, toByteString("/etc/ünï"), 1, 0o600, 5, 2n ** 63n]),
    );
    expect(event).toMatchObject({ type: EventCode.OPENAT_2_X, tid: 2 ** 40 + 7, cpu: 3, count: 7, time });
    expect(event.i64(0)).toBe(-2);
    expect(event.i64(1)).toBe(-100);
    expect(event.text(2)).toBe(toByteString("/etc/ünï"));
    expect(event.raw(2)).toBe(`${toByteString("/etc/ünï")}\0`);
    expect(event.u32(4)).toBe(0o600);
    expect(event.bigU64(6)).toBe(2n ** 63n);
    expect(event.timeNumber).toBeCloseTo(Number(time));
  });

  it("may have empty and missing parameters", () => {
    const event = place(writeEvent(EventCode.OPENAT_2_X, 1, 0n, [3, null, "x"]));
    expect([0, 1, 2, 3, 6].map((i) => event.length(i))).toEqual([8, 0, 2, 0, 0]);
    expect(event.text(1)).toBe("");
    expect(event.text(6)).toBe("");
  });

  it("has 32-bit lengths if its type has large payloads", () => {
    const json = "x".repeat(100_000);
    expect(place(writeEvent(EventCode.CONTAINER_JSON_2_E, 1, 0n, [json]), 4).text(0)).toBe(json);
    expect(() => writeEvent(EventCode.OPENAT_2_X, 1, 0n, [1, 2, json])).toThrow(/longer than 65,535/);
  });

  it("cannot have more parameters than its type", () => {
    expect(() => writeEvent(EventCode.GETUID_X, 1, 0n, [1, 2])).toThrow("GETUID_X has 1 parameters");
  });

  it("is rejected by the cursor if its lengths don't fit", () => {
    const bytes = writeEvent(EventCode.OPENAT_2_X, 1, 0n, [3, -100, "abc"]);
    const view = new DataView(bytes.buffer);
    const event = new Event();
    const fits = (room: number) => event.placeWithin(bytes, view, 0, room, 0, 2);
    expect(fits(bytes.length)).toBe(true);
    expect(fits(bytes.length - 1)).toBe(false);
    expect(fits(10)).toBe(false);
    view.setUint16(26, 9, true);
    expect(fits(bytes.length)).toBe(false);
    view.setUint16(26, 8, true);
    view.setUint32(22, 0x7fffffff, true);
    expect(fits(bytes.length)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { toByteString } from "../event/bytes.ts";
import { EventCode } from "../event/code.ts";
import { Event } from "../event/event.ts";
import { eventTypes, paramCount } from "../event/types.ts";
import { type ParamValue, writeEvent } from "../event/write.ts";
import { Converter, oldForms, presentForm } from "./convert.ts";

const converter = new Converter();

/** Converts an event. Returns its current form: key and parameters; undefined if the event is not shown. */
function convert(code: number, tid: number, values: ParamValue[]): { key: string; params: string[] } | undefined {
  const bytes = writeEvent(code, tid, 1n, values);
  const event = new Event();
  event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
  if (event.count !== presentForm[event.type] && !converter.convert(event)) return undefined;
  const { key, params } = eventTypes[event.type]!;
  expect(event.tid).toBe(tid);
  expect(event.count).toBe(params.length);
  return { key, params: params.map((_, i) => event.raw(i)) };
}

describe("events of old captures", () => {
  it("get parameters that only the enter event has", () => {
    expect(convert(EventCode.OPENAT_E, 7, [-100, "a/b", 1, 0o644])).toBeUndefined();
    const open = convert(EventCode.OPENAT_X, 7, [5]);
    expect(open?.key).toBe("OPENAT_2_X");
    expect(open?.params[2]).toBe("a/b\0");
    expect(open?.params.slice(5)).toEqual(["", ""]);
  });

  it("use the default or an empty value if the enter event is missing, as the table specifies", () => {
    expect(convert(EventCode.CLOSE_X, 8, [0])?.params[1]).toBe("\0".repeat(8));
    expect(convert(EventCode.RMDIR_X, 8, [0])).toEqual({ key: "RMDIR_2_X", params: ["\0".repeat(8), ""] });
  });

  it("ignore the enter event of another thread or another call", () => {
    convert(EventCode.RMDIR_E, 9, ["/one"]);
    expect(convert(EventCode.RMDIR_X, 10, [0])?.params[1]).toBe("");
    expect(convert(EventCode.UNLINK_X, 9, [0])?.params[1]).toBe("");
    expect(convert(EventCode.RMDIR_X, 9, [0])?.params[1]).toBe("/one\0");
    // The enter event is used only once.
    expect(convert(EventCode.RMDIR_X, 9, [0])?.params[1]).toBe("");
  });

  it("truncate parameters that are narrower in the current form", () => {
    convert(EventCode.BPF_E, 11, [5]);
    expect(convert(EventCode.BPF_X, 11, ["\0".repeat(9)])).toEqual({
      key: "BPF_2_X",
      params: ["\0".repeat(8), "\x05\0\0\0"],
    });
  });

  it("include the enter events that rules and the state depend on", () => {
    expect(convert(EventCode.EXECVE_18_E, 12, ["/bin/ls"])).toEqual({ key: "EXECVE_19_E", params: ["/bin/ls\0"] });
    const exec = convert(EventCode.EXECVE_18_X, 12, [0, "ls"].concat(new Array(15).fill(null)));
    expect(exec?.key).toBe("EXECVE_19_X");
    expect(exec?.params[30]).toBe("/bin/ls\0");
    expect(convert(EventCode.CONNECT_E, 12, [3])?.params.length).toBe(2);
  });

  it("have the container metadata in the form of current recorders", () => {
    const values = [toByteString("abc"), 0, toByteString("web"), toByteString("nginx")];
    expect(convert(EventCode.CONTAINER_E, 1, values)).toEqual({
      key: "CONTAINER_JSON_2_E",
      params: ['{"id":"abc","type":0,"name":"web","image":"nginx"}\0'],
    });
  });

  it("are omitted if their event type no longer exists", () => {
    expect(convert(EventCode.GETUID_E, 1, [])).toBeUndefined();
  });

  it("are converted to the current form from every old form", () => {
    for (const [code, count] of oldForms) {
      const values = new Array(count).fill(null);
      const made = convert(code, 99, values);
      const type = eventTypes[EventCode[made?.key as keyof typeof EventCode]]!;
      expect(made?.params.length, eventTypes[code]!.key).toBe(paramCount[type.code]);
    }
  });
});

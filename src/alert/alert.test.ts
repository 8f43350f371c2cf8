import { describe, expect, it } from "vitest";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import type { Template } from "../rule/output.ts";
import { type Alert, type AlertOptions, defaultAlertOptions, prepareAlert } from "./alert.ts";

const rule = {
  name: 'Odd "name"',
  description: "",
  condition: "",
  output: "",
  priority: "Warning",
  source: "syscall",
  tags: ["T1005", "process"],
  enabled: true,
  capture: false,
  captureDuration: 0,
} as const;

/** An event with only a time. The templates are stubs that do not read events. */
function eventAt(time: bigint): Observed {
  const event = new Observed(new Machine());
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, time, true);
  event.place(bytes, view, 0, 0, 2);
  return event;
}

function alert(options: Partial<AlertOptions>): Alert {
  const template = {
    output: "%proc.name was opened (n=%fd.num)",
    text: () => "é was opened (n=<NA>)",
    fields: [
      { name: "proc.name", json: () => '"é"' },
      { name: "fd.num", json: () => "null" },
    ],
  };
  const extra = [{ name: "a.big", json: () => "5285296880127894940" }];
  const raise = prepareAlert(rule, template, extra, { ...defaultAlertOptions, hostname: "edge-1", ...options });
  return raise(eventAt(1470327477881785348n));
}

describe("an alert", () => {
  it("prints time, priority and message as text", () => {
    expect(alert({}).text).toMatch(/^\d\d:\d\d:57\.881785348: Warning é was opened \(n=<NA>\)$/);
    expect(alert({ isoTime: true }).text).toBe("2016-08-04T16:17:57.881785348+0000: Warning é was opened (n=<NA>)");
  });

  it("prints one JSON object with sorted keys, exact numbers, and null for missing values", () => {
    const made = alert({});
    expect(made.json).toBe(
      `{"hostname":"edge-1","output":"${made.text}","output_fields":{"a.big":5285296880127894940,` +
        `"evt.time":1470327477881785348,"fd.num":null,"proc.name":"é"},"priority":"Warning","rule":"Odd \\"name\\"",` +
        `"source":"syscall","tags":["T1005","process"],"time":"2016-08-04T16:17:57.881785348Z"}`,
    );
  });

  it("has the time of the event as text among its fields if times are ISO 8601", () => {
    expect(alert({ isoTime: true }).json).toContain('"evt.time.iso8601":"2016-08-04T16:17:57.881785348+0000"');
    expect(alert({ isoTime: true }).json).not.toContain('"evt.time":');
  });

  it("has its parts regardless of the print options", () => {
    const { parts } = alert({ includeFields: false });
    expect(parts).toEqual({
      hostname: "edge-1",
      output: "%proc.name was opened (n=%fd.num)",
      names: ["a.big", "evt.time", "fd.num", "proc.name"],
      values: ["5285296880127894940", "1470327477881785348", "null", '"é"'],
    });
  });

  it("has an optional field only if its event has the field, and only once", () => {
    const template: Template = { output: "", text: () => "", fields: [] };
    const named = { ...template, fields: [{ name: "net.community_id", json: () => "null" }] };
    const optional = { name: "net.community_id", json: ({ num }: Observed) => (num === 1 ? '"1:x"' : "null") };
    const names = (of: Template, num: number) => {
      const event = eventAt(1n);
      event.num = num;
      return prepareAlert(rule, of, [], defaultAlertOptions, [optional])(event).parts?.names;
    };
    expect(names(template, 1)).toEqual(["evt.time", "net.community_id"]);
    expect(names(template, 2)).toEqual(["evt.time"]);
    expect(names(named, 2)).toEqual(["evt.time", "net.community_id"]);
  });

  it("omits disabled parts, and adds the message if enabled", () => {
    const off = { includeOutput: false, includeFields: false, includeTags: false, includeMessage: true };
    expect(alert(off).json).toBe(
      '{"hostname":"edge-1","message":"é was opened (n=<NA>)","priority":"Warning","rule":"Odd \\"name\\"",' +
        '"source":"syscall","time":"2016-08-04T16:17:57.881785348Z"}',
    );
  });
});

import { describe, expect, test } from "vitest";
import { parseJsonText } from "../../event/json-text.ts";
import { readEve } from "./eve.ts";

describe("an event of EVE JSON", () => {
  test("is a document with its time, unchanged", () => {
    const text =
      '{"timestamp":"2026-11-25T04:13:33.376833+0200","flow_id":1599659945965587,"event_type":"alert","host":"ids-1","alert":{"severity":1}}';
    const event = parseJsonText(text);
    expect(readEve(event)).toEqual({ time: 1795572813376833000n, value: event, kind: "alert", host: "ids-1" });
  });

  test.each([
    ["a list", "[]", "not_eve"],
    ["text", '"alert"', "not_eve"],
    ["null", "null", "not_eve"],
    ["no type", '{"timestamp":"2026-11-25T04:13:33.376833+0000"}', "not_eve"],
    ["a type that is none", '{"timestamp":"2026-11-25T04:13:33Z","event_type":"A b"}', "not_eve"],
    ["no time", '{"event_type":"alert"}', "no_time"],
    ["a time that is none", '{"event_type":"alert","timestamp":"now"}', "no_time"],
    ["a time in numbers", '{"event_type":"alert","timestamp":1795580013}', "no_time"],
  ])("%s is rejected", (_, text, reason) => {
    expect(readEve(parseJsonText(text))).toMatchObject({ reason });
  });
});

import { expect, test } from "vitest";
import { parseJson } from "../../event/json-text.ts";
import { type Mapping, readMapped } from "./mapping.ts";

const received = { time: 7n };
const nothing: Mapping = { time: "", time_unit: "auto", host: "", kind: "" };

function read(text: string, mapping: Partial<Mapping>) {
  return readMapped({ ...nothing, ...mapping })(parseJson(Buffer.from(text)), received);
}

test.each([
  ['"2026-11-25T04:00:00.123456789+01:00"', 1_795_575_600_123_456_789n],
  ['"2026-11-25 03:00:00Z"', 1_795_575_600_000_000_000n],
  ["1795575600", 1_795_575_600_000_000_000n],
  ["1795575600.25", 1_795_575_600_250_000_000n],
  ["1795575600123", 1_795_575_600_123_000_000n],
  ["1795575600123456", 1_795_575_600_123_456_000n],
  ["1795575600123456789", 1_795_575_600_123_456_789n],
  ['"1795575600123456789"', 1_795_575_600_123_456_789n],
])("the time %s is parsed", (text, time) => {
  expect(read(`{"a":{"t":${text}}}`, { time: "/a/t" })).toMatchObject({ time });
});

test("a number has the configured unit", () => {
  const seconds = (time_unit: Mapping["time_unit"], text: string) => read(`[${text}]`, { time: "0", time_unit });
  expect(seconds("s", "5")).toMatchObject({ time: 5_000_000_000n });
  expect(seconds("ms", "5.5")).toMatchObject({ time: 5_500_000n });
  expect(seconds("us", '"5"')).toMatchObject({ time: 5000n });
  expect(seconds("ns", "5")).toMatchObject({ time: 5n });
});

test.each([
  "{}",
  '{"t":"yesterday"}',
  '{"t":-1}',
  '{"t":1e300}',
  '{"t":99999999999999999999}',
  '{"t":{}}',
  '{"t":null}',
])("%s has the time of arrival", (text) => {
  expect(read(text, { time: "/t" })).toMatchObject({ time: 7n });
  expect(read(text, { time: "/t", time_unit: "ns" })).toMatchObject({ time: 7n });
});

test("host and kind are read if the mapping contains them; otherwise they are absent", () => {
  const text = '{"a/b":[{"host":"düsseldorf"}],"event":4625,"x":{}}';
  expect(read(text, { host: "/a~1b/0/host", kind: "event" })).toEqual({
    time: 7n,
    value: parseJson(Buffer.from(text)),
    host: Buffer.from("düsseldorf").toString("latin1"),
    kind: "4625",
  });
  expect(read(text, { host: "/x", kind: "/nowhere/0" })).toEqual({ time: 7n, value: parseJson(Buffer.from(text)) });
});

test("a value that is not an object is rejected", () => {
  expect(read("1", {})).toEqual({ reason: "no_object", message: "it is not an object" });
});

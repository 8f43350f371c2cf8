import { expect, test } from "vitest";
import { atOnce } from "../server/slices.ts";
import { defaultAlertOptions } from "./alert.ts";
import { entryOf } from "./entry.ts";
import { readAlerts } from "./received.ts";

const sent = {
  hostname: "node-7",
  output: "12:34:56.123456789: Warning Shell in a container (user=root file=/etc/shadow)",
  output_fields: { "evt.time": 1700000000123456789n, "proc.name": "sh", "proc.args": null, "user.uid": 0 },
  priority: "Warning",
  rule: "Terminal shell in container",
  source: "syscall",
  tags: ["shell", "container"],
  time: "2023-11-14T22:13:20.123456789Z",
};
const write = (value: object): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? `#${each}#` : each)).replace(
    /"#(\d+)#"/g,
    "$1",
  );
const read = (text: string, lines = false, most = 10_000) => atOnce(readAlerts(text, lines, most, defaultAlertOptions));

test("an alert keeps its host, time, tags and fields, with every digit of its numbers", () => {
  const text = write(sent).replace('"user.uid":0', '"user.uid":0,"x.list":[1.0,12345678901234567890,{"y":1e3}]');
  const { alerts, refused } = read(text);
  expect(refused).toEqual([]);
  const alert = alerts[0]!;
  expect(alert).toMatchObject({
    rule: "Terminal shell in container",
    priority: "Warning",
    source: "syscall",
    tags: ["shell", "container"],
    time: 1_700_000_000_123_456_789n,
    message: "Shell in a container (user=root file=/etc/shadow)",
  });
  expect(entryOf(alert)).toMatchObject({
    hostname: "node-7",
    names: ["evt.time", "proc.args", "proc.name", "user.uid", "x.list"],
    values: ["1700000000123456789", "null", '"sh"', "0", '[1.0,12345678901234567890,{"y":1e3}]'],
  });
  expect(alert.json).toContain('"x.list":[1.0,12345678901234567890,{"y":1e3}]');
  expect(alert.json).toContain('"hostname":"node-7"');
  expect(alert.json).toContain('"time":"2023-11-14T22:13:20.123456789Z"');
  expect(alert.text).toMatch(/^\d\d:13:20\.123456789: Warning Shell in a container/);
});

test("optional keys may be missing, and severities ignore case", () => {
  const { hostname: _h, source: _s, tags: _t, ...few } = sent;
  const { alerts } = read(write({ ...few, priority: "info", output: "no clock" }));
  expect(alerts[0]).toMatchObject({ priority: "Informational", source: "syscall", tags: [], message: "no clock" });
  expect(entryOf(alerts[0]!).hostname).toBe("");
});

test("only the time prefix of Falco is removed from the text", () => {
  const message = (output: string) => read(write({ ...sent, output })).alerts[0]!.message;
  expect(message("2023-11-14T22:13:20.123456789+0000: Warning x")).toBe("x");
  expect(message("12:34:56.1: Error x")).toBe("12:34:56.1: Error x");
  expect(message("Warning x")).toBe("Warning x");
  expect(read(write({ ...sent, message: "y" })).alerts[0]!.message).toBe("y");
});

test("the uuid of an alert is stored with the fields", () => {
  const uuid = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d";
  expect(entryOf(read(write({ ...sent, uuid })).alerts[0]!)).toMatchObject({
    names: ["evt.time", "proc.args", "proc.name", "user.uid", "uuid"],
  });
});

test("a list of alerts and one alert per line are accepted; an invalid alert is reported with its position", () => {
  const one = write(sent);
  expect(read(`[${one},${one}]`).alerts.length).toBe(2);
  expect(read(`${one}\n\n${one}\n`).alerts.length).toBe(2);
  expect(read(`${one}\r\n${one}`, true).alerts.length).toBe(2);
  const mixed = read(`${one}\noops\n[]\n${one}`);
  expect([mixed.alerts.length, mixed.refused]).toEqual([
    2,
    [
      { part: 2, reason: "not_json", message: "invalid JSON" },
      { part: 3, reason: "unusable", message: "not an object" },
    ],
  ]);
});

test("invalid alerts are rejected with the name of the invalid key", () => {
  const why = (change: object) => {
    const { alerts, refused } = read(write({ ...sent, ...change }));
    expect(alerts).toEqual([]);
    return refused[0]!.message;
  };
  expect(why({ priority: "loud" })).toBe("priority is unknown");
  expect(why({ priority: 4 })).toBe("priority is unknown");
  expect(why({ rule: "" })).toBe("rule must be a non-empty string");
  expect(why({ time: "yesterday" })).toBe("time is not a valid RFC 3339 time");
  expect(why({ time: "1970-01-01T00:00:00Z" })).toBe("time is not a valid RFC 3339 time");
  expect(why({ time: "9999-01-01T00:00:00Z" })).toBe("time is not a valid RFC 3339 time");
  expect(why({ output_fields: {} })).toBe("output_fields must be an object with at least one field");
  expect(why({ output_fields: ["a"] })).toBe("output_fields must be an object with at least one field");
  expect(why({ output: 5 })).toBe("output must be a string");
  expect(why({ tags: [1] })).toBe("tags must be a list of strings");
  expect(why({ hostname: {} })).toBe("hostname must be a string");
  expect(why({ output_fields: { "a\nb": 1 } })).toBe("output_fields has a name with control characters");
  expect(why({ output: "x".repeat(10_000) })).toMatch(/^the alert has 10\d\d\d characters; the maximum is 10000$/);
  const number = read(write(sent).replace(/"output_fields":\{[^}]*\}/, '"output_fields":1.0'));
  expect(number.refused).toMatchObject([{ message: "output_fields must be an object with at least one field" }]);
});

test("control characters are replaced", () => {
  const alert = read(write({ ...sent, rule: "a\nb", hostname: "h\u001b[2J", output: "x\r\ny\u0085", tags: ["t\n1"] }))
    .alerts[0]!;
  expect([alert.rule, alert.message, alert.tags]).toEqual(["a\ufffdb", "x\ufffd\ufffdy\ufffd", ["t\ufffd1"]]);
  expect(`${alert.text}${alert.json}`).not.toMatch(/\p{Cc}/u);
});

test("keys with a special meaning in JavaScript are ordinary fields", () => {
  const alert = read(write(sent).replace('"proc.name"', '"__proto__":{"a":1},"constructor"')).alerts[0]!;
  expect(entryOf(alert).names).toEqual(["__proto__", "constructor", "evt.time", "proc.args", "user.uid"]);
});

test("values that are nested too deeply are rejected; other values are accepted", () => {
  const nested = (depth: number): string => {
    const value = `${'{"a":['.repeat(depth / 2)}1${"]}".repeat(depth / 2)}`;
    return `{"rule":"r","priority":"Warning","time":"2026-01-01T00:00:00Z","output":"x","output_fields":{"a":${value}}}`;
  };
  const read = (depth: number) => atOnce(readAlerts(nested(depth), false, 1e6, defaultAlertOptions));
  expect(read(32).alerts).toHaveLength(1);
  expect(read(34).refused).toEqual([
    { part: 1, reason: "unusable", message: "a value in output_fields is nested more than 32 levels deep" },
  ]);
  expect(read(2000).alerts).toEqual([]);
});

test("an alert cannot use the names of internal alerts, their fields or this machine's host name", () => {
  const options = { ...defaultAlertOptions, ownHost: "node-1" };
  const entry = (value: object) => {
    const { alerts } = atOnce(readAlerts(write({ ...sent, ...value }), false, 10_000, options));
    return entryOf(alerts[0]!);
  };
  for (const source of ["internal", "Internal", " internal\u200b", "ｉnternal"])
    expect(entry({ source }).source).toBe("received_internal");
  expect(entry({ source: "internals" }).source).toBe("internals");
  for (const rule of ["Eyas internal: response", "eyas  INTERNAL: x", "\u200bEyas-internal"])
    expect(entry({ rule }).rule).toBe(`Received: ${rule}`);
  expect(entry({ rule: "Falco internal: syscall event drop" }).rule).toBe("Falco internal: syscall event drop");
  const fields = { "eyas.repeats": 5, "Eyas.response.alert": "x", "received.eyas.repeats": 9, "eyasx.y": 1 };
  expect(entry({ output_fields: fields })).toMatchObject({
    names: ["eyasx.y", "received.Eyas.response.alert", "received.eyas.repeats"],
    values: ["1", '"x"', "5"],
  });
  for (const hostname of ["node-1", "NODE-1", "node-1.", "node-1\u200b"])
    expect(entry({ hostname }).hostname).toBe(`${hostname} (received)`);
  for (const hostname of ["node1", "node-10", ""]) expect(entry({ hostname }).hostname).toBe(hostname);
  expect(entryOf(read(write({ ...sent, hostname: "node-1" })).alerts[0]!).hostname).toBe("node-1");
  expect(entry({ output_fields: JSON.parse('{"__proto__":{"a":1},"eyas.x":1}') }).names).toEqual([
    "__proto__",
    "received.eyas.x",
  ]);
});

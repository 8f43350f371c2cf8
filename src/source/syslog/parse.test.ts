import { afterAll, beforeAll, expect, test } from "vitest";
import { seeded } from "../../../test/damaged/random.ts";
import { Event } from "../../event/event.ts";
import { entry, newJournal, reading } from "../../journal/alerts.fixture.ts";
import { openWriter } from "../../journal/write.ts";
import { openInbox } from "../inbox.ts";
import { anyJson } from "../reader.ts";
import { decodeSyslog } from "./decode.ts";
import { parseSyslog, syslogJson } from "./parse.ts";

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = "Europe/Berlin";
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const now = Date.parse("2026-01-02T03:00:00Z");
const parse = (text: string) => syslogJson(parseSyslog(text, now));

test("RFC 5424 with structured data, escapes and a byte order mark", () => {
  const sd = String.raw`[ex@1 iut="3" eventSource="A \"quoted\" \\ \] \n" iut="4"][origin ip="192.0.2.1"][__proto__ a="b"]`;
  const message = parse(
    `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com su 12 ID47 ${sd} \xef\xbb\xbfit happened\n`,
  );
  expect(message).toEqual({
    facility: "local4",
    severity: "notice",
    time: "2003-10-11T22:14:15.003Z",
    host: "mymachine.example.com",
    app: "su",
    procid: "12",
    msgid: "ID47",
    sd: Object.fromEntries([
      ["ex@1", { iut: ["3", "4"], eventSource: String.raw`A "quoted" \ ] \n` }],
      ["origin", { ip: "192.0.2.1" }],
      ["__proto__", { a: "b" }],
    ]),
    message: "it happened",
  });
});

test("RFC 5424 with only nil values", () => {
  expect(parse("<0>1 - - - - - -")).toEqual({ facility: "kern", severity: "emerg", message: "" });
  expect(parse("<15>1 2026-01-01T00:00:00.123456+01:00 h - - - [x] m")).toMatchObject({
    severity: "debug",
    time: "2025-12-31T23:00:00.123456Z",
    sd: { x: {} },
    message: "m",
  });
});

test("invalid structured data is part of the message", () => {
  expect(parse('<13>1 - h a - - [x y="unclosed] m')).toMatchObject({ host: "h", message: '[x y="unclosed] m' });
});

test.each([
  [
    "<34>Jan  2 03:59:50 mymachine su[77]: 'su root' failed",
    { facility: "auth", severity: "crit", time: "2026-01-02T02:59:50Z", host: "mymachine", app: "su", procid: "77" },
    "'su root' failed",
  ],
  ["<13>Dec 31 23:59:59 h app: m", { time: "2025-12-31T22:59:59Z", host: "h", app: "app" }, "m"],
  ["<13>Feb 28 10:00:00 fe80::1 app: m", { time: "2026-02-28T09:00:00Z", host: "fe80::1", app: "app" }, "m"],
  ["<78>Jan  2 04:00:00 CRON[12]: (root) CMD", { facility: "cron", app: "CRON", procid: "12" }, "(root) CMD"],
  ["<13>2026-01-02T04:00:00.5+01:00 h app[1]: m", { time: "2026-01-02T03:00:00.5Z", host: "h", app: "app" }, "m"],
  ["<166>Jan 02 2025 04:00:00: %ASA-6-302013: Built", { time: "2025-01-02T03:00:00Z", app: "%ASA-6-302013" }, "Built"],
  [
    "<6>Jan  2 04:00:00 gw kernel: [1.2] DROP IN=eth0",
    { facility: "kern", host: "gw", app: "kernel" },
    "[1.2] DROP IN=eth0",
  ],
  ["<34>Jan  2 04:00:00 NAS sshd[9]: hi", { host: "NAS", app: "sshd", procid: "9" }, "hi"],
  ["<34>Jan  2 04:00:00 CRON: hi", { time: "2026-01-02T03:00:00Z", app: "CRON" }, "hi"],
  ["<34>Jan  2 04:00:00 CEST NAS sshd: hi", { host: "NAS", app: "sshd" }, "hi"],
  ["<189>*Jan  2 04:00:00.250 UTC: %SYS-5-CONFIG: hi", { time: "2026-01-02T03:00:00.25Z", app: "%SYS-5-CONFIG" }, "hi"],
  ["<189>Jan  2 2026 04:00:00 LAB: %ASA-6-302013: hi", { app: "%ASA-6-302013" }, "hi"],
  ["<13>Jan  2 04:00:00 h a message of words", { host: "h" }, "a message of words"],
  ["<13>a message of words", {}, "a message of words"],
  ["no priority: no time", { facility: "user", severity: "notice" }, "no priority: no time"],
  ["<999>odd", { facility: "user" }, "<999>odd"],
  ["<13>Xyz 99 99:99:99 h", {}, "Xyz 99 99:99:99 h"],
  ["", {}, ""],
])("%j", (text, parts, message) => {
  expect(parse(text)).toMatchObject({ ...parts, message });
});

test("29 February is assigned to the closest leap year", () => {
  expect(parse("<13>Feb 29 12:00:00 h a: m")).toMatchObject({ message: "m", host: "h" });
  expect(parse("<13>Feb 29 12:00:00 h a: m")).not.toHaveProperty("time");
  const then = Date.parse("2028-03-01T00:00:00Z");
  expect(syslogJson(parseSyslog("<13>Feb 29 12:00:00 h a: m", then))).toMatchObject({ time: "2028-02-29T11:00:00Z" });
});

test.each([
  "<13>1 2400-01-01T00:00:00Z h a - - - m",
  "<13>2400-01-01T00:00:00Z h a: m",
  "<13>Jan  1 2400 00:00:00 h a: m",
  "<13>Jan  1 1969 00:00:00 h a: m",
])("a time that exceeds 63 bits is omitted, so that the alert can be stored: %s", (text) => {
  expect(parse(text)).toEqual({ facility: "user", severity: "notice", host: "h", app: "a", message: "m" });
  const received = { time: BigInt(now) * 1_000_000n };
  const { documents } = decodeSyslog(anyJson.split, false, 1000)(Buffer.from(text), received);
  const inbox = openInbox("syslog", { most: 10 });
  inbox.offer(documents);
  const event = new Event();
  inbox.next(event);
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append([entry(1, { time: event.time })]);
  writer.close();
  expect(reading(file, (reader) => reader.read(0, 10).map(({ time }) => time))).toEqual([received.time]);
});

test("every damaged text is parsed as a message", () => {
  const random = seeded(5);
  const whole = [
    String.raw`<165>1 2003-10-11T22:14:15.003Z host su 12 ID47 [ex@1 iut="3" e="A \"q\" \\ \]"][o ip="1"] it happened`,
    "<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed",
    "<13>2026-01-02T04:00:00.5+01:00 h app[1]: m",
    `<13>1 - - - - - [${'a b="'.repeat(500)}`,
  ];
  for (let i = 0; i < 20_000; i++) {
    const bytes = [...whole[i % whole.length]!];
    for (let changes = random.below(6); changes >= 0; changes--)
      bytes.splice(random.below(bytes.length), random.below(4), String.fromCharCode(random.below(256)));
    expect(typeof parseSyslog(bytes.join(""), now).message).toBe("string");
  }
});

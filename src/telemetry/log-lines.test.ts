import { expect, test } from "vitest";
import { formatLine, openLog } from "./log.ts";
import { type LogLine, logLines } from "./log-lines.ts";

const none = { ringFull: 0, tooLarge: 0, scratchBusy: 0, noRing: 0, overShare: 0 };

test("dropped events are counted by reason", () => {
  expect(logLines.summary(1_234_567, 2.04, 1, none).message).toBe("1,234,567 events in 2.0 s, 1 alert, none dropped.");
  expect(logLines.summary(1, 1, 0, { ...none, ringFull: 1200, noRing: 3 }).message).toBe(
    "1 event in 1.0 s, 0 alerts, 1,203 dropped (1,200 because the ring buffer was full, 3 because the CPU has no ring buffer).",
  );
  expect(logLines.summary(9, 1, 0, { ...none, unread: 7 }).message).toBe(
    "9 events in 1.0 s, 0 alerts, 7 dropped (7 because the program ended before the events were read).",
  );
  expect(logLines.summary(1, 1, 0, undefined).message).toBe("1 event in 1.0 s, 0 alerts.");
});

test("long lists of names are truncated", () => {
  expect(logLines.syscallsUnwatched(["a", "b"]).message).toContain(" not watched: a, b. ");
  expect(logLines.syscallsUnwatched([..."abcdefghij"]).message).toContain(" a, b, c, d, e, f, g, h and 2 more. ");
});

test("a log writes lines of the configured level or a more severe level to every sink", () => {
  const heard: [string, string][] = [];
  const log = openLog("warning", [(...word) => heard.push(word), (...word) => heard.push(word)]);
  for (const word of [logLines.filesReopened(), logLines.syscallUnknown("x")] satisfies LogLine[]) log(word);
  expect(heard).toHaveLength(2);
  expect(heard[0]).toEqual(["warning", "base_syscalls.custom_set: unknown system call x."]);
});

test("on a terminal, a line is the message; in a file, the line also has time and level", () => {
  expect(formatLine("notice", "Well.", new Date(0), true)).toBe("Well.\n");
  expect(formatLine("error", "Bad.", new Date(0), true)).toBe("error: Bad.\n");
  expect(formatLine("notice", "Well.", new Date(0), false)).toBe("1970-01-01T00:00:00.000Z notice: Well.\n");
});

import { expect, it } from "vitest";
import { defaultAlertOptions } from "./alert.ts";
import { internalAlert } from "./internal.ts";

const event = { rule: "Eyas internal: x", priority: "Error", message: "It is so", fields: { "eyas.n": 1 } } as const;

it("has the same format as other alerts, and the source internal", () => {
  const alert = internalAlert(event, 1_500_000_000n, { ...defaultAlertOptions, hostname: "h", isoTime: true });
  expect(alert.text).toBe("1970-01-01T00:00:01.500000000+0000: Error It is so");
  expect(JSON.parse(alert.json)).toEqual({
    hostname: "h",
    output: alert.text,
    output_fields: { "eyas.n": 1 },
    priority: "Error",
    rule: "Eyas internal: x",
    source: "internal",
    tags: [],
    time: "1970-01-01T00:00:01.500000000Z",
  });
});

it("omits parts that the configuration disables", () => {
  const options = { ...defaultAlertOptions, includeOutput: false, includeFields: false, includeTags: false };
  const { json } = internalAlert(event, 0n, { ...options, includeMessage: true });
  expect(Object.keys(JSON.parse(json))).toEqual(["hostname", "message", "priority", "rule", "source", "time"]);
});

it("has the format of Falco's internal alerts if requested", () => {
  const alert = internalAlert({ ...event, falcoForm: true }, 0n, { ...defaultAlertOptions, isoTime: true });
  expect(alert.text).toBe("1970-01-01T00:00:00.000000000+0000: Error It is so (eyas.n=1)");
  expect(JSON.parse(alert.json).output).toBe("It is so");
  expect(Object.keys(JSON.parse(alert.json))).not.toContain("tags");
});

it("control characters in names neither end a line nor control a terminal", () => {
  const event = {
    rule: "r",
    priority: "Notice" as const,
    message: "killed x\n12:00: Critical \u001b[31mforged\u2028",
    fields: { a: "b\n\u2028" },
  };
  const { text, message, json } = internalAlert({ ...event, falcoForm: true }, 0n, defaultAlertOptions);
  expect(message).toBe("killed x\ufffd12:00: Critical \ufffd[31mforged\ufffd");
  expect(text).not.toMatch(/[\p{Cc}\u2028]/u);
  expect(json).not.toMatch(/[\p{Cc}]/u);
});

import { expect, it } from "vitest";
import { defaultAlertOptions } from "../alert/alert.ts";
import { internalAlert } from "../alert/internal.ts";
import { coloredText, forTerminal } from "./colored.ts";
import { asJson, asText } from "./output.ts";

it("a file name cannot be disguised on a terminal", () => {
  const event = { rule: "r", priority: "Warning" as const, message: "ran /tmp/\u202egnp.exe\u200b", fields: {} };
  const shown = coloredText(internalAlert(event, 0n, defaultAlertOptions));
  expect(shown).toContain("ran /tmp/\\u{202e}gnp.exe\\u{200b}");
  expect(shown).not.toMatch(/[\p{Cf}]/u);
});

it("text and JSON of an alert for a terminal contain no control characters", () => {
  const event = { rule: "r\u009b31m", priority: "Warning" as const, message: "ran x\u202ey", fields: {} };
  const alert = { ...internalAlert(event, 0n, defaultAlertOptions), text: "ran \u009b31mx\u202ey" };
  expect(forTerminal(asText)(alert)).toBe("ran \\x9b31mx\\u{202e}y");
  const json = forTerminal(asJson)(alert);
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(json)).toEqual(JSON.parse(alert.json));
  expect(forTerminal(coloredText)).toBe(coloredText);
});

import { expect, it } from "vitest";
import { defaultAlertOptions } from "../alert/alert.ts";
import { internalAlert } from "../alert/internal.ts";
import { coloredText } from "./colored.ts";

it("a file name cannot be disguised on a terminal", () => {
  const event = { rule: "r", priority: "Warning" as const, message: "ran /tmp/\u202egnp.exe\u200b", fields: {} };
  const shown = coloredText(internalAlert(event, 0n, defaultAlertOptions));
  expect(shown).toContain("ran /tmp/\\u{202e}gnp.exe\\u{200b}");
  expect(shown).not.toMatch(/[\p{Cf}]/u);
});

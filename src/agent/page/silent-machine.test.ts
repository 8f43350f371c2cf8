import { expect, test } from "vitest";
import { defaultAlertOptions } from "../../alert/alert.ts";
import { internalAlert } from "../../alert/internal.ts";
import { silentMachine } from "./silent-machine.ts";

const seen = Date.parse("2026-11-25T10:30:00Z");

test("the alert names the machine and the time of its last document, and escapes control characters", () => {
  const event = silentMachine({ id: "0a", hostname: "node-1\n\u001b[31m", seen });
  const { rule, priority, message, text } = internalAlert(event, 0n, defaultAlertOptions);
  expect([rule, priority]).toEqual(["Eyas internal: machine silent", "Error"]);
  expect(message).toBe(
    "The agent on node-1\ufffd\ufffd[31m has been silent since 2026-11-25T10:30:00.000Z, and did not stop in order.",
  );
  expect(text).not.toMatch(/\p{Cc}/u);
  expect(silentMachine({ id: "0a", hostname: "", seen }).message).toMatch(/^The agent on the machine 0a has/);
});

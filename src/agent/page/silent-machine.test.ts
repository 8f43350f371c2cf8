import { expect, test } from "vitest";
import { defaultAlertOptions } from "../../alert/alert.ts";
import { internalAlert } from "../../alert/internal.ts";
import { silenceEvent } from "./silent-machine.ts";

const seen = Date.parse("2026-11-25T10:30:00Z");

test("the alert names the machine and the time of its last document, and escapes control characters", () => {
  const event = silenceEvent({ id: "0a", hostname: "node-1\n\u001b[31m", seen });
  const { rule, priority, message, text } = internalAlert(event, 0n, defaultAlertOptions);
  expect([rule, priority]).toEqual(["Eyas internal: machine silent", "Error"]);
  expect(message).toBe(
    "The agent on node-1\ufffd\ufffd[31m has been silent since 2026-11-25T10:30:00.000Z and did not report a shutdown.",
  );
  expect(text).not.toMatch(/\p{Cc}/u);
  expect(silenceEvent({ id: "0a", hostname: "", seen }).message).toMatch(/^The agent on the machine 0a has/);
});

test("the alert about most machines contains their number and some of their names", () => {
  const event = silenceEvent({ count: 12, of: 20, hostnames: ["node-1", "node-2\n"], seen });
  const { rule, message } = internalAlert(event, 0n, defaultAlertOptions);
  expect(rule).toBe("Eyas internal: most machines silent");
  expect(message).toBe(
    "12 of 20 machines have stopped reporting at the same time, the last at 2026-11-25T10:30:00.000Z, among them node-1, node-2\ufffd. Check whether agents can reach and write to the store.",
  );
  expect(silenceEvent({ count: 2, of: 2, hostnames: ["a", "b"], seen }).message).toContain("Z: a, b. Check");
});

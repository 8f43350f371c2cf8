import { expect, test } from "vitest";
import { type Alert, defaultAlertOptions } from "../../../alert/alert.ts";
import { internalAlert } from "../../../alert/internal.ts";
import { factsOf } from "../../alert-facts.ts";
import { alertAbout } from "../../receiver.fixture.ts";
import { otlpTraces } from "./form.ts";

const form = otlpTraces({ endpoint: "http://collector:4318", headers: {}, enablecompression: false, duration: 1000 });

/** The spans in a request with these alerts. */
function spansOf(...alerts: readonly Alert[]): readonly Readonly<Record<string, unknown>>[] {
  const { resourceSpans } = JSON.parse(String(form.body(alerts.map(factsOf))));
  return resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: readonly { spans: unknown }[] }) => scopeSpans[0]?.spans);
}

const id = "0199c5a0-7c3a-7d11-9d5c-0242ac120002";

function report(outcome: string, fields: Readonly<Record<string, string | number>> = {}): Alert {
  const event = {
    rule: `Eyas internal: response ${outcome}`,
    priority: "Notice",
    message: `kubernetes:exec ${outcome}`,
    fields: {
      "eyas.response.action": "kubernetes:exec",
      "eyas.response.alert": id,
      "eyas.response.milliseconds": 250,
      "eyas.response.outcome": outcome,
      ...fields,
    },
  } as const;
  const alert = internalAlert(event, 1_785_414_897_000_000_000n, { ...defaultAlertOptions, hostname: "node-1" });
  return { ...alert, id: "0199c5a0-8000-7d11-8abc-0242ac120003" };
}

test("an alert is a span, and the action of a response is a child span in the same trace", () => {
  expect(form.urls.map(String)).toEqual(["http://collector:4318/v1/traces"]);
  const [alert, action] = spansOf({ ...alertAbout("x"), id }, report("done"));
  expect(alert).toMatchObject({
    ...{ traceId: "0199c5a07c3a7d119d5c0242ac120002", spanId: "9d5c0242ac120002", name: "A shell", kind: 1 },
    ...{ startTimeUnixNano: "1785414896123456789", endTimeUnixNano: "1785414897123456789" },
  });
  expect(alert).not.toHaveProperty("parentSpanId");
  expect(action).toMatchObject({
    ...{ traceId: "0199c5a07c3a7d119d5c0242ac120002", spanId: "8abc0242ac120003", parentSpanId: "9d5c0242ac120002" },
    ...{ name: "kubernetes:exec", kind: 3, status: { code: 1 } },
    ...{ startTimeUnixNano: "1785414896750000000", endTimeUnixNano: "1785414897000000000" },
  });
  expect(action?.attributes).toContainEqual({ key: "eyas.response.outcome", value: { stringValue: "done" } });
});

test("a failed action is an error, and an action without a known alert has a separate trace", () => {
  const [failed, unknown] = spansOf(report("failed"), report("done", { "eyas.response.alert": "" }));
  expect(failed).toMatchObject({ status: { code: 2, message: "kubernetes:exec failed" } });
  expect(unknown).toMatchObject({ traceId: "0199c5a080007d118abc0242ac120003" });
  expect(unknown).not.toHaveProperty("parentSpanId");
});

test("an alert that pretends to be about a response has the span of an alert", () => {
  const forged = { ...report("done"), source: "syscall" };
  expect(spansOf(forged)).toMatchObject([{ name: "Eyas internal: response done", kind: 1 }]);
});

test("a response with rejected spans is a rejection of the alerts", () => {
  expect(form.rejection?.('{"partialSuccess":{}}', 2)).toBeUndefined();
  expect(form.rejection?.('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"full"}}', 2)).toBe(
    "spans rejected (2): full",
  );
});

test.each([-5, 0.5, "", "x"])("a duration of %j is invalid, and 0 is used", (milliseconds) => {
  const [action] = spansOf(report("done", { "eyas.response.milliseconds": milliseconds }));
  expect(action).toMatchObject({ startTimeUnixNano: "1785414897000000000", endTimeUnixNano: "1785414897000000000" });
});

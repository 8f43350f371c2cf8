import { expect, test } from "vitest";
import { factsOf } from "../../alert-facts.ts";
import { alertAbout } from "../../receiver.fixture.ts";
import { otlpLogs } from "./form.ts";

const form = otlpLogs({ endpoint: "http://collector:4318", headers: {}, enablecompression: false });

test("an alert is sent as a log record with its severity and text", () => {
  expect(form.urls.map(String)).toEqual(["http://collector:4318/v1/logs"]);
  const alert = { ...alertAbout("x"), priority: "Critical" } as const;
  const { resourceLogs } = JSON.parse(String(form.body([factsOf(alert)])));
  expect(resourceLogs[0].scopeLogs[0].logRecords).toMatchObject([
    {
      timeUnixNano: String(alert.time),
      severityNumber: 21,
      severityText: "FATAL",
      eventName: "falco.alert",
      body: { stringValue: alert.text },
    },
  ]);
});

test("a response with rejected records is a rejection of the alerts", () => {
  expect(form.rejection?.('{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"full"}}', 3)).toBe(
    "records rejected (3): full",
  );
  expect(form.rejection?.("{}", 3)).toBeUndefined();
  expect(form.warnings?.()).toEqual([]);
});

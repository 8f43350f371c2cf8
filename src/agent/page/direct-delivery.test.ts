import { afterEach, expect, test } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { entry, newJournal, reading } from "../../journal/alerts.fixture.ts";
import { openWriter } from "../../journal/write.ts";
import { type Answer, type Receiver, startReceiver } from "../../output/receiver.fixture.ts";
import { directDelivery } from "./direct-delivery.ts";

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const each of receivers.splice(0)) await each.stop();
});

/** A configuration with a webhook that filters out all alerts, and a journal with two dead letters of the webhook. */
async function prepare(answer: () => Answer | undefined) {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append([entry(1), entry(2), entry(3)]);
  writer.saveProgress({
    outputs: [],
    dead: [1, 3].map((seq) => ({ output: "webhook", seq, time: 1, reason: "status 400" })),
  });
  writer.close();
  const options = [`journal.path=${file}`, `outputs.webhook.address=${receiver.url}/`, "outputs.webhook.rules=[None]"];
  const { config } = await loadConfig(undefined, options);
  const [first] = reading(file, (reader) => reader.read(0, 1));
  const pids = () => receiver.requests.map(({ body }) => JSON.parse(body).output_fields["proc.pid"] ?? "test");
  return { config, pids, first: first?.id ?? "", dead: () => reading(file, (reader) => reader.deadCounts()) };
}

test("a test alert and dead letters reach the receiver, regardless of filters (stand-in)", async () => {
  let status = 200;
  const { config, pids, first, dead } = await prepare(() => ({ status }));
  const direct = directDelivery("here");
  const sent = await direct.perform({ kind: "test", output: "webhook" }, config);
  expect(sent).toMatchObject({ test: { outcome: "delivered", warnings: [] } });
  const one = await direct.perform({ kind: "resend", output: "webhook", alert: first }, config);
  expect(one).toEqual({ resent: { taken: 1, left: 0 } });
  expect(pids()).toEqual(["test", 1]);
  status = 422;
  const rest = await direct.perform({ kind: "resend", output: "webhook" }, config);
  expect(rest).toMatchObject({ resent: { taken: 0, left: 1, reason: expect.stringContaining("status 422") } });
  expect(dead().get("webhook")).toBe(1);
  expect(await direct.perform({ kind: "resend", output: "webhook", alert: "x" }, config)).toEqual({
    failure: "Alert not found in the journal.",
  });
  expect(await direct.perform({ kind: "test", output: "slack" }, config)).toEqual({
    failure: 'Output "slack" is not enabled. Enabled outputs: stdout, webhook.',
  });
});

test("a receiver that does not respond delays other tasks only for a limited time (stand-in)", async () => {
  const { config } = await prepare(() => undefined);
  const direct = directDelivery("here", { deadline: 100, end: 500 });
  const hanging = direct.perform({ kind: "test", output: "webhook" }, config);
  expect(await direct.perform({ kind: "test", output: "webhook" }, config)).toEqual({
    failure: "Another test or resend is in progress. Try again when it has ended.",
  });
  expect(await hanging).toEqual({
    failure: "webhook did not respond within 0.5 s. The receiver may have accepted alerts.",
  });
  expect(await direct.perform({ kind: "test", output: "slack" }, config)).toMatchObject({
    failure: expect.stringMatching(/is not enabled|did not respond/),
  });
});

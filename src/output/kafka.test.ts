import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { hasMockKafka, type MockKafka, startMockKafka } from "../broker/kafka.fixture.ts";
import { arrived, deliverAll, deliverThrough, idsOf, numbered } from "./brokers-trial.fixture.ts";
import { type KafkaKeys, kafkaOutput } from "./kafka.ts";
import { alertAbout, noCertificates } from "./receiver.fixture.ts";

// librdkafka's mock brokers don't name a controller, which idempotent producers are told their number by; so these tests are of
// the producer without. The last one is of the one with.
const keys: Omit<KafkaKeys, "hostport"> = {
  topic: "falco",
  sasl: "none",
  tls: false,
  username: "",
  password: "",
  clientid: "eyas",
  balancer: "murmur2",
  compression: "none",
  requiredacks: "all",
  topiccreation: false,
  checkcert: true,
  mutualtls: false,
  timeout: 5000,
};
const running: MockKafka[] = [];
afterAll(() => {
  for (const each of running) each.remove();
});

function start(brokers = 1): MockKafka {
  const kafka = startMockKafka(brokers);
  running.push(kafka);
  return kafka;
}

function open(hostport: string, changes: Partial<KafkaKeys> = {}) {
  return kafkaOutput({ ...keys, hostport: [hostport], ...changes }, noCertificates);
}

test.skipIf(!hasMockKafka)(
  "a topic of Kafka has every alert, those of a host in order in one partition (needs librdkafka)",
  async () => {
    const kafka = start(3);
    for (const compression of ["none", "gzip", "zstd"] as const) {
      kafka.createTopic(compression, 4);
      const output = open(kafka.hostport, { topic: compression, compression });
      const alerts = numbered(0, 450);
      expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
      const messages = await kafka.read(compression);
      expect(messages.map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
      expect(new Set(messages.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1);
      expect(messages[0]?.key).toBe("node-1");
      expect(
        arrived(
          messages.map(({ text }) => text),
          alerts,
        ),
      ).toEqual(idsOf(alerts));
      await output.close();
    }
  },
);

test.skipIf(!hasMockKafka)("other balancers choose other partitions (needs librdkafka)", async () => {
  const kafka = start();
  const alerts = numbered(0, 40);
  for (const [balancer, partitions] of [
    ["crc32", [3]],
    ["round_robin", [0, 1, 2, 3]],
  ] as const) {
    kafka.createTopic(balancer, 4);
    const output = open(kafka.hostport, { topic: balancer, balancer });
    await deliverAll(output, alerts);
    const messages = await kafka.read(balancer);
    expect(messages).toHaveLength(alerts.length);
    expect([...new Set(messages.map(({ partition }) => partition))]).toEqual(partitions);
    await output.close();
  }
});

test.skipIf(!hasMockKafka)(
  "the brokers go and come back: everything is there at least once (needs librdkafka)",
  async () => {
    const kafka = start(2);
    kafka.createTopic("falco", 1);
    const output = open(kafka.hostport);
    const alerts = numbered(0, 400);
    await deliverThrough(output, alerts, async () => {
      await sleep(60);
      kafka.set("down");
      await sleep(300);
      expect(await open(kafka.hostport).deliver(numbered(0, 1))).toMatchObject({
        outcome: "retry",
        reason: expect.stringContaining("ECONNREFUSED"),
      });
      kafka.set("up");
    });
    const messages = await kafka.read("falco");
    expect(
      arrived(
        messages.map(({ text }) => text),
        alerts,
      ),
    ).toEqual(idsOf(alerts));
    await output.close();
  },
);

test.skipIf(!hasMockKafka)("an alert that is too large is refused, the others arrive (needs librdkafka)", async () => {
  const kafka = start();
  kafka.createTopic("falco", 1);
  kafka.fail(["MESSAGE_TOO_LARGE", "MESSAGE_TOO_LARGE"]);
  const output = open(kafka.hostport);
  const alerts = numbered(0, 2);
  expect(await output.deliver(alerts)).toEqual({
    outcome: "partly",
    reason: "falco: MESSAGE_TOO_LARGE",
    retry: [],
    refused: [{ alert: alerts[0], reason: "falco: MESSAGE_TOO_LARGE" }],
  });
  expect((await kafka.read("falco")).map(({ uuid }) => uuid)).toEqual([alerts[1]?.id]);
  await output.close();
});

test.skipIf(!hasMockKafka)(
  "a broker's trouble and a missing topic are reasons to try again (needs librdkafka)",
  async () => {
    const kafka = start();
    kafka.createTopic("falco", 1);
    const output = open(kafka.hostport);
    kafka.fail(["TOPIC_AUTHORIZATION_FAILED"]);
    expect(await output.deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/authoriz/i),
    });
    expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    await output.close();
  },
);

test.skipIf(!hasMockKafka)("a connection that has nothing to do sleeps (needs librdkafka)", async () => {
  const kafka = start();
  kafka.createTopic("falco", 1);
  const output = open(kafka.hostport);
  await deliverAll(output, numbered(0, 2));
  const timers = vi.spyOn(globalThis, "setTimeout");
  await sleep(300);
  expect(timers.mock.calls.length).toBeLessThan(20);
  timers.mockRestore();
  await output.close();
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { hasMockKafka, type MockKafka, startMockKafka } from "../broker/kafka.fixture.ts";
import { openKafkaDoor } from "../broker/kafka-door.fixture.ts";
import { arrived, deliverAll, deliverThrough, idsOf, numbered } from "./brokers-trial.fixture.ts";
import { makeCertificates } from "./certificates.fixture.ts";
import { type KafkaKeys, kafkaOutput } from "./kafka.ts";
import { alertAbout, noCertificates } from "./receiver.fixture.ts";

// librdkafka's mock brokers name no controller, which idempotent producers get their number from; so most of these tests are of the
// producer without.
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

test.skipIf(!hasMockKafka)(
  "with a controller the producer is idempotent (needs librdkafka; a stand-in is the controller)",
  async () => {
    const kafka = start();
    kafka.createTopic("falco", 1);
    const door = await openKafkaDoor(kafka);
    const alerts = numbered(0, 250);
    const output = open(door.hostport);
    await deliverAll(output, alerts);
    expect(door.numbers()).toBe(1);
    await output.close();
    const plain = open(door.hostport, { requiredacks: "one" });
    await deliverAll(plain, numbered(250, 1));
    expect(door.numbers()).toBe(1);
    await plain.close();
    expect((await kafka.read("falco")).map(({ uuid }) => uuid).slice(0, 250)).toEqual(idsOf(alerts));
    door.close();
  },
);

test.skipIf(!hasMockKafka)(
  "users sign in, over TLS with a certificate of our own; a wrong password is said (needs librdkafka; a stand-in asks)",
  async () => {
    const kafka = start();
    kafka.createTopic("falco", 1);
    const { at, read } = makeCertificates();
    const tls = { cert: read("server.crt"), key: read("server.key"), ca: read("ca.crt") };
    const door = await openKafkaDoor({ ...kafka, user: { name: "eyas", password: "right" }, tls });
    const own = { certfile: at("client.crt"), keyfile: at("client.key"), cacertfile: at("ca.crt") };
    const certificates = { ...noCertificates, mutualtlsclient: own };
    for (const sasl of ["plain", "scram_sha256", "scram_sha512"] as const) {
      const access = { ...keys, hostport: [door.hostport], mutualtls: true, sasl, username: "eyas" };
      const wrong = kafkaOutput({ ...access, password: "secret0" }, certificates);
      const answer = await wrong.deliver(numbered(0, 1));
      expect(answer).toMatchObject({ outcome: "retry", reason: expect.stringMatching(/not you|SASL/) });
      expect(JSON.stringify(answer)).not.toContain("secret0");
      const right = kafkaOutput({ ...access, password: "right" }, certificates);
      await deliverAll(right, numbered(0, 2));
      for (const output of [wrong, right]) await output.close();
    }
    expect(await kafka.read("falco")).toHaveLength(6);
    const nobody = open(door.hostport, { tls: true });
    expect(await nobody.deliver(numbered(0, 1))).toMatchObject({ outcome: "retry" });
    await nobody.close();
    door.close();
  },
);

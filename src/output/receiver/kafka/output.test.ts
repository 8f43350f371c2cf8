import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { startMockKafka } from "../../../../test/kafka/mock.ts";
import { kafkaKeys, ofHosts, openPlain } from "../../../../test/kafka/output.ts";
import { kafkaUser } from "../../../../test/kafka/server.ts";
import { codecsOnDisk, newTopic, readTopic } from "../../../../test/kafka/topic.ts";
import { needs } from "../../../../test/parts/needs.ts";
import { sharedServer } from "../../../../test/parts/shared-server.ts";
import { arrived, deliverAll, idsOf, numbered } from "../../brokers-trial.fixture.ts";
import { noCertificates } from "../../receiver.fixture.ts";
import { kafkaOutput } from "./output.ts";

describe("a Kafka broker", { ...needs("kafka", "openssl"), timeout: 240_000 }, () => {
  test("stores every alert with any compression; alerts of a machine are in one partition, in order", async () => {
    const { plain, data } = await sharedServer("kafka");
    for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
      const topic = await newTopic([plain], 4);
      const output = openPlain([plain], topic, { compression });
      const alerts = numbered(0, 450);
      expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
      expect(codecsOnDisk(data, topic)).toEqual([compression]);
      const messages = await readTopic([plain], topic);
      expect(messages.map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
      expect(new Set(messages.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(1);
      expect(messages[0]?.key).toBe("node-1");
      const texts = messages.map(({ text }) => text);
      expect(arrived(texts, alerts)).toEqual(idsOf(alerts));
      await output.close();
    }
  });

  test("recompresses messages in another format", async () => {
    const { plain, data } = await sharedServer("kafka");
    for (const [compression, stored] of [
      ["snappy", "uncompressed"],
      ["lz4", "uncompressed"],
      ["none", "snappy"],
      ["none", "lz4"],
    ] as const) {
      const topic = await newTopic([plain], 1, { "compression.type": stored });
      const output = openPlain([plain], topic, { compression });
      const alerts = numbered(0, 450);
      expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
      expect(codecsOnDisk(data, topic)).toEqual([stored === "uncompressed" ? "none" : stored]);
      expect((await readTopic([plain], topic)).map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
      await output.close();
    }
  });

  test("stores an alert in the partition that the balancer chooses", async () => {
    const { plain } = await sharedServer("kafka");
    const alerts = numbered(0, 40);
    for (const [balancer, partitions] of [
      ["crc32", [3]],
      ["round_robin", [0, 1, 2, 3]],
    ] as const) {
      const topic = await newTopic([plain], 4);
      const output = openPlain([plain], topic, { balancer });
      await deliverAll(output, alerts);
      const messages = await readTopic([plain], topic);
      expect(messages).toHaveLength(alerts.length);
      expect([...new Set(messages.map(({ partition }) => partition))]).toEqual(partitions);
      await output.close();
    }
  });

  test("gets alerts of many machines; with acks 1, only the leader acknowledges them", async () => {
    const { plain } = await sharedServer("kafka");
    const topic = await newTopic([plain], 5);
    const output = openPlain([plain], topic, { requiredacks: "one" });
    const alerts = ofHosts(numbered(0, 500), 40);
    await deliverAll(output, alerts);
    const messages = await readTopic([plain], topic);
    expect(new Set(messages.map(({ uuid }) => uuid))).toEqual(new Set(idsOf(alerts)));
    expect(new Set(messages.map(({ key }) => key)).size).toBe(40);
    expect(new Set(messages.map(({ key, partition }) => `${key} ${partition}`)).size).toBe(40);
    await output.close();
  });

  test("requires SASL; the error for a wrong password does not contain the password", async () => {
    const place = await sharedServer("kafka");
    const topic = await newTopic([place.plain]);
    const at = (name: string) => `${place.certificates}/${name}`;
    const own = { certfile: at("client.crt"), keyfile: at("client.key"), cacertfile: at("ca.crt") };
    const certificates = { ...noCertificates, mutualtlsclient: own, tlsclient: { cacertfile: at("ca.crt") } };
    let sent = 0;
    const deliver = async (changes: Partial<typeof kafkaKeys>) => {
      const output = kafkaOutput({ ...kafkaKeys, topic, ...changes }, certificates);
      const delivery = await output.deliver(numbered(0, 2));
      await output.close();
      if (delivery.outcome === "delivered") sent += 2;
      return delivery;
    };
    const user = { ...kafkaUser, timeout: 30_000 };
    for (const sasl of ["plain", "scram_sha256", "scram_sha512"] as const)
      for (const keys of [{ hostport: [place.sasl] }, { hostport: [place.sasltls], tls: true }]) {
        const wrong = await deliver({ ...keys, ...user, sasl, password: "secret0" });
        expect(wrong).toMatchObject({
          outcome: "retry",
          reason: expect.stringMatching(/authentication/i),
          persistent: true,
        });
        expect(JSON.stringify(wrong)).not.toContain("secret0");
        expect(await deliver({ ...keys, ...user, sasl })).toEqual({ outcome: "delivered" });
      }
    expect(await deliver({ hostport: [place.tls], tls: true })).toEqual({ outcome: "delivered" });
    expect(await deliver({ hostport: [place.mtls], mutualtls: true })).toEqual({ outcome: "delivered" });
    expect(await deliver({ hostport: [place.mtls], tls: true })).toMatchObject({ outcome: "retry" });
    expect(await deliver({ hostport: [place.sasl] })).toMatchObject({ outcome: "retry" });
    expect(await readTopic([place.plain], topic)).toHaveLength(sent);
  });

  test("sets no timers on an idle connection", async () => {
    const { plain } = await sharedServer("kafka");
    const output = openPlain([plain], await newTopic([plain]));
    await deliverAll(output, numbered(0, 2));
    const timers = vi.spyOn(globalThis, "setTimeout");
    await sleep(300);
    expect(timers.mock.calls.length).toBeLessThan(20);
    timers.mockRestore();
    await output.close();
  });
});

test("a disk that a broker cannot write to is a persistent failure", needs("librdkafka"), async () => {
  const kafka = startMockKafka();
  kafka.createTopic("falco", 1);
  kafka.fail(["KAFKA_STORAGE_ERROR"]);
  const output = openPlain([kafka.hostport], "falco", { requiredacks: "one" });
  const alerts = numbered(0, 1);
  expect(await output.deliver(alerts)).toMatchObject({ outcome: "retry", reason: expect.stringContaining("disk") });
  expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
  await output.close();
  kafka.remove();
});

test(
  "no alert is lost if one broker accepts its part of a request and another does not",
  needs("librdkafka"),
  async () => {
    const kafka = startMockKafka(2);
    kafka.createTopic("falco", 2);
    const hostport = kafka.hostport.split(",");
    const output = openPlain(hostport, "falco", { requiredacks: "one", balancer: "round_robin" });
    kafka.failAt(2, "NOT_LEADER_FOR_PARTITION");
    const alerts = numbered(0, 3);
    await deliverAll(output, alerts);
    const messages = await readTopic(hostport, "falco");
    expect(new Set(messages.map(({ uuid }) => uuid))).toEqual(new Set(idsOf(alerts)));
    await output.close();
    kafka.remove();
  },
);

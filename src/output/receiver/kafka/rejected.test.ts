import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { describe, expect, test } from "vitest";
import { openAsUser, openPlain } from "../../../../test/kafka/output.ts";
import { runKafkaTool } from "../../../../test/kafka/process.ts";
import { kafkaUser } from "../../../../test/kafka/server.ts";
import { administer, createTopic, newTopic, readTopic } from "../../../../test/kafka/topic.ts";
import { needs } from "../../../../test/parts/needs.ts";
import { sharedServer } from "../../../../test/parts/shared-server.ts";
import { deliverAll, idsOf, numbered } from "../../brokers-trial.fixture.ts";
import { alertAbout } from "../../receiver.fixture.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const HOUR = 3_600_000;

/** Returns the sizes in bytes of the record batches of the first partition of a topic, in order. */
function batchSizesOf(data: string, topic: string): number[] {
  const log = readFileSync(join(data, `${topic}-0`, "00000000000000000000.log"));
  const sizes: number[] = [];
  // A batch begins with its base offset (8 bytes) and the length of the rest (4 bytes).
  for (let at = 0; at < log.length; at += sizes.at(-1) ?? 0) sizes.push(12 + log.readInt32BE(at + 8));
  return sizes;
}

/** An alert raised `age` milliseconds ago. */
const aged = (age: number) => alertAbout("x", { id: randomUUID(), time: BigInt(Date.now() - age) * 1_000_000n });

describe("rejections of a Kafka broker", { ...needs("kafka", "openssl"), timeout: 240_000 }, () => {
  test("an alert with a future time gets the current timestamp", async () => {
    const { plain } = await sharedServer("kafka");
    const topic = await newTopic([plain]);
    const output = openPlain([plain], topic);
    const before = Date.now();
    const alerts = [aged(HOUR), aged(-24 * HOUR), aged(0), alertAbout("x", { id: randomUUID(), time: -5n })];
    await deliverAll(output, alerts);
    const messages = await readTopic([plain], topic);
    expect(messages.map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
    const [old, tomorrow, , never] = messages;
    expect(old?.time).toBe(Number((alerts[0]?.time ?? 0n) / 1_000_000n));
    for (const message of [tomorrow, never]) {
      expect(message?.time).toBeGreaterThanOrEqual(before);
      expect(message?.time).toBeLessThanOrEqual(Date.now());
    }
    expect(JSON.parse(tomorrow?.text ?? "").time).toBe(
      new Date(Number((alerts[1]?.time ?? 0n) / 1_000_000n)).toISOString().replace("Z", "000000Z"),
    );
    await output.close();
  });

  test("alerts older than the limit of a topic get the current timestamp", async () => {
    const { plain } = await sharedServer("kafka");
    for (const balancer of ["murmur2", "round_robin"] as const) {
      const topic = await newTopic([plain], 3, { "message.timestamp.before.max.ms": HOUR });
      const output = openPlain([plain], topic, { balancer });
      const before = Date.now();
      const alerts = [aged(0), aged(2 * HOUR), aged(60_000), aged(100 * HOUR)];
      const more = [aged(90 * HOUR), aged(60_000)];
      await deliverAll(output, alerts);
      await deliverAll(output, more);
      const messages = new Map((await readTopic([plain], topic)).map((message) => [message.uuid, message]));
      expect(new Set(messages.keys())).toEqual(new Set(idsOf([...alerts, ...more])));
      expect(messages.get(alerts[3]?.id ?? "")?.time).toBeGreaterThanOrEqual(before);
      expect(messages.get(more[1]?.id ?? "")?.time).toBeLessThan(before);
      await output.close();
    }
  });

  test("if the local clock is wrong, messages have no timestamp", async () => {
    const { plain } = await sharedServer("kafka");
    const topic = await newTopic([plain], 1, { "message.timestamp.before.max.ms": 0 });
    const output = openPlain([plain], topic);
    const alerts = Array.from({ length: 20 }, () => aged(HOUR));
    for (const alert of alerts) await deliverAll(output, [alert]);
    const messages = await readTopic([plain], topic);
    expect(messages.map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
    expect(messages.at(-1)?.time).toBe(-1);
    await output.close();
  });

  test("many large alerts are sent in several requests", async () => {
    const { plain } = await sharedServer("kafka");
    const topic = await newTopic([plain], 1, { "max.message.bytes": 3_000_000 });
    const output = openPlain([plain], topic, { timeout: 60_000 });
    const text = "€".repeat(450_000); // contained twice in an alert: 2.7 MB
    const alerts = Array.from({ length: 60 }, () => alertAbout(text, { id: randomUUID(), text: "" }));
    expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
    expect((await readTopic([plain], topic)).map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
    await output.close();
  });

  test("a request contains up to 1 MB", async () => {
    const { plain, data } = await sharedServer("kafka");
    const topic = await newTopic([plain], 1, { "max.message.bytes": 100 << 20 });
    const output = openPlain([plain], topic);
    // The text is contained twice in an alert.
    const alerts = Array.from({ length: 60 }, () => alertAbout("x".repeat(45_000), { id: randomUUID(), text: "" }));
    expect(await output.deliver(alerts)).toEqual({ outcome: "delivered" });
    const sizes = batchSizesOf(data, topic);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(900_000);
    expect((await readTopic([plain], topic)).map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
    await output.close();
  });

  test("an alert that is too large for the topic is rejected, and the others are delivered", async () => {
    const { plain } = await sharedServer("kafka");
    for (const [limit, text] of [
      [1_048_588, "x".repeat(600_000)],
      [20_000, "x".repeat(12_000)],
    ] as const) {
      const topic = await newTopic([plain], 2, { "max.message.bytes": limit });
      const output = openPlain([plain], topic, { balancer: "round_robin" });
      const large = alertAbout(text, { id: randomUUID() });
      const alerts = [...numbered(0, 30), large, ...numbered(30, 30)];
      const delivery = await output.deliver(alerts);
      const reason = expect.stringMatching(
        /^topic t-\S+: the message is too large: \d+ bytes, more than max\.message\.bytes of the topic allows$/,
      );
      expect(delivery).toEqual({ outcome: "partly", reason, retry: [], rejected: [{ alert: large, reason }] });
      const messages = new Set((await readTopic([plain], topic)).map(({ uuid }) => uuid));
      expect(messages).toEqual(new Set(idsOf(alerts.filter((alert) => alert !== large))));
      await output.close();
    }
  });

  test("an alert that is too large for any request is rejected", async () => {
    const { plain } = await sharedServer("kafka");
    const output = openPlain([plain], await newTopic([plain]));
    const delivery = await output.deliver([alertAbout("x".repeat(53 << 20), { id: randomUUID(), text: "" })]);
    expect(delivery).toMatchObject({
      outcome: "rejected",
      reason: expect.stringContaining("more than the maximum request size"),
    });
    await output.close();
  });
});

describe("alerts are retried until an administrator fixes", {
  ...needs("kafka", "openssl"),
  timeout: 240_000,
}, () => {
  /** Checks that delivery is retried for this reason and succeeds after the fix. */
  async function heldBack(
    output: ReturnType<typeof openPlain>,
    topic: string,
    expected: { readonly reason: RegExp; readonly persistent?: true },
    fix: () => Promise<unknown>,
  ) {
    const alerts = numbered(0, 3);
    const failed = { outcome: "retry", ...expected, reason: expect.stringMatching(expected.reason) };
    for (let i = 0; i < 2; i++) expect(await output.deliver(alerts)).toEqual(failed);
    await fix();
    await deliverAll(output, alerts);
    const { plain } = await sharedServer("kafka");
    expect((await readTopic([plain], topic)).map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
    await output.close();
  }

  test("a missing topic", async () => {
    const { plain } = await sharedServer("kafka");
    const topic = `later-${randomUUID()}`;
    const output = openPlain([plain], topic);
    const reason = /topic later-\S+: .*create the topic/;
    await heldBack(output, topic, { reason }, () => createTopic([plain], topic));
  });

  test("a topic without permission to write", async () => {
    const place = await sharedServer("kafka");
    const topic = await newTopic([place.plain]);
    const acl = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${kafkaUser.username}`,
      host: "*",
      operation: AclOperationTypes.WRITE,
      permissionType: AclPermissionTypes.DENY,
    };
    await administer([place.plain], (admin) => admin.createAcls({ acl: [acl] }));
    const reason = /topic t-\S+: .*permission to write/;
    await heldBack(openAsUser(place, topic), topic, { reason, persistent: true }, () =>
      administer([place.plain], (admin) => admin.deleteAcls({ filters: [acl] })),
    );
  });

  test("deliveries are only slowed down by a quota", async () => {
    const { plain } = await sharedServer("kafka");
    const topic = await newTopic([plain]);
    const clientid = `slow-${randomUUID()}`;
    const who = ["--entity-type", "clients", "--entity-name", clientid];
    const quota = ["--alter", "--add-config", "producer_byte_rate=300000", ...who];
    await runKafkaTool("kafka.admin.ConfigCommand", ["--bootstrap-server", plain, ...quota]);
    const output = openPlain([plain], topic, { clientid });
    const alerts = Array.from({ length: 6 }, () => alertAbout("x".repeat(200_000), { id: randomUUID() }));
    await deliverAll(output, alerts);
    expect((await readTopic([plain], topic)).map(({ uuid }) => uuid)).toEqual(idsOf(alerts));
    await output.close();
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, describe, expect, test } from "vitest";
import { natsServers } from "../../../test/parts/nats.ts";
import { needs } from "../../../test/parts/needs.ts";
import { type Broker, startNats } from "../../output/brokers.fixture.ts";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { connectNats } from "../../transport/broker/nats.ts";
import { readTls } from "../../transport/tls.ts";
import { decodeJson } from "../decode.ts";
import { openEvaluator } from "../evaluator.fixture.ts";
import type { Feed } from "../feed.ts";
import { anyJson } from "../reader.ts";
import { type NatsFeedOptions, openNatsFeed } from "./feed.ts";

const running: Broker[] = [];
const feeds: Feed[] = [];
const said: string[] = [];
afterAll(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
  await Promise.all(running.map((broker) => broker.remove()));
});

async function start(program: string, config = ""): Promise<Broker> {
  const broker = await startNats(config, program);
  running.push(broker);
  return broker;
}

function open(port: number, intake: Parameters<typeof openNatsFeed>[1], changes: Partial<NatsFeedOptions> = {}): Feed {
  const feed = openNatsFeed(
    {
      from: "nats://test/events.>",
      source: "json",
      access: {
        hostport: [`127.0.0.1:${port}`],
        username: "",
        password: "",
        token: "",
        credentialsfile: "",
        timeout: 5000,
      },
      tls: { authority: "", certificate: "", key: "" },
      secure: false,
      subject: "events.>",
      consumer: "",
      start: "beginning",
      decode: decodeJson(anyJson.split, 1 << 20),
      say: (sentence) => said.push(sentence),
      ...changes,
    },
    intake,
  );
  feeds.push(feed);
  return feed;
}

async function client(port: number) {
  const nats = await connect({ servers: `127.0.0.1:${port}` });
  const manager = await jetstreamManager(nats);
  return {
    nats,
    makeStream: () => manager.streams.add({ name: "events", subjects: ["events.>"] }),
    /** Number of undelivered and unacknowledged messages. */
    async left(): Promise<number> {
      let left = 0;
      for await (const { num_pending, num_ack_pending } of manager.consumers.list("events"))
        left += num_pending + num_ack_pending;
      return left;
    },
    send(from: number, count: number): void {
      for (let n = from; n < from + count; n++) nats.publish("events.a", JSON.stringify({ n }));
    },
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000 && !(await condition()); i++) await sleep(20);
}

for (const { server, program } of natsServers)
  describe(server, needs(server), () => {
    test("messages of a stream are acknowledged once they are evaluated, not before", async () => {
      const { port } = await start(program);
      const { nats, makeStream, left, send } = await client(port);
      await makeStream();
      send(0, 300);
      const { inbox, evaluate, until: evaluated, numbers } = openEvaluator();
      const feed = open(port, inbox);
      await until(() => inbox.waiting === 300);
      await sleep(100);
      expect(await left()).toBe(300);
      await evaluated(300);
      expect(numbers()).toEqual(upTo(300));
      await until(async () => (await left()) === 0);
      expect(await left()).toBe(0);
      expect(feed.counts).toMatchObject({ accepted: 300, trouble: undefined });
      expect(feed.counts.bytes).toBeGreaterThan(300 * 7);
      send(300, 2);
      await evaluated(302);
      evaluate();
      expect(numbers()).toEqual(upTo(302));
      await feed.close();
      await nats.close();
    });

    test("messages that were not evaluated are delivered to the next consumer", async () => {
      const { port } = await start(program);
      const { nats, makeStream, send } = await client(port);
      await makeStream();
      send(0, 50);
      const first = openEvaluator(10);
      const feed = open(port, first.inbox);
      await until(() => first.inbox.waiting === 10);
      first.evaluate();
      await until(() => first.inbox.waiting === 10);
      await feed.close();
      const seen = first.numbers();
      expect(seen).toEqual(upTo(10));
      const second = openEvaluator();
      open(port, second.inbox);
      const numbers = () => {
        second.evaluate();
        return second.numbers().map(Number);
      };
      await until(() => new Set(numbers()).size >= 40);
      // Each message once: no redelivery is pending.
      expect(numbers().sort((a, b) => a - b)).toEqual(upTo(50).slice(10));
      await nats.close();
    });

    // The server redelivers unacknowledged messages after ten seconds.
    test("after a restart of NATS every message is evaluated", async () => {
      const broker = await start(program);
      const before = await client(broker.port);
      await before.makeStream();
      before.send(0, 100);
      await before.nats.flush();
      const evaluator = openEvaluator(40);
      const feed = open(broker.port, evaluator.inbox);
      await evaluator.until(20);
      await before.nats.close();
      await broker.stop("SIGKILL");
      await until(() => feed.counts.trouble !== undefined);
      expect(feed.counts.trouble).toBeDefined();
      await broker.start();
      const after = await client(broker.port);
      after.send(100, 20);
      const all = () => new Set(evaluator.numbers()).size === 120;
      await until(() => {
        evaluator.evaluate();
        return all();
      });
      expect(all()).toBe(true);
      expect(feed.counts.trouble).toBeUndefined();
      await after.nats.close();
    });

    test("messages that are not events are counted, logged once and not delivered again", async () => {
      const { port } = await start(program);
      const { nats, makeStream, left } = await client(port);
      await makeStream();
      said.length = 0;
      for (const text of ["{broken SECRET", "7", "", '[{"n":0},{"n":1}]', '{"n":2}\n{"n":3}\nno\n{"n":4}\n', '{"n":5}'])
        nats.publish("events.x", text);
      const evaluator = openEvaluator();
      const feed = open(port, evaluator.inbox);
      await evaluator.until(6);
      expect(evaluator.numbers()).toEqual(upTo(6));
      await until(async () => (await left()) === 0);
      expect(await left()).toBe(0);
      expect(Object.fromEntries(feed.counts.refused)).toEqual({ not_json: 3, no_object: 1 });
      expect(said).toEqual([
        expect.stringMatching(/^a message from nats:\/\/test\/events\.> is skipped: invalid JSON at byte /),
      ]);
      expect(said.join()).not.toContain("SECRET");
      await nats.close();
    });

    test("a feed of a subject without a stream receives the messages published while it is connected", async () => {
      const { port } = await start(program);
      const { nats, send } = await client(port);
      const evaluator = openEvaluator();
      const feed = open(port, evaluator.inbox);
      await until(() => {
        send(0, 1);
        return feed.counts.accepted > 0;
      });
      send(1, 200);
      await until(() => {
        evaluator.evaluate();
        return evaluator.numbers().includes(200);
      });
      expect(evaluator.numbers().slice(-200)).toEqual(upTo(201).slice(1));
      await nats.close();
    });

    test("a new consumer can begin at the end, and two instances share the messages", async () => {
      const { port } = await start(program);
      const { nats, makeStream, send } = await client(port);
      await makeStream();
      send(0, 10);
      const evaluates = [openEvaluator(), openEvaluator()];
      const open2 = evaluates.map(({ inbox }) => open(port, inbox, { start: "end", consumer: "shared" }));
      const all = () => {
        for (const evaluator of evaluates) evaluator.evaluate();
        return new Set(evaluates.flatMap(({ numbers }) => numbers()));
      };
      const manager = await jetstreamManager(nats);
      await until(async () => {
        const info = await manager.consumers.info("events", "shared").catch(() => undefined);
        return info !== undefined && info.num_waiting >= 2;
      });
      // On a busy machine, one instance can take all messages that are sent at once.
      let sent = 10;
      do {
        send(sent, 2000);
        sent += 2000;
        await until(() => all().size >= sent - 10);
      } while (open2.some((feed) => feed.counts.accepted === 0));
      expect(all()).toEqual(new Set(upTo(sent).slice(10)));
      await nats.close();
    });

    test("a failed connection is reported without passwords; TLS and passwords are accepted", async () => {
      const { at } = makeCertificates();
      const files = `cert_file: "${at("server.crt")}", key_file: "${at("server.key")}", ca_file: "${at("ca.crt")}"`;
      const { port } = await start(
        program,
        `authorization { user: "eyas", password: "right" }\ntls { ${files}, verify: true }`,
      );
      const access = {
        hostport: [`tls://127.0.0.1:${port}`],
        username: "eyas",
        token: "",
        credentialsfile: "",
        timeout: 5000,
      };
      const tls = { authority: at("ca.crt"), certificate: at("client.crt"), key: at("client.key") };
      const wrong = open(port, openEvaluator().inbox, { access: { ...access, password: "wrong" }, tls });
      await until(() => wrong.counts.trouble !== undefined);
      expect(wrong.counts.trouble).toMatch(/authorization/i);
      await wrong.close();
      expect(wrong.counts.trouble).not.toContain("wrong");
      const unknown = open(port, openEvaluator().inbox, {
        access: { ...access, password: "right" },
        tls: { ...tls, authority: "" },
      });
      await until(() => unknown.counts.trouble !== undefined);
      expect(unknown.counts.trouble).toMatch(/certificate/i);
      await unknown.close();
      const right = open(port, openEvaluator().inbox, { access: { ...access, password: "right" }, tls });
      const nats = await connectNats({ ...access, password: "right" }, readTls(tls), true);
      await until(() => {
        nats.publish("events.a", '{"n":0}');
        return right.counts.accepted > 0;
      });
      expect(right.counts).toMatchObject({ accepted: expect.toSatisfy((n) => n > 0), trouble: undefined });
      await right.close();
      await nats.close();
    });
  });

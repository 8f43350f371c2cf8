import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, printDiagnostic } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-brokers-"));

async function load(text: string, environment = {}) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  const { config, diagnostics } = await loadConfig(file, [], environment);
  return { outputs: config.outputs, said: diagnostics.map((each) => printDiagnostic(each).replace(file, "config")) };
}

test("Falcosidekick's configuration of brokers has the same effect in a file", async () => {
  const { outputs, said } = await load(`
kafka: {hostport: "a:9092,b", topic: "", sasl: SCRAM_SHA512, compression: SNAPPY, balancer: least_bytes, requiredacks: NONE}
nats: {hostport: "nats://n:4222", subjecttemplate: "", minimumpriority: warning}
redis: {address: "r:6379", storagetype: hashmap, database: 3}
rabbitmq: {url: "amqp://u:p@r:5672/", queue: q}
mqtt: {broker: "tcp://m:1883", qos: 2, retained: true}
`);
  expect(said).toEqual([]);
  expect(outputs.kafka).toMatchObject({
    hostport: ["a:9092,b"],
    topic: "falco",
    sasl: "scram_sha512",
    compression: "snappy",
    balancer: "round_robin",
    requiredacks: "one",
  });
  expect(outputs.nats).toMatchObject({ subjecttemplate: "falco.<priority>.<rule>", minimumpriority: "warning" });
  expect(outputs.redis).toMatchObject({ address: "r:6379", storagetype: "hashmap", database: 3, key: "falco" });
  expect(outputs.rabbitmq).toMatchObject({ url: "amqp://u:p@r:5672/", queue: "q" });
  expect(outputs.mqtt).toMatchObject({ broker: "tcp://m:1883", qos: 2, retained: true, topic: "falco/events" });
});

test("Falcosidekick's environment variables for brokers have the same effect", async () => {
  const { outputs, said } = await load("json_output: true", {
    KAFKA_HOSTPORT: "a:9092, b:9092",
    KAFKA_TOPIC: "t",
    NATS_HOSTPORT: "nats://n:4222",
    REDIS_ADDRESS: "r:6379",
    REDIS_PASSWORD: "x",
    MQTT_PORT: "tcp://10.0.0.7:1883", // set by Kubernetes for a service of that name
    MQTT_QOS: "?",
  });
  expect(said).toEqual([]);
  expect(outputs.kafka).toMatchObject({ hostport: ["a:9092", "b:9092"], topic: "t" });
  expect(outputs.nats.hostport).toEqual(["nats://n:4222"]);
  expect(outputs.redis).toMatchObject({ address: "r:6379", password: "x" });
  expect(outputs.mqtt).toMatchObject({ broker: "", qos: 1 });
});

test("an invalid address is an error with its position, without the address", async () => {
  const { said } = await load(`
rabbitmq: {url: "http://u:SECRET@r/"}
redis: {address: "redis://:SEC RET@[r"}
mqtt: {broker: "m:notaport"}
`);
  expect(said).toEqual([
    "config:2:17: error: An address must be a host with an optional port, such as example.org:1234, after amqp:// or amqps://",
    "config:3:18: error: An address must be a host with an optional port, such as example.org:1234, after redis:// or rediss://",
    expect.stringMatching(/^config:4:16: error: An address must be a host/),
  ]);
});

test("a key for one address does not accept several addresses, and a key for several addresses does", async () => {
  const several = "a:1234,b:1234";
  const { outputs, said } = await load(`
redis: {address: "${several}"}
mqtt: {broker: "a,b"}
rabbitmq: {url: "amqp://a,b/"}
nats: {hostport: "nats://a, nats://b:1234"}
kafka: {hostport: "${several}"}
`);
  expect(said).toEqual([2, 3, 4].map((line) => expect.stringMatching(`^config:${line}:.* error: An address must be`)));
  expect(outputs.nats.hostport).toEqual(["nats://a, nats://b:1234"]);
  expect(outputs.kafka.hostport).toEqual([several]);
});

test("a password may contain a comma", async () => {
  const url = "amqp://u:a,b@r:5672/";
  const { outputs, said } = await load(`rabbitmq: {url: "${url}"}`);
  expect(said).toEqual([]);
  expect(outputs.rabbitmq.url).toBe(url);
});

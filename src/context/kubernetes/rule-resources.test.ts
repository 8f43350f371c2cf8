import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { ApiServer } from "../../../test/stand-in/kubernetes/watched-api-server.ts";
import { podCredentials } from "../../transport/kubernetes/credentials.ts";
import { type Api, openApi } from "./api.ts";
import { type RuleResource, resourceLimits, watchRuleResources } from "./rule-resources.ts";
import type { Watch } from "./watch.ts";

// All tests use a stand-in, which has failures on demand. test/rule-resources.built.test.ts uses a real API server.

const TIMES = { firstWait: 10, longestWait: 40, stream: 300, silence: 60_000 };

let server: ApiServer;
let api: Api;
let watch: Watch | undefined;
let seen: (readonly RuleResource[])[];
let said: string[];
beforeEach(async () => {
  server = new ApiServer();
  api = openApi(podCredentials(await server.open(), server.folder), 5000);
  [seen, said] = [[], []];
});
afterEach(async () => {
  await watch?.close();
  api.close();
  await server.close();
});

function manifest(
  name: string,
  rules: string,
  { order = 0, generation = 1, status = {}, created = "2026-01-01" } = {},
) {
  const metadata = { name, uid: `uid-${name}`, generation, creationTimestamp: `${created}T00:00:00Z` };
  return { metadata, spec: { order, rules }, status };
}

const put = (...words: Parameters<typeof manifest>): void => server.put("eyasrules", manifest(...words));

function open(known: readonly RuleResource[] = []): void {
  watch = watchRuleResources(api, { known, gather: 5, times: TIMES }, (resources) => void seen.push(resources), {
    synced: (count) => void said.push(`synced ${count}`),
    lost: (reason) => void said.push(`lost: ${reason}`),
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !holds(); await sleep(5))
    if (Date.now() > end) throw new Error(`the condition was not met; reports: ${said.join("; ")}`);
}

const texts = (): string[] => seen.at(-1)?.map(({ name, text }) => `${name} ${text}`) ?? [];
const requests = (): number => server.asked.filter(({ verb }) => verb === "get").length;

test("resources are reported in order, with changes and deletions (stand-in)", needs("openssl"), async () => {
  put("b", "B");
  put("a", "é", { order: 5 });
  open();
  await until(() => texts().join() === "b B,a é");
  put("b", "B2", { generation: 2 });
  await until(() => texts().join() === "b B2,a é");
  server.remove("eyasrules", manifest("b", ""));
  await until(() => texts().join() === "a é");
});

test("a status change requests nothing (stand-in)", needs("openssl"), async () => {
  put("a", "A");
  open();
  await until(() => texts().join() === "a A");
  put("a", "A", { status: { nodes: { loaded: 1 } } });
  put("b", "B");
  await until(() => texts().join() === "a A,b B");
  expect(requests()).toBe(2); // one for each resource
});

test("unchanged resources of an earlier connection are not requested (stand-in)", needs("openssl"), async () => {
  put("a", "A");
  put("b", "B", { generation: 7 });
  open([
    { name: "a", uid: "uid-a", generation: 1, order: 0, text: "kept" },
    { name: "b", uid: "uid-b", generation: 6, order: 0, text: "old" },
    { name: "c", uid: "uid-c", generation: 1, order: 0, text: "deleted" },
  ]);
  await until(() => seen.length > 0);
  expect(texts()).toEqual(["a kept", "b B"]);
  expect(requests()).toBe(1);
});

test("a resource that was created again with the same name is requested (stand-in)", needs("openssl"), async () => {
  put("a", "A");
  open([{ name: "a", uid: "other", generation: 1, order: 0, text: "old" }]);
  await until(() => seen.length > 0);
  expect(texts()).toEqual(["a A"]);
});

test("nothing is reported before all resources are known (stand-in)", needs("openssl"), async () => {
  for (let i = 0; i < 20; i++) put(`r${i}`, "x");
  open();
  await until(() => seen.length > 0);
  expect(seen.map(({ length }) => length)).toEqual([20]);
});

test.each(["goes away", "talks garbage", "is too busy"] as const)(
  "resources stay known while the server %s (stand-in)",
  needs("openssl"),
  async (behaviour) => {
    put("a", "A");
    open();
    await until(() => texts().join() === "a A");
    server.behaviour = behaviour;
    await server.restart();
    await until(() => said.some((each) => each.startsWith("lost")));
    expect(texts()).toEqual(["a A"]);
    server.behaviour = "well";
    put("b", "B");
    await until(() => texts().join() === "a A,b B");
  },
);

test("resources are listed again after the version has expired (stand-in)", needs("openssl"), async () => {
  put("a", "A");
  put("b", "B");
  open();
  await until(() => texts().join() === "a A,b B");
  server.remove("eyasrules", manifest("a", ""));
  server.forget("says so");
  await until(() => texts().join() === "b B");
});

test("resources above a limit have a problem, and older resources are kept (stand-in)", needs("openssl"), async () => {
  const large = "x".repeat(resourceLimits.textBytes);
  put("a-too-large", `${large}x`);
  for (let i = 0; i < resourceLimits.allBytes / large.length; i++) put(`old-${i}`, large);
  put("a-new", large, { created: "2026-02-02" });
  put("small", "x", { created: "2026-03-03" });
  open();
  await until(() => seen.length > 0);
  const problems = seen[0]?.filter(({ problem }) => problem !== undefined).map(({ name, problem }) => [name, problem]);
  expect(problems).toEqual([
    ["a-new", "the total size of all EyasRules exceeds 16 MiB"],
    ["a-too-large", "spec.rules exceeds 1 MiB"],
    ["small", "the total size of all EyasRules exceeds 16 MiB"],
  ]);
});

test("only the oldest thousand resources are loaded (stand-in)", needs("openssl"), async () => {
  for (let i = 0; i < resourceLimits.count; i++) put(`old-${i}`, "x");
  put("a-new", "x", { created: "2026-02-02" });
  open();
  await until(() => seen.length > 0);
  const problems = seen[0]?.filter(({ problem }) => problem !== undefined).map(({ name, problem }) => [name, problem]);
  expect(problems).toEqual([["a-new", "there are more than 1000 EyasRules"]]);
});

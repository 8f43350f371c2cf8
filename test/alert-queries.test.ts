// A query finds the same alerts on the command line of `eyas alerts`, in the API of a journal, and in the store of a
// fleet.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import type { Entry } from "../src/alert/entry.ts";
import { filterOf } from "../src/api/filter/filter.ts";
import { elasticsearchStore } from "../src/api/store/elasticsearch/elasticsearch-store.ts";
import { realFleet, type TestFleet } from "../src/api/store/elasticsearch/fleet.fixture.ts";
import { journalStore } from "../src/api/store/journal/journal-store.ts";
import type { Store } from "../src/api/store/store.ts";
import { entry, newJournal } from "../src/journal/alerts.fixture.ts";
import { openWriter } from "../src/journal/write.ts";
import { needs } from "./parts/needs.ts";
import { sharedServer } from "./parts/shared-server.ts";

const run = promisify(execFile);
const minute = 60_000_000_000n;
const now = BigInt(Date.now()) * 1_000_000n;

const entries: readonly Entry[] = [
  entry(
    1,
    { time: now - 300n * minute, rule: "Terminal shell in container" },
    { "k8s.ns.name": "prod", "proc.cmdline": "sh -c id" },
  ),
  entry(2, { time: now - 200n * minute, priority: "Critical" }, { "k8s.ns.name": "prod", "fd.name": "/etc/shadow" }),
  entry(
    3,
    { time: now - 90n * minute, tags: ["network"] },
    { "k8s.ns.name": "staging", "fd.sport": 443, "proc.name": "curl" },
  ),
  entry(
    4,
    { time: now - 30n * minute, priority: "Debug", hostname: "node-2" },
    { "container.name": "web,1", "proc.name": "nginx" },
  ),
  entry(
    5,
    { time: now - 10n * minute, message: "Größe: 100% <éclair> shadowy", output: undefined },
    { "fd.name": "/" },
  ),
  entry(
    6,
    { time: now - minute, rule: "Delete or rename shell history", tags: [] },
    { "fd.sport": 80, "proc.args": ["-x", "curl"] },
  ),
];

const queries: readonly (readonly [text: string, numbers: readonly number[]])[] = [
  ["", [1, 2, 3, 4, 5, 6]],
  ["rule = 'Terminal shell in container'", [1]],
  ["rule=Terminal shell in container", [1]],
  ["rule=Delete or rename shell history", [6]],
  ["rule~SHELL", [1, 6]],
  ["rule!~shell", [2, 3, 4, 5]],
  ["rule icontains shell and not tags exists", [6]],
  ["ns=prod", [1, 2]],
  ["ns!=prod,staging", [4, 5, 6]],
  ["k8s.ns.name in (prod, staging) and priority > warning", [2]],
  ["(ns=prod priority>=critical) or host=node-2", [2, 4]],
  ["priority>=warning since 2h until 5m", [3, 5]],
  ["not since 2h", [1, 2]],
  ["priority = debug or (until 4h and ns=prod)", [1, 4]],
  ["tag=network", [3]],
  ["tags != network", [1, 2, 4, 5, 6]],
  ["tags intersects (network, T1005) and container exists", [4]],
  ['container="web,1"', [4]],
  ["proc=curl,nginx", [3, 4]],
  ["proc.args = curl", [6]],
  ["fd.sport>=80 fd.sport<443", [6]],
  ["not fd.sport > 80", [1, 2, 4, 5, 6]],
  ["fd.name startswith /etc/sh", [2]],
  ["fd.name glob '/etc/file-[34]'", [3, 4]],
  ["fd.name regex '/etc/file-[0-4]'", [1, 3, 4]],
  ["fd.name pmatch (/etc) and not proc.name = cat", [3, 4]],
  ["fd.name~SHAD", [2]],
  ["file=/", [5]],
  ["pid>3", [4, 5, 6]],
  ["shadow", [2]],
  ["shad*", [2, 5]],
  ["not shadow", [1, 3, 4, 5, 6]],
  ["curl or nginx", [3, 4, 6]],
  ["not (curl or shad*)", [1, 4]],
  ['"read the file" ns=staging', [3]],
  ['/etc/shadow or (not "read the" and größe)', [2, 5]],
  ["% <", [5]],
  ["message contains '100%'", [5]],
  ["output icontains GRÖẞE", [5]],
];

async function listed(store: Store, query: string): Promise<readonly unknown[]> {
  const { alerts } = await store.list(filterOf({ query }, store.isField), { limit: 100, order: "oldest" });
  return alerts.map(({ fields }) => fields["proc.pid"]);
}

describe("eyas alerts and the journal's store", () => {
  const file = newJournal();
  let store: Store;

  beforeAll(() => {
    const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
    writer.append(entries);
    writer.close();
    store = journalStore(file);
  });
  afterAll(() => store.close());

  async function printed(query: string): Promise<readonly unknown[]> {
    const { stdout } = await run(join(home, "bin/eyas"), ["alerts", "--journal", file, "--json", query]);
    const lines = stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line).output_fields["proc.pid"]).reverse();
  }

  test.each(queries)("%s", async (query, numbers) => {
    expect({ command: await printed(query), store: await listed(store, query) }).toEqual({
      command: numbers,
      store: numbers,
    });
  });

  test("the beginning of an id", async () => {
    const { alerts } = await store.list(filterOf({}, store.isField), { limit: 1, order: "oldest" });
    const begin = alerts[0]?.id.slice(0, 35) ?? "";
    const expected = { command: await printed(`id=${begin}`), store: await listed(store, `uuid = ${begin}`) };
    expect(expected).toEqual({ command: expect.arrayContaining([1]), store: expected.command });
  });

  test("`eyas alerts` also accepts a name in another case", async () => {
    expect(await printed("rule=terminal SHELL in container")).toEqual([1]);
    expect(await printed("not (ns=PROD or ns=none)")).toEqual([3, 4, 5, 6]);
  });
});

describe("the store of a fleet", () => {
  const part = needs("opensearch-2");
  let fleet: TestFleet;
  let store: Store;

  beforeAll(async () => {
    if (part.skip) return;
    fleet = await realFleet("opensearch", await sharedServer("opensearch-2"));
    await fleet.append(entries);
    store = await elasticsearchStore(fleet.settings, journalStore("/nowhere"));
  }, 120_000);
  afterAll(async () => {
    store?.close();
    await fleet?.close();
  });

  test.each(queries)("%s", part, async (query, numbers) => {
    expect(await listed(store, query)).toEqual(numbers);
  });
});

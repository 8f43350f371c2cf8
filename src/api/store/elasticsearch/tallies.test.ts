import { expect, test } from "vitest";
import { entry } from "../../../journal/alerts.fixture.ts";
import { everything, filterOf } from "../../filter/filter.ts";
import { journalStore } from "../journal/journal-store.ts";
import { elasticsearchStore } from "./elasticsearch-store.ts";
import { standInFleet } from "./fleet.fixture.ts";

test("containers are counted by name, and containers without a name by ID", async () => {
  const fleet = await standInFleet("elasticsearch");
  const time = BigInt(Date.now()) * 1_000_000n;
  await fleet.append(
    [
      { "container.id": "c1", "container.name": "web" },
      { "container.id": "c2", "container.name": "web" },
      { "container.id": "c3" },
      { "container.id": "c4", "container.name": "c3" },
      { "container.id": "host" },
      {},
    ].map((fields, i) => entry(i, { time: time + BigInt(i), priority: i === 2 ? "Error" : "Notice" }, fields)),
  );
  const store = await elasticsearchStore(fleet.settings, journalStore("/nowhere"));
  const count = async (filter = everything, limit = 10) => {
    const { counts, ...others } = await store.count(filter, "container", limit);
    return { counts: counts.map(({ value, count: number }) => `${value} ${number}`).sort(), ...others };
  };
  expect(await count()).toEqual({ counts: ["c3 2", "host 1", "null 1", "web 2"], total: 6 });
  expect(await count(everything, 1)).toMatchObject({ counts: [expect.stringMatching(/^(c3|web) 2$/)], total: 6 });
  const errors = filterOf({ query: "priority = error" }, () => true);
  expect(await count(errors)).toEqual({ counts: ["c3 1"], total: 1 });
  // A query that the server cannot evaluate exactly.
  const tested = filterOf({ query: "container.id regex 'c[0-9]'" }, () => true);
  expect(await count(tested)).toEqual({ counts: ["c3 2", "web 2"], total: 4 });
  store.close();
  await fleet.close();
});

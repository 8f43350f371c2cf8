import { expect, test, vi } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { noCounts } from "../../journal/counts.ts";
import type { Journal } from "../../journal/journal.ts";
import { alertWith } from "../../output/alert.fixture.ts";
import type { DispatcherWorker } from "./dispatcher-worker.ts";
import { deliveryFromJournal } from "./journal-delivery.ts";

const stored: string[] = [];
let hasRoom = false;

const journal: Journal = {
  async append(alerts) {
    const fits = alerts.map(({ text }) => hasRoom || text === "rare");
    stored.push(...alerts.filter((_, i) => fits[i]).map(({ text }) => text));
    return { ids: alerts.map(({ text }, i) => (fits[i] ? text : undefined)) };
  },
  setPosition() {},
  saveProgress: async () => true,
  mark: async () => true,
  answers: 0,
  limit() {},
  counts: () => noCounts,
  close: async () => {},
};

const dispatcher: DispatcherWorker = {
  order() {},
  replace() {},
  counts: () => [],
  positionsStored: async () => {},
  close: async () => {},
};

vi.mock(import("./journal.ts"), async (original) => ({ ...(await original()), configuredJournal: () => journal }));
vi.mock(import("./dispatcher-worker.ts"), () => ({ openDispatcherWorker: async () => dispatcher }));

const batch = () => [alertWith("common"), alertWith("rare")];

test("a batch of which only a part was stored is completed when it is sent again", async () => {
  const { config } = await loadConfig(undefined, ["stdout_output.enabled=false"]);
  let reads = 0;
  const delivery = await deliveryFromJournal(
    config,
    () => {},
    () => {},
    { stored: () => reads++ },
  );
  expect(await delivery.store(batch())).toBe("full");
  expect(reads).toBe(1);
  expect(await delivery.store(batch())).toBe("full");
  expect(stored).toEqual(["rare"]);
  hasRoom = true;
  expect(await delivery.store(batch())).toBeUndefined();
  expect(stored).toEqual(["rare", "common"]);
  expect(await delivery.store(batch())).toBeUndefined();
  expect(stored).toEqual(["rare", "common", "common", "rare"]);
  await delivery.close();
});

import { expect, test, vi } from "vitest";
import { loadConfig } from "../../config/load.ts";
import { noCounts } from "../../journal/counts.ts";
import type { Journal } from "../../journal/journal.ts";
import { alertWith } from "../../output/alert.fixture.ts";
import { deliveryFor } from "./delivery.ts";
import type { DispatcherWorker } from "./dispatcher-worker.ts";
import { deliveryFromJournal } from "./journal-delivery.ts";

const stored: string[] = [];
let hasRoom = false;
let isHung = false;
let handed = 0;
let limits: unknown;
let replaced = 0;

const journal: Journal = {
  async append(alerts) {
    if (isHung) await new Promise(() => {});
    const fits = alerts.map(({ text }) => hasRoom || text === "rare");
    stored.push(...alerts.filter((_, i) => fits[i]).map(({ text }) => text));
    return { ids: alerts.map(({ text }, i) => (fits[i] ? text : undefined)) };
  },
  setPosition() {},
  saveProgress: async () => true,
  mark: async () => true,
  answers: 0,
  limit(next) {
    limits = next;
  },
  counts: () => noCounts,
  close: async () => {},
};

const dispatcher: DispatcherWorker = {
  order(order) {
    if (order.kind === "add") handed += order.alerts.length;
  },
  replace() {
    replaced++;
  },
  counts: () => [],
  failure: undefined,
  positionsStored: async () => {},
  close: async () => {},
};

vi.mock(import("./journal.ts"), async (original) => ({ ...(await original()), configuredJournal: () => journal }));
vi.mock(import("./dispatcher-worker.ts"), () => ({ openDispatcherWorker: async () => dispatcher }));

const batch = () => [alertWith("common"), alertWith("rare")];

test("a batch that was only partly stored is completed when the batch is sent again", async () => {
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

test("a reload that changes only limits of the journal or the web UI keeps the outputs connected", async () => {
  const output = "stdout_output.enabled=false";
  const { config } = await loadConfig(undefined, [output]);
  const delivery = await deliveryFor(
    config,
    () => {},
    () => {},
  );
  const page = ["web_page.enabled=true", "web_page.hosts=[page]"];
  await delivery.apply(await loadConfig(undefined, [output, ...page, "journal.max_size=2GB", "journal.max_age=1d"]));
  expect([limits, replaced]).toEqual([{ maxAge: 86_400_000, maxSize: 2e9 }, 0]);
  await delivery.apply(await loadConfig(undefined, [output, "web_page.public_url=https://eyas.example.org"]));
  expect(replaced).toBe(1);
  await delivery.close();
});

test("if the journal does not respond, events and reloads do not wait for it, and alerts are delivered", async () => {
  isHung = true;
  const loaded = await loadConfig(undefined, ["stdout_output.enabled=false"]);
  const delivery = await deliveryFromJournal(
    loaded.config,
    () => {},
    () => {},
    {},
  );
  await delivery.deliver(Array.from({ length: 20_001 }, () => alertWith("waits")));
  expect([handed, delivery.journal?.().missed]).toEqual([0, 0]);
  await delivery.deliver(batch());
  expect([handed, delivery.journal?.().missed]).toEqual([2, 2]);
  await delivery.apply(loaded);
});

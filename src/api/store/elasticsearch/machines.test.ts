// Tests the machines of a fleet with a stand-in and with real servers. The clock is moved, so that tests need not wait.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { realFleets } from "../../../../test/parts/opensearch/fleets.ts";
import { type StateChanges, stateOf } from "../../../output/machine-state.fixture.ts";
import type { AgentView, Silent } from "../../agent-view.ts";
import { machinesAnswer } from "../../machines/answer.ts";
import { mistakeIn } from "../../mistake.ts";
import { components } from "../../schemas/components.ts";
import type { Machine } from "../../schemas/machine.ts";
import { journalStore } from "../journal/journal-store.ts";
import type { Store } from "../store.ts";
import { elasticsearchStore } from "./elasticsearch-store.ts";
import { standInFleet, type TestFleet } from "./fleet.fixture.ts";

const own: ReturnType<AgentView["status"]> = {
  ...{ version: "1.2.0", hostname: "page", started: "2026-01-01T00:00:00Z", watching: false, health: [] },
  ...{ sources: [], outputs: [], exhausted: [], dryRun: false, rules: { loaded: 0, warnings: 0 } },
};

const opened: Store[] = [];
let fleet: TestFleet;

async function open(): Promise<Store> {
  const store = await elasticsearchStore(fleet.settings, journalStore("/nowhere"));
  opened.push(store);
  return store;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"] }));
afterEach(async () => {
  vi.useRealTimers();
  for (const store of opened.splice(0)) store.close();
  await fleet.close();
});

/** Moves the clock. */
const pass = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000);
const claim = async (store: Store): Promise<readonly Silent[]> => (await store.claimSilent?.()) ?? [];
const nameOf = (one: Silent): string =>
  "count" in one ? `${one.count} of ${one.of}: ${one.hostnames.toSorted().join(" ")}` : one.hostname;
const hosts = (silent: readonly Silent[]): string[] => silent.map(nameOf).sort();
const machines = async (store: Store): Promise<readonly Machine[]> => {
  pass(11); // after which states are read again
  return (await store.machines(own)).machines;
};
const states = async (store: Store): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await machines(store)).map(({ hostname, state }) => [hostname, state]));
const write = (numbers: readonly number[], changes: StateChanges = {}): Promise<void> =>
  fleet.writeStates(numbers.map((number) => stateOf(number, changes)));
const from = (first: number, last: number): number[] => Array.from({ length: last - first }, (_, i) => first + i);

describe.each([["a stand-in", () => standInFleet("opensearch"), {}] as const, ...realFleets])(
  "with %s",
  (_, start, options) => {
    describe("the machines of a fleet", { ...options, timeout: 300_000 }, () => {
      beforeEach(async () => {
        fleet = await start();
      }, 120_000);

      test("are empty before the first document", async () => {
        const store = await open();
        expect(await store.machines(own)).toEqual({ source: "fleet", note: null, machines: [], complete: true });
        expect((await store.machineHistory("x")).history).toEqual([]);
        expect(await claim(store)).toEqual([]);
      });

      test("each of 200 machines has the correct state, and each silent machine is reported once, by one of two pages", async () => {
        const pages = [await open(), await open()] as const;
        /** Checks both pages at the same time, and returns the machines that each page reports. */
        const both = () => Promise.all(pages.map(claim));
        const [killed, stopped, dropping, old, living] = [
          from(0, 10),
          from(10, 20),
          from(20, 30),
          from(30, 40),
          from(40, 200),
        ];
        const { rules, events } = stateOf(0).eyas;
        const report = async (): Promise<void> => {
          await write(living);
          const last_dropped = new Date().toISOString();
          await write(dropping, { eyas: { events: { ...events, dropped: 12, dropped_recently: 12, last_dropped } } });
          await write(old, { eyas: { rules: { ...rules, digest: "b".repeat(64) } } });
        };
        await report();
        await write([...killed, ...stopped]);
        expect(await both()).toEqual([[], []]);
        pass(60);
        await report();
        await write(stopped, { eyas: { stopped: true } });
        expect(await both()).toEqual([[], []]);
        pass(50);
        await report();
        expect(await both()).toEqual([[], []]);
        pass(30);
        const [one = [], other = []] = await both();
        expect(hosts([...one, ...other])).toEqual(killed.map((number) => `node-${number}`));
        pass(30);
        await report();
        expect(await both()).toEqual([[], []]);

        for (const page of pages) {
          const found = await states(page);
          const numbers = (state: string): number[] =>
            Object.entries(found)
              .filter(([, value]) => value === state)
              .map(([name]) => Number(name.slice("node-".length)))
              .sort((a, b) => a - b);
          expect([numbers("silent"), numbers("stopped"), numbers("dropping"), numbers("old rules")]).toEqual([
            killed,
            stopped,
            dropping,
            old,
          ]);
          expect(numbers("healthy")).toEqual(living);
        }

        await write([3]); // is back, and ends again
        pass(11);
        expect(await both()).toEqual([[], []]);
        for (let i = 0; i < 2; i++) {
          pass(50);
          await report();
          expect(await both()).toEqual([[], []]);
        }
        pass(50);
        await report();
        expect(hosts((await both()).flat())).toEqual(["node-3"]);
        // A page that starts later does not report the silent machines again.
        const late = await open();
        for (let i = 0; i < 4; i++) {
          expect(await claim(late)).toEqual([]);
          pass(50);
          await report();
        }
      });

      test("clock skew does not cause silence, and documents in the future are detected", async () => {
        const store = await open();
        const behind = { ago: 900 };
        await write([1]);
        await write([2], behind);
        await fleet.writeStates([stateOf(3, { ago: -86_400 }), stateOf(4), stateOf(4, { ago: -86_400 })]);
        expect((await states(store))["node-2"]).toBe("silent"); // nothing has arrived since the page was opened
        const reported: Silent[] = [];
        for (let i = 0; i < 4; i++) {
          pass(50);
          await write([1]);
          await write([2], behind);
          reported.push(...(await claim(store)));
        }
        expect(hosts(reported)).toEqual(["node-4"]);
        expect(await states(store)).toEqual({
          ...{ "node-1": "healthy", "node-2": "healthy", "node-3": "clock ahead", "node-4": "silent" },
        });
      });

      test("a page reports no silence while the server did not respond, and for two minutes afterwards", async () => {
        const store = await open();
        await write([1, 2]);
        expect(await claim(store)).toEqual([]);
        pass(600); // no check succeeded
        expect(await claim(store)).toEqual([]);
        pass(60);
        await write([2]);
        expect(await claim(store)).toEqual([]);
        pass(61);
        expect(hosts(await claim(store))).toEqual(["node-1"]);
      });

      test("the history of a machine", async () => {
        const store = await open();
        const { events } = stateOf(0).eyas;
        for (const [ago, rate, dropped] of [
          [90_000, 9, 9],
          [7200, 100, 0],
          [1230, 200, 5],
          [1200, 400, 6],
        ] as const)
          await fleet.writeStates([
            stateOf(1, { ago, eyas: { backlog: rate, events: { ...events, rate, dropped_recently: dropped } } }),
          ]);
        await write([2]);
        const { interval, history } = await store.machineHistory(stateOf(1).agent.id);
        expect(interval).toBe(600);
        const sum = (kind: "dropped"): number => history.reduce((total, one) => total + one[kind], 0);
        expect([sum("dropped"), Math.max(...history.map(({ backlog }) => backlog))]).toEqual([11, 400]);
        expect(history[0]).toMatchObject({ rate: 100, dropped: 0, backlog: 100, memory: 120_000_000 });
      });

      test("only the valid parts of untrusted documents are shown", async () => {
        const store = await open();
        const hostile = '<img src=x onerror="alert(1)">\u202e';
        const { events } = stateOf(0).eyas;
        await fleet.writeStates([
          stateOf(1, { host: hostile, version: "999999.0.0<b>" }),
          stateOf(2, { eyas: { events: { ...events, rate: 1e300, dropped: -5, lag: "much" }, memory: "all" } }),
          stateOf(3, { id: ["x", "y"] }),
          stateOf(4, { host: "x".repeat(50_000) }),
          stateOf(5, { id: "" }),
          stateOf(6, { eyas: { health: "none", outputs: [null, 7], rules: null, last_error: null } }),
        ]);
        const found = await machines(store);
        expect(found.map(({ id }) => id).sort()).toEqual(
          ["x", "y", ...[1, 2, 4, 6].map((number) => stateOf(number).agent.id)].sort(),
        );
        for (const machine of found)
          expect(
            mistakeIn(components.Machine!, { machine, interval: 0, history: [] }),
            machine.hostname,
          ).toBeUndefined();
        expect(found.find(({ hostname }) => hostname === hostile)?.version).toBe("999999.0.0<b>");
        expect(found.find(({ id }) => id === stateOf(2).agent.id)).toMatchObject({
          rate: null,
          dropped: null,
          lag: null,
        });
        expect(found.find(({ id }) => id === stateOf(4).agent.id)?.hostname).toHaveLength(255);
        const answer = machinesAnswer(await store.machines(own), { text: "onerror" }, { limit: 5 });
        expect(answer).toMatchObject({ total: 1, complete: true, next: null });
        expect(mistakeIn(components.Machines!, answer)).toBeUndefined();
      });
    });
  },
);

test("fake machines do not displace known machines, and the list is marked as incomplete (stand-in)", {
  timeout: 120_000,
}, async () => {
  const flooded = await standInFleet("elasticsearch");
  fleet = flooded;
  const store = await open();
  await write([0xffff]);
  expect(await states(store)).toEqual({ "node-65535": "healthy" });
  pass(60);
  await write([0xffff]);
  // The server's response for 12,000 machines. Writing their documents one by one would take too long.
  const fakes = Array.from({ length: 12_000 }, (_, i) => i.toString(16).padStart(8, "0"));
  const time = Date.now();
  flooded.standIn.interrupt = ({ path, body }) => {
    if (!path.startsWith("/eyas-machines/_search") || !body.includes("must_not")) return undefined;
    const { after } = JSON.parse(body).aggs.machines.composite;
    const rest = fakes.filter((id) => after === undefined || id > after.machine).slice(0, 2000);
    const value = { doc_count: 1, time: { value: time } };
    const buckets = rest.map((machine) => ({
      ...{ key: { machine }, past: value, stopped: { time: { value: null } }, ahead: { time: { value: null } } },
    }));
    const machines = { after_key: { machine: rest.at(-1) }, buckets };
    return { body: JSON.stringify({ timed_out: false, _shards: { failed: 0 }, hits: {}, aggregations: { machines } }) };
  };
  pass(11);
  const list = await store.machines(own);
  expect([list.machines.length, list.complete]).toEqual([10_000, false]);
  expect(list.machines.find(({ hostname }) => hostname === "node-65535")?.state).toBe("healthy");
  pass(60);
  await write([0xffff]);
  pass(11);
  expect((await store.machines(own)).machines.find(({ hostname }) => hostname === "node-65535")?.state).toBe("healthy");
  const answer = machinesAnswer(await store.machines(own), {}, { limit: 100 });
  expect([answer.machines.length, answer.total, answer.next]).toEqual([100, 10_000, "100"]);
});

test("a document that is too large hides only the facts of its machine (stand-in)", async () => {
  const full = await standInFleet("opensearch");
  fleet = full;
  const store = await open();
  await write([1, 2, 3]);
  const large = stateOf(2).agent.id;
  full.standIn.interrupt = ({ body }) =>
    body.includes("top_hits") && body.includes(large) ? { body: `{"long": "${"x".repeat(9 << 20)}"}` } : undefined;
  const found = await machines(store);
  expect(found.map(({ id, hostname, state }) => [id === large, hostname, state])).toEqual([
    [false, "node-1", "healthy"],
    [true, "", "degraded"],
    [false, "node-3", "healthy"],
  ]);
});

describe("claims of silent machines (stand-in)", () => {
  let small: Awaited<ReturnType<typeof standInFleet>>;
  beforeEach(async () => {
    small = await standInFleet("opensearch");
    fleet = small;
  });

  /** Advances the clock and runs the checks of pages. @returns the machines that each page reported */
  async function check(pages: readonly Store[], seconds: number, living: readonly number[]): Promise<string[][]> {
    const reported: string[][] = pages.map(() => []);
    for (let passed = 0; passed < seconds; passed += 30) {
      pass(30);
      if (living.length > 0) await write(living);
      for (const [i, page] of pages.entries()) reported[i]?.push(...hosts(await claim(page).catch(() => [])));
    }
    return reported;
  }

  test("an alert is raised even if the response to its claim is lost", async () => {
    const page = await open();
    await write([1, 2]);
    await check([page], 120, [1, 2]);
    let lost = 0;
    small.standIn.interrupt = ({ path, body }) => {
      if (lost > 0 || !path.includes("_create/silent-")) return undefined;
      lost++;
      // The document is written, and the connection is lost.
      void fetch(`${small.standIn.url}${path}`, {
        method: "PUT",
        body,
        headers: { "content-type": "application/json" },
      });
      return { status: 504, body: "{}" };
    };
    const first = (await check([page], 150, [2])).flat();
    const second = (await check([page], 180, [2])).flat();
    expect(lost).toBe(1);
    expect([...first, ...second]).toEqual(["node-1"]);
    expect((await check([page, await open()], 900, [2])).flat()).toEqual([]);
  });

  test("another page raises the alert of a page that exited after its claim, but only if the alert was not raised", async () => {
    const [ended, other] = [await open(), await open()];
    await write([1, 2]);
    await check([ended, other], 120, [1, 2]);
    expect((await check([ended], 150, [2])).flat()).toEqual(["node-1"]); // and is killed before the next check
    expect((await check([other], 240, [2])).flat()).toEqual([]);
    expect((await check([other], 300, [2])).flat()).toEqual(["node-1"]);
    expect((await check([other, await open()], 900, [2])).flat()).toEqual([]);
  });

  test("no silence is reported while claims are rejected, and for two minutes afterwards", async () => {
    const page = await open();
    await write([1, 2]);
    await check([page], 120, [1, 2]);
    let rejected = 0;
    small.standIn.interrupt = ({ path }) => {
      if (!path.includes("_create/")) return undefined;
      rejected++;
      return { status: 403, body: '{"error":{"type":"cluster_block_exception","reason":"flood stage"}}' };
    };
    for (let i = 0; i < 20 && rejected === 0; i++) expect((await check([page], 30, [])).flat()).toEqual([]);
    expect(rejected).toBe(1);
    small.standIn.interrupt = () => undefined;
    expect((await check([page], 90, [])).flat()).toEqual([]); // the agents have not written yet
    expect((await check([page], 150, [1, 2])).flat()).toEqual([]);
  });

  test("if most machines become silent together, one page raises one alert", async () => {
    const pages = [await open(), await open()];
    await write([1, 2, 3, 4, 5]);
    await check(pages, 120, [1, 2, 3, 4, 5]);
    await check(pages, 30, [3, 4, 5]); // the others wrote a little earlier
    expect((await check(pages, 300, [4, 5])).flat()).toEqual(["3 of 5: node-1 node-2 node-3"]);
    expect((await check([...pages, await open()], 300, [4, 5])).flat()).toEqual([]);
    expect(await states(pages[0]!)).toEqual({
      ...{ "node-1": "silent", "node-2": "silent", "node-3": "silent", "node-4": "healthy", "node-5": "healthy" },
    });
    await check(pages, 30, [1, 4, 5]); // is back, and ends again
    expect((await check(pages, 180, [4, 5])).flat()).toEqual(["node-1"]);
  });
});

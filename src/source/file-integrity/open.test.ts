import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type { Document } from "../../event/document.ts";
import { Machine } from "../../machine/machine.ts";
import { defaultsOf } from "../../setting/shape.ts";
import type { SuperviseOptions } from "../../worker/supervise.ts";
import type { FeedContext, FeedRequest } from "../origin/descriptor.ts";
import { type Attributed, Attribution } from "./attribution.ts";
import { automatic, keys } from "./keys.ts";
import type { Change, WatchMessage } from "./messages.ts";
import { openChanges } from "./open.ts";

/** The options of the supervised worker, which does not run. */
const worker = vi.hoisted(() => ({ options: undefined as unknown }));
vi.mock(import("../../worker/supervise.ts"), () => ({
  supervise(options) {
    worker.options = options;
    return { send: () => true, unref() {}, pause() {}, resume() {}, close: async () => {}, end() {} };
  },
}));

const folder = mkdtempSync(join(tmpdir(), "eyas-changes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const change: Change = {
  ...{ path: "/etc/a", kind: "modified", differences: [], from: undefined, time: 0, events: 1, foundBy: "event" },
  ...{ actors: [1], moreActors: false, owner: undefined, before: undefined, after: undefined },
};

function open(attribution: Partial<Attribution>) {
  const documents: Document[] = [];
  const request = {
    ...{ source: "file_integrity", origin: automatic, keys: "", settings: defaultsOf(keys) },
    intake: { offer: (given: readonly Document[]) => documents.push(...given) },
  };
  const context: FeedContext = {
    ...{ positions: "", state: folder, warn() {} },
    attribution: attribution as Attribution, // its other members are not used
  };
  const feed = openChanges(request as unknown as FeedRequest<typeof automatic>, context); // the reader is not used
  const { onMessage, onFailure } = worker.options as SuperviseOptions<WatchMessage>; // of the mock
  return { feed, documents, onMessage, onFailure };
}

test("a change that cannot be processed does not stop the agent or prevent reports of other changes", async () => {
  let isSettled = false;
  let calls = 0;
  const { feed, documents, onMessage } = open({
    noteActors() {},
    keep() {},
    areSettled: () => isSettled,
    of(): Attributed {
      if (++calls < 3) throw new Error("out of range");
      return { lineage: [], seen: undefined, manager: undefined };
    },
  });
  const actor = { id: 1, tid: 1, time: 0, seen: undefined };
  onMessage({ kind: "actors", actors: [actor] });
  onMessage({ kind: "changes", changes: [change, change] });
  isSettled = true;
  onMessage({ kind: "changes", changes: [change] });
  await vi.waitFor(() => expect(documents).toHaveLength(1));
  expect(feed.counts.refused.get("failed")).toBe(2);
  expect(feed.counts.trouble).toContain("out of range");
  onMessage({ kind: "baseline", entries: 1, seconds: 1, first: false });
  expect(feed.counts.trouble).toBeUndefined();
  await feed.close();
});

test("a held report is passed to the engine before a new worker reuses the numbers of its actors", async () => {
  const machine = new Machine();
  const attribution = new Attribution(machine, () => -1);
  const { feed, documents, onMessage, onFailure } = open(attribution);
  const act = (name: string): void => {
    const seen = { pid: 9, name, exe: `/usr/bin/${name}`, command: name };
    onMessage({ kind: "actors", actors: [{ id: 1, tid: 9, time: Date.now(), seen }] });
    onMessage({ kind: "changes", changes: [{ ...change, path: `/etc/${name}` }] });
  };
  act("first");
  expect(documents).toEqual([]);
  onFailure("out of memory");
  act("second");
  await feed.close();
  expect(documents.map(({ value }) => value)).toMatchObject(
    ["first", "second"].map((name) => ({ path: `/etc/${name}`, process: { name } })),
  );
});

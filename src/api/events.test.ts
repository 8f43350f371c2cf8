import { expect, test } from "vitest";
import { sendEvents } from "./events.ts";
import { everything } from "./filter/filter.ts";
import type { Sink } from "./route.ts";
import type { Alert } from "./schemas/alert.ts";

const alertOf = (number: number): Alert => ({
  ...{ id: `${number}`, time: "2026-01-01T00:00:00Z", rule: "r", priority: "Notice", source: "syscall" },
  ...{ hostname: "n", tags: [], output: "", fields: {}, state: "open", comments: 0, responses: 0 },
});

test("a search that reached its time limit continues before the next interval", async () => {
  let text = "";
  let end = (): void => {};
  const sink: Sink = {
    write(more: string) {
      text += more;
    },
    end() {},
    destroy() {},
    destroyed: false,
    writableLength: 0,
    on(_, listener) {
      end = listener;
      return sink;
    },
  };
  const cursors: string[] = [];
  const { promise: searched, resolve } = Promise.withResolvers<void>();
  const streamed = sendEvents(sink, {
    store: {
      async after(_, cursor) {
        cursors.push(cursor);
        const next = Number(cursor) + 1;
        return { alerts: next === 3 ? [alertOf(next)] : [], cursor: `${next}`, more: next < 3 };
      },
      changesAfter: async (number) => ({ changes: [], number }),
    },
    filter: everything,
    cursor: "0",
    // Never resolves, so that there is no second interval.
    status: () => {
      resolve();
      return new Promise(() => {});
    },
    isAuthorized: () => true,
  });
  await searched;
  expect(cursors).toEqual(["0", "1", "2"]);
  expect(text).toContain("event: alert\nid: 3\n");
  end();
  await streamed;
});

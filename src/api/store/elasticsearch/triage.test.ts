// Tests the triage index with a stand-in, because responses must be too large in some tests.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { groupKey } from "../../../alert/group-key.ts";
import type { CaseAction } from "../../filter/case.ts";
import type { GroupAction } from "../../filter/group.ts";
import { casesOf } from "../case-states.ts";
import { caseMethods } from "./cases.ts";
import { standInFleet } from "./fleet.fixture.ts";
import { openServer, type Server } from "./server.ts";
import { openTriage, type Triage } from "./triage.ts";

const servers: Server[] = [];
let fleet: Awaited<ReturnType<typeof standInFleet>>;

beforeEach(async () => {
  fleet = await standInFleet("opensearch");
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await fleet.close();
});

function open(): Triage {
  const server = openServer(fleet.settings);
  servers.push(server);
  return openTriage(server, fleet.settings);
}

describe("the triage of groups", () => {
  const key = groupKey("Rule", undefined);
  /** Changes the group in a later millisecond than before: changes of two pages in the same one have no order. */
  async function change(page: Triage, action: GroupAction, value = "", text = ""): Promise<void> {
    const before = Date.now();
    while (Date.now() === before) await pause(1);
    await page.changeGroup({ rule: "Rule", about: undefined, user: "ann", action, value, text });
  }
  /** The triage of the group on each page, after the page has read the changes of the other pages. */
  const shown = async (pages: readonly Triage[]): Promise<unknown[]> => {
    for (const page of pages) await page.refresh();
    return pages.map((page) => page.groups.get(key));
  };

  test("the latest change of each kind applies on both pages, regardless of the page that made the change", async () => {
    const pages = [open(), open()] as const;
    const [one, other] = pages;
    const until = new Date(Date.now() + 3_600_000).toISOString();
    // Each page applies its own change first, and then reads the change of the other page.
    await change(one, "assign", "ann");
    await change(other, "assign", "bob");
    await change(other, "snooze", until);
    await change(one, "end_snooze");
    await change(one, "auto_close", "", "expected");
    await change(other, "end_auto_close");
    await change(other, "comment", "", "a note");
    await change(one, "comment", "", "another note");
    const expected = { assignee: "bob", snoozedUntil: "", autoClose: undefined, notes: 2 };
    expect(await shown(pages)).toMatchObject([expected, expected]);
    expect(await shown([open()])).toMatchObject([expected]);
  });
});

describe("cases", () => {
  /** Writes documents of cases directly, because requests would take too long. */
  async function fill(page: Triage, changes: readonly { alert?: string; action: CaseAction; text: string }[]) {
    for (const { alert, action, text } of changes)
      await page.writeCase({ ...(alert !== undefined && { alert }), user: "ann", action, target: "", text });
  }

  /** Truncates responses with more than `most` documents, like responses above 8 MiB. */
  function limitSearches(most: number): void {
    fleet.standIn.interrupt = ({ path, body }) =>
      path.includes("triage/_search") && Number(/"size":(\d+)/.exec(body)?.[1]) > most
        ? { body: "{" } // truncated
        : undefined;
  }

  test("titles are the only texts in the list, and the list is read in parts if the response is too large", async () => {
    const page = open();
    const { caseChanges } = caseMethods({ triage: page } as never);
    const id = await page.writeCase({ user: "ann", action: "open", target: "ann", text: "Break-in" });
    const long = "y".repeat(4000);
    await fill(page, [
      ...Array.from({ length: 12 }, () => ({ alert: id, action: "comment", text: long }) as const),
      { alert: id, action: "rename", text: "Break-in on Monday" },
      { alert: id, action: "close", text: long },
    ]);
    const all = await caseChanges();
    expect(casesOf(all)).toMatchObject([{ id, title: "Break-in on Monday", owner: "ann", closed: true }]);
    expect(all.map(({ text }) => text).filter((text) => text !== "")).toEqual(["Break-in", "Break-in on Monday"]);
    limitSearches(5);
    expect(await caseChanges()).toEqual(all);
  });

  test("a case with long comments is read in parts if the response is too large", async () => {
    const page = open();
    const { caseChanges } = caseMethods({ triage: page } as never);
    const id = await page.writeCase({ user: "ann", action: "open", target: "ann", text: "Break-in" });
    const comments = Array.from({ length: 12 }, (_, i) => ({ alert: id, action: "comment", text: `${i}` }) as const);
    await fill(page, comments);
    await page.writeCase({ user: "ann", action: "open", target: "ann", text: "another case" });
    limitSearches(5);
    const [found, ...more] = casesOf(await caseChanges(id));
    expect(more).toEqual([]);
    expect(found?.changes.map(({ text }) => text)).toEqual(["Break-in", ...comments.map(({ text }) => text)]);
  });
});

test("a response that is too large with a single document causes an error", async () => {
  const page = open();
  const id = await page.writeCase({ user: "ann", action: "open", target: "ann", text: "Break-in" });
  fleet.standIn.interrupt = ({ path }) => (path.includes("_search") ? { body: "{" } : undefined);
  await expect(page.caseDocuments(id)).rejects.toThrow("exceeds 8 MiB");
});

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry } from "../alert/entry.ts";
import { openTestPage, type TestPage } from "./page.fixture.ts";

const NAME = `eyas_${"1".padStart(20, "0")}_${"2".padStart(20, "0")}.scap`;
/** The content is larger than a single read. */
const CONTENT = "capture".repeat(30_000);

let page: TestPage;
let ids: ReadonlyMap<string, string>;

function entry(rule: string, capture: string | undefined, received = false): Entry {
  return {
    ...{ rule, priority: "Warning", source: "syscall", tags: [], hostname: "node-1", message: rule, output: rule },
    time: 1_700_000_000_000_000_000n,
    names: capture === undefined ? [] : ["eyas.capture"],
    values: capture === undefined ? [] : [JSON.stringify(capture)],
    ...(received && { received: true }),
  };
}

beforeEach(async () => {
  page = await openTestPage([
    entry("Recorded", `/var/lib/eyas/captures/${NAME}`),
    entry("Received", `/var/lib/eyas/captures/${NAME}`, true),
    entry("Plain", undefined),
    entry("Hostile", "/etc/shadow"),
    entry("Replaced", `/x/${NAME.replace("2.scap", "3.scap")}`),
  ]);
  mkdirSync(join(page.folder, "captures"));
  writeFileSync(join(page.folder, "captures", NAME), CONTENT);
  const { json } = await page.ask("/api/v1/alerts", { as: "viewer" });
  const { alerts } = json as { alerts: { rule: string; id: string }[] };
  ids = new Map(alerts.map(({ rule, id }) => [rule, id]));
});
afterEach(async () => {
  await page.close();
  rmSync(page.folder, { recursive: true });
});

const ask = (rule: string, as: "viewer" | "responder" = "responder", method = "GET") =>
  page.ask(`/api/v1/alerts/${ids.get(rule)}/capture`, { as, method });

test("the capture of an alert is downloaded under its file name, and the download is in the audit log", async () => {
  const { status, headers, text } = await ask("Recorded");
  expect([status, headers["content-disposition"]]).toEqual([200, `attachment; filename="${NAME}"`]);
  expect(headers["content-type"]).toBe("application/octet-stream");
  expect(text === CONTENT).toBe(true);
  const { text: audit } = await page.ask("/api/v1/users/audit", { as: "admin" });
  expect(audit).toContain('"action":"capture"');
});

test("a HEAD request has no content", async () => {
  expect(await ask("Recorded", "responder", "HEAD")).toMatchObject({ status: 200, text: "" });
});

test("a viewer cannot download captures, because they contain events of other processes", async () => {
  expect((await ask("Recorded", "viewer")).status).toBe(403);
});

test.each(["Received", "Plain", "Hostile", "Replaced"])("%s: there is no capture to download", async (rule) => {
  expect((await ask(rule)).status).toBe(404);
});

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { repeatedAlerts } from "./alerts.fixture.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveAlerts,
  signIn,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
/** Number of alerts of the group that is closed, and of alerts of another rule. */
const COUNT = 5000;
const OTHERS = 20;
const RULE = "Shell in a container";

describe("bulk changes", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;
  let db: DatabaseSync;

  beforeAll(async () => {
    const group = repeatedAlerts(COUNT).map((alert) => ({
      ...alert,
      rule: RULE,
      values: alert.values.map((value) => (/^"(?:0123456789a|web-)\d"$/.test(value) ? '"web"' : value)),
    }));
    served = await serveAlerts([...repeatedAlerts(OTHERS), ...group]);
    db = new DatabaseSync(join(served.folder, "journal.db"), { readOnly: true });
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "responder");
  });
  afterAll(async () => {
    db?.close();
    await browser?.close();
    await served?.stop();
  });
  beforeEach(() => page.setViewportSize({ width: 1440, height: 900 }));

  /** Counts the steps of a user: clicks and keys. */
  function counted() {
    let steps = 0;
    return {
      click: async (name: string, role: "button" | "checkbox" = "button") => {
        steps++;
        await page.getByRole(role, { name }).click();
      },
      press: async (key: string) => {
        steps++;
        await page.keyboard.press(key);
      },
      steps: () => steps,
    };
  }
  const groups = async (): Promise<void> => {
    await page.goto(`${served.url}/alerts?view=groups`);
    await page.getByRole("row", { name: RULE }).getByText("5,000").waitFor();
  };
  const closed = (): unknown => db.prepare("SELECT count(*) AS count FROM triage WHERE state = 'closed'").get()?.count;
  const notice = (text: string) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const undo = async (count = "5,000"): Promise<void> => {
    await page.keyboard.press("z");
    await notice(`Restored the states of ${count} alerts.`);
    expect(closed()).toBe(0);
    await page.getByRole("button", { name: "Dismiss" }).click();
  };

  it("closes 5,000 alerts of a group in three steps with the mouse, and undoes it", async () => {
    await groups();
    const { click, steps } = counted();
    await click(`Select ${RULE}`, "checkbox");
    await click("Close…");
    await click("False positive");
    await notice("Closed 5,000 alerts.");
    expect(steps()).toBe(3);
    expect(closed()).toBe(COUNT);
    await page.getByRole("button", { name: "Undo" }).click();
    await notice("Restored the states of 5,000 alerts.");
    expect(closed()).toBe(0);
    await page.getByRole("button", { name: "Dismiss" }).click();
  });

  it("closes 5,000 alerts of a group in three steps with the keyboard", async () => {
    await groups();
    const { press, steps } = counted();
    await press("j"); // the newest group is the first one
    await press("e");
    await page.getByRole("dialog", { name: "Close all 5,000 alerts that match" }).waitFor();
    await press("2");
    await notice("Closed 5,000 alerts.");
    expect(steps()).toBe(3);
    expect(closed()).toBe(COUNT);
    await undo();
  });

  it("selects the shown alerts, then all that match, and leaves out alerts of other rules", async () => {
    await page.goto(`${served.url}/alerts?state=open&query=${encodeURIComponent(`rule = "${RULE}"`)}`);
    await page.locator(".cell-rule a").first().waitFor();
    await page.getByRole("button", { name: "Select all", exact: true }).click();
    await page.getByText("250 selected").waitFor();
    await page.getByRole("button", { name: "Select all 5,000 that match" }).click();
    await page.getByText("All 5,000 matching alerts selected").waitFor();
    await page.getByRole("button", { name: "Acknowledge" }).click();
    await notice("Acknowledged 5,000 alerts.");
    await page.getByText("No alerts match the filter").waitFor();
    await undo();
    await page.locator(".cell-rule a").first().waitFor();
  });

  it("selects all that match with the keyboard, and shows the new states in a list of all alerts", async () => {
    await page.goto(`${served.url}/alerts`);
    await page.locator(".cell-rule a").first().waitFor();
    await page.keyboard.press("X");
    await page.getByRole("button", { name: "Select all 5,020 that match" }).waitFor();
    await page.keyboard.press("X");
    await page.getByText("All 5,020 matching alerts selected").waitFor();
    await page.keyboard.press("e");
    await page.getByRole("dialog", { name: "Close all 5,020 alerts that match" }).waitFor();
    await page.keyboard.press("3");
    await notice("Closed 5,020 alerts.");
    await eventually(() => page.locator(".row[id] .state-closed").count()).toBeGreaterThan(10);
    await undo("5,020");
    await eventually(() => page.locator(".row[id] .state-closed").count()).toBe(0);
  });

  it.each([
    [1440, "light"],
    [390, "light"],
    [1440, "dark"],
    [390, "dark"],
  ] as const)("has no accessibility violations, %d pixels wide, %s", async (width, colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await groups();
    await page.getByRole("checkbox", { name: `Select ${RULE}` }).click();
    await page.getByText("1 group selected").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("e");
    await page.getByRole("dialog").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("1");
    await notice("Closed 5,000 alerts.");
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    await undo();
    await page.emulateMedia({ colorScheme: null });
  });

  it("offers no bulk change to a viewer", async () => {
    const other = await browser.newContext();
    const viewer = await other.newPage();
    await signIn(viewer, served, "viewer", "/alerts?view=groups");
    await viewer.getByRole("checkbox", { name: `Select ${RULE}` }).click();
    expect(await viewer.getByRole("button", { name: "Close…" }).count()).toBe(0);
    const answer = await fetch(`${served.url}/api/v1/alerts/changes`, {
      method: "POST",
      headers: { authorization: `Bearer ${served.tokens.viewer}`, "content-type": "application/json" },
      body: JSON.stringify({ filter: {}, action: "acknowledge" }),
    });
    expect(answer.status).toBe(403);
    await other.close();
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

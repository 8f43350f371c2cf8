import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWriter } from "../../src/journal/write.ts";
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

const RULE = "Shell in a container";
const OTHER = "File read";

describe("groups", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  /** Alerts of one group. */
  const alertsOf = (rule: string, count: number) =>
    repeatedAlerts(count).map((alert) => ({
      ...alert,
      rule,
      values: alert.values.map((value) => (/^"(?:0123456789a|web-)\d"$/.test(value) ? '"web"' : value)),
    }));

  beforeAll(async () => {
    served = await serveAlerts([...alertsOf(OTHER, 30), ...alertsOf(RULE, 60)]);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "responder");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const list = async (queue = ""): Promise<void> => {
    await page.goto(`${served.url}/alerts?view=groups${queue === "" ? "" : `&queue=${queue}`}`);
    await page.getByRole("combobox", { name: "Groups" }).waitFor();
  };
  const row = (rule: string) => page.getByRole("row", { name: rule });
  const heading = (rule: string) => page.getByRole("heading", { level: 1, name: rule }).waitFor();

  it("shows the trend of each group, and its own page with its latest alerts", async () => {
    await list();
    await row(RULE)
      .getByRole("img", { name: /60 alerts, peak of/ })
      .waitFor();
    await row(RULE).getByRole("link", { name: RULE }).click();
    await heading(RULE);
    await page.getByText("60 alerts, 60 open").waitFor();
    await expect.poll(() => page.locator(".latest-alerts li").count(), { timeout: 60_000 }).toBe(20);
    await page.getByRole("slider", { name: /Alerts over time: 60 alerts/ }).waitFor();
  });

  it("goes to the next and the previous group, and back to the list with the focus", async () => {
    await list();
    await row(RULE).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await heading(RULE);
    await page.keyboard.press("j");
    await heading(OTHER);
    await page.getByRole("button", { name: "Previous group" }).click();
    await heading(RULE);
    await page.keyboard.press("u");
    await row(RULE).waitFor();
    await expect
      .poll(() => page.evaluate<string>(`document.activeElement?.getAttribute("aria-label") ?? ""`), {
        timeout: 60_000,
      })
      .toContain(RULE);
  });

  it("assigns a group with the mouse, and to the user with the keyboard", async () => {
    await list();
    await page.getByRole("checkbox", { name: `Select ${OTHER}` }).check();
    await page.getByRole("button", { name: "Assign…" }).click();
    const dialog = page.getByRole("dialog", { name: "Assign 1 group" });
    await dialog.getByLabel("User name").fill("maria");
    await dialog.getByRole("button", { name: "Assign" }).click();
    await row(OTHER).getByText("Assigned to maria").waitFor();
    await row(RULE).waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("m");
    await page.getByRole("dialog", { name: "Assign 1 group" }).waitFor();
    await page.keyboard.press("Enter");
    await row(RULE).getByText("Assigned to responder").waitFor();
    await list("mine");
    await row(RULE).waitFor();
    expect(await row(OTHER).count()).toBe(0);
    await list("unassigned");
    await page.getByText(/No unassigned groups/).waitFor();
  });

  it("hides a snoozed group until the snooze is ended", async () => {
    await list();
    await row(RULE).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("s");
    await page.getByRole("dialog", { name: "Snooze 1 group" }).waitFor();
    await page.keyboard.press("3"); // a day
    await expect.poll(() => row(RULE).count(), { timeout: 60_000 }).toBe(0);
    await page.getByRole("combobox", { name: "Groups" }).selectOption("Snoozed");
    await row(RULE)
      .getByText(/Snoozed until/)
      .waitFor();
    await page.getByRole("checkbox", { name: `Select ${RULE}` }).check();
    await page.getByRole("button", { name: "End snooze" }).click();
    await page.getByText(/No snoozed groups/).waitFor();
  });

  it("closes new alerts of a group from now on, and says so on the alert", async () => {
    await list();
    await row(OTHER).getByRole("link", { name: OTHER }).click();
    await heading(OTHER);
    await page.getByRole("button", { name: "Close new alerts…" }).click();
    const dialog = page.getByRole("dialog", { name: "Close new alerts of the group" });
    await dialog.getByText(/Only alerts from host .* or lower are closed\./).waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog.getByLabel("Reason").fill("Planned\nmaintenance <b>");
    await dialog.getByRole("button", { name: "Close new alerts" }).click();
    await page
      .getByText(/^New alerts from .* are closed$/)
      .first()
      .waitFor();
    const writer = openWriter(join(served.folder, "journal.db"), { maxAge: 0, maxSize: 0 });
    writer.append(alertsOf(OTHER, 3));
    writer.close();
    await page.getByText("33 alerts, 30 open").waitFor();
    await page.locator(".latest-alerts li").filter({ hasText: "closed" }).first().getByRole("link").click();
    await page.getByText("Closed automatically: Planned").waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Stop closing new alerts" }).click();
    await page.getByRole("button", { name: "Close new alerts…" }).waitFor();
  });

  it("comments on a group, and closes its alerts in two steps from its page", async () => {
    await list();
    await row(RULE).getByRole("link", { name: RULE }).click();
    await heading(RULE);
    await page.keyboard.press("c");
    await page.getByRole("textbox", { name: "Comment" }).fill("Seen <img src=x>");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page.getByText("Seen <img src=x>").waitFor();
    await page.keyboard.press("e");
    await page.getByRole("dialog", { name: "Close all 60 alerts that match" }).waitFor();
    await page.keyboard.press("2");
    await page.getByText("60 alerts, 0 open").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("60 alerts, 60 open").waitFor();
  });

  it("follows new alerts, but rows do not move while the pointer or the focus is in the table", async () => {
    const writer = openWriter(join(served.folder, "journal.db"), { maxAge: 0, maxSize: 0 });
    const add = (rule: string) =>
      writer.append(alertsOf(rule, 1).map((alert) => ({ ...alert, time: BigInt(Date.now()) * 1_000_000n })));
    const button = page.getByRole("button", { name: "Show changes" });
    const first = page.locator(".groups-table tbody tr").first();
    try {
      await list();
      await row(OTHER).waitFor();
      await page.mouse.move(1, 1);
      add("One more rule");
      await row("One more rule").waitFor();
      await first.hover();
      add("Another rule");
      await button.waitFor();
      expect(await row("Another rule").count()).toBe(0);
      await button.click();
      await row("Another rule").waitFor();
      await button.waitFor({ state: "detached" });
      await page.getByRole("checkbox", { name: "Select Another rule, web" }).focus();
      add("A last rule");
      await button.waitFor();
      await page.mouse.move(1, 1);
      await page.getByRole("checkbox", { name: "Select Another rule, web" }).blur();
      add("A last rule");
      await row("A last rule").waitFor();
    } finally {
      writer.close();
    }
  });

  it("shows viewers no actions", async () => {
    const viewer = await (await browser.newContext()).newPage();
    await signIn(viewer, served, "viewer", "/alerts?view=groups");
    await viewer.getByRole("link", { name: RULE }).click();
    await viewer.getByText("60 alerts, 60 open").waitFor();
    for (const name of ["Assign…", "Snooze…", "Close…", "Comment…"])
      expect(await viewer.getByRole("button", { name }).count(), name).toBe(0);
    await viewer.close();
  });

  it.each([1440, 1024, 390])("has no axe violations at a width of %i pixels", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await list();
      await row(RULE).waitFor();
      expect(await violations(page)).toEqual([]);
      await row(RULE).getByRole("link", { name: RULE }).click();
      await heading(RULE);
      await page.locator(".latest-alerts li").first().waitFor();
      expect(await violations(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("reports no errors and sends no requests to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const RULE = "Credential file read by unexpected program";
const TITLE = "Break-in <b>";

describe("cases", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts(repeatedAlerts(14));
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "responder");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const openCase = async (): Promise<void> => {
    await page.goto(`${served.url}/cases`);
    await page.getByRole("link", { name: TITLE }).click();
    await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
  };

  it("is opened from an alert with a title", async () => {
    await page.goto(`${served.url}/alerts`);
    await page.locator(".cell-rule a").first().click();
    await page.getByRole("button", { name: "Add to case…" }).click();
    const dialog = page.getByRole("dialog", { name: "Add the alert to a case" });
    await dialog.getByLabel("Title").fill(TITLE);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Added to case 1" }).click();
    await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
    await page.getByRole("link", { name: RULE }).waitFor();
  });

  it("gets groups from the list of groups", async () => {
    await page.goto(`${served.url}/alerts?view=groups`);
    for (const at of [0, 1]) await page.getByRole("checkbox").nth(at).check();
    await page.getByRole("button", { name: "Add to case…" }).click();
    const dialog = page.getByRole("dialog", { name: "Add 2 groups to a case" });
    await dialog.getByLabel("Case").selectOption({ label: TITLE });
    await dialog.getByRole("button", { name: "Add" }).click();
    await page.getByRole("link", { name: "Added to case 1" }).click();
    await page.getByText("Group: ").nth(1).waitFor();
    expect(await page.locator(".one-case tbody tr").count()).toBe(3);
  });

  it("is assigned, commented on, closed and reopened", async () => {
    await openCase();
    await page.getByRole("button", { name: "Assign…" }).click();
    await page.getByLabel("User name").fill("maria");
    await page.keyboard.press("Enter");
    await page.getByText("Owner: maria", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Comment…" }).click();
    await page.getByRole("textbox", { name: "Comment" }).fill("Key was <i>rotated</i>");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page.getByText("Key was <i>rotated</i>").waitFor();
    await page.getByRole("button", { name: "Close…" }).click();
    await page.getByLabel("Reason").fill("Done");
    await page.getByRole("button", { name: "Close case" }).click();
    await page.getByRole("button", { name: "Reopen" }).waitFor();
    await page.goto(`${served.url}/cases`);
    await page.getByText("No open cases").waitFor();
    await page.getByRole("combobox", { name: "State" }).selectOption("Closed");
    await page.getByRole("link", { name: TITLE }).click();
    await page.getByRole("button", { name: "Reopen" }).click();
    await page.getByRole("button", { name: "Close…" }).waitFor();
  });

  it("is exported as Markdown, and printed as PDF without the navigation", async () => {
    await openCase();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export Markdown" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("case-1.md");
    await page.emulateMedia({ media: "print" });
    expect(await page.getByRole("navigation", { name: "Views" }).isVisible()).toBe(false);
    expect(await page.getByRole("button", { name: "Print or save as PDF" }).isVisible()).toBe(false);
    expect(await page.getByRole("heading", { level: 1, name: TITLE }).isVisible()).toBe(true);
    // All times have their date, also those of today.
    const times = await page.locator(".one-case time").allTextContents();
    expect(times.length).toBeGreaterThan(3);
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe("%PDF-");
    await page.emulateMedia({ media: null });
  });

  it("lets viewers read and export, but not change it", async () => {
    const viewer = await (await browser.newContext()).newPage();
    await signIn(viewer, served, "viewer", "/cases");
    await viewer.getByRole("link", { name: TITLE }).click();
    await viewer.getByRole("link", { name: "Export Markdown" }).waitFor();
    for (const name of ["Assign…", "Close…", "Comment…", `Remove ${RULE}`])
      expect(await viewer.getByRole("button", { name }).count(), name).toBe(0);
    await viewer.close();
  });

  it.each([1440, 1024, 390])("has no axe violations at a width of %i pixels", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(`${served.url}/cases`);
      await page.getByRole("link", { name: TITLE }).waitFor();
      expect(await violations(page)).toEqual([]);
      await openCase();
      expect(await violations(page)).toEqual([]);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("reports no errors and sends no requests to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

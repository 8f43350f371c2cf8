import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { LONG_TEXT, longAlert, repeatedAlerts } from "./alerts.fixture.ts";
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
const LONG = "/alerts?since=ever&query=priority+%3D+critical";

describe("an alert", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts([longAlert(), ...repeatedAlerts()]);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  async function openFirst(path: string): Promise<void> {
    await page.goto(served.url + path);
    await page.locator(".cell-rule a").first().click();
    await page.locator(".one-alert .process").first().waitFor();
    await page.locator(".one-alert .fields tr").first().waitFor();
  }
  const field = (name: string) => page.locator(".fields tr", { hasText: name }).first();
  const parameters = async (href: string | null) => new URL(href ?? "", served.url).searchParams;

  describe.each([1440, 1024, 390])("with a long output and command line, %d pixels wide", (width) => {
    it("has a page of bounded size, without violations of WCAG", async () => {
      await page.setViewportSize({ width, height: 900 });
      await openFirst(LONG);
      expect(await page.evaluate("document.documentElement.scrollHeight")).toBeLessThan(4000);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await page.locator(".of-alert").textContent()).toContain(LONG_TEXT);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("shows the time of a field with nanoseconds", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await openFirst(LONG);
    const time = await page.locator(".alert-head time").getAttribute("dateTime");
    expect(await field("evt.time").locator("time").getAttribute("dateTime")).toBe(time);
  });

  it("links to alerts in the time range of the list, or of all time if the alert is older", async () => {
    await openFirst("/alerts?since=7d&query=priority+%3D+critical");
    const link = field("fd.name").getByRole("link");
    expect((await parameters(await link.getAttribute("href"))).get("since")).toBe("7d");
    await link.click();
    await eventually(() => page.locator(".cell-rule a").count()).toBe(1);

    const address = new URL(page.url());
    await page.locator(".cell-rule a").click();
    await page.locator(".one-alert").waitFor();
    await page.goto(served.url + new URL(page.url()).pathname);
    await page.locator(".fields tr").first().waitFor();
    expect((await parameters(await link.getAttribute("href"))).get("since")).toBe("ever");
    await link.click();
    await eventually(() => page.locator(".cell-rule a").count()).toBe(1);
    expect(address.searchParams.get("since")).toBe("7d");
  });

  it("proposes an exception without process IDs", async () => {
    await openFirst(LONG);
    await page.getByRole("button", { name: "Create exception" }).click();
    const yaml = page.getByRole("textbox", { name: "Exception (YAML)" });
    await yaml.waitFor();
    expect(await yaml.inputValue()).toContain("/proc/[0-9]*/environ");
    expect(await yaml.inputValue()).not.toContain("9883");
    await eventually(() => page.getByText(/^Excludes/).textContent()).toContain("Excludes 1 alert");
  });

  it("states that the timeline is incomplete, and links to all alerts of the container", async () => {
    await openFirst("/alerts");
    const timeline = page.getByRole("region", { name: "Timeline" });
    await timeline.getByText(/^Only the \d+ related alerts nearest in time are shown\./).waitFor({ timeout: 60_000 });
    const all = timeline.getByRole("link", { name: "All alerts of the container" });
    expect((await parameters(await all.getAttribute("href"))).get("query")).toMatch(/^container\.id = 0123456789a\d$/);
  });

  it("shows the lines of an exception in the audit log", async () => {
    const yaml = "- rule: Unknown\n  exceptions: []\n  override: {exceptions: append}\n";
    await fetch(`${served.url}/api/v1/exceptions`, {
      method: "POST",
      headers: { authorization: `Bearer ${served.tokens.admin}`, "content-type": "application/json" },
      body: JSON.stringify({ yaml }),
    });
    await page.goto(`${served.url}/audit`);
    const details = page.locator("tbody pre").first();
    await details.waitFor();
    expect(await details.textContent()).toBe(yaml);
    expect(await page.locator(".escaped").count()).toBe(0);
    await page.setViewportSize({ width: 390, height: 900 });
    expect(await violations(page)).toEqual([]);
  });

  it.each([1440, 1024, 390])("shows every tactic of the coverage, %d pixels wide", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${served.url}/coverage`);
    await page.locator(".technique").first().waitFor();
    const ends = await page.evaluate(
      "[...document.querySelectorAll('.tactic')].map((one) => one.getBoundingClientRect().right)",
    );
    expect(ends).toHaveLength(14);
    for (const end of ends as number[]) expect(end).toBeLessThanOrEqual(width);
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

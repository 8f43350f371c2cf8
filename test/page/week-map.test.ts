import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { needs } from "../parts/needs.ts";
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

const HOUR = 3_600_000;
/** Minutes that local time in India is ahead of UTC. */
const INDIA = 330;
/** 09:00 in India, three days ago. */
const morning =
  Math.floor((Date.now() + INDIA * 60_000) / (24 * HOUR)) * 24 * HOUR - 3 * 24 * HOUR + 9 * HOUR - INDIA * 60_000;
const weekday = new Date(morning + INDIA * 60_000).toLocaleDateString("en-GB", { weekday: "long", timeZone: "UTC" });

/** Alerts in the hour that begins at a time. */
function alertsAt(time: number, count: number, rule: string) {
  return Array.from({ length: count }, (_, i) =>
    entry(i, { rule, time: BigInt(time) * 1_000_000n + BigInt(i + 1) * 60_000_000_000n }),
  );
}

const alerts = [
  ...alertsAt(morning - 7 * 24 * HOUR, 4, "Older"),
  ...alertsAt(morning, 3, "Newest"),
  ...alertsAt(morning + 2 * HOUR, 1, "Later"),
];

describe("the heat map of hours and weekdays", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts(alerts);
    browser = await openBrowser();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "Asia/Kolkata" });
    page = await context.newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const table = () => page.getByRole("table", { name: /^Alerts by hour and weekday/ });
  const hour = (from: number) =>
    table().getByRole("link", { name: new RegExp(`, ${weekday} ${from}:00–${from + 1}:00`) });

  async function openMap(query = "?since=30d&chart=week"): Promise<void> {
    await page.goto(`${served.url}/${query}`);
    await table().waitFor();
  }

  it("is opened in the overview, loads its code then, and is part of the URL", async () => {
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(request.url()));
    await page.goto(`${served.url}/?since=30d`);
    await page.getByRole("slider", { name: /^Alerts over time/ }).waitFor();
    expect(scripts.filter((url) => url.includes("week-map"))).toEqual([]);
    await page.getByRole("button", { name: "By hour and weekday" }).click();
    await table().waitFor();
    expect(new URL(page.url()).searchParams.get("chart")).toBe("week");
    await page.getByRole("button", { name: "Over time" }).click();
    await eventually(() => page.getByRole("slider", { name: /^Alerts over time/ }).count()).toBe(1);
  });

  it("counts the alerts of each hour of the week in the time zone of the browser, which it names", async () => {
    await openMap();
    await eventually(() => hour(9).textContent()).toBe("7");
    expect(await hour(11).textContent()).toBe("1");
    expect(await table().getByRole("link").count()).toBe(2);
    await page.getByText("Time zone: Asia/").waitFor();
    expect(await page.getByRole("list", { name: /^Legend/ }).textContent()).toContain("or more");
    expect(await hour(9).getAttribute("aria-label")).toBe(`7 alerts, ${weekday} 9:00–10:00, newest on ${newestDay()}`);
    expect(await table().getByRole("rowheader").count()).toBe(7);
  });

  it("follows the time zone of the page", async () => {
    await openMap();
    await page.getByRole("button", { name: /^Times in local time/ }).click();
    await eventually(() => hour(3).textContent()).toBe("7");
    await page.getByText("Time zone: UTC").waitFor();
    await page.getByRole("button", { name: /^Times in UTC/ }).click();
    await eventually(() => hour(9).textContent()).toBe("7");
  });

  it("links to the alerts of the newest such hour", async () => {
    await openMap();
    await hour(9).click();
    await eventually(() => page.locator(".cell-rule a").allTextContents()).toEqual(["Newest", "Newest", "Newest"]);
  });

  it("works with the keyboard", async () => {
    await openMap();
    expect(await table().locator("a[tabindex='0']").count()).toBe(1);
    await hour(9).focus();
    await page.keyboard.press("ArrowRight");
    await eventually(() => page.evaluate("document.activeElement.textContent")).toBe("1");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowLeft");
    await eventually(() => page.evaluate("document.activeElement.textContent")).toBe("7");
    await page.keyboard.press("Enter");
    await eventually(() => new URL(page.url()).pathname).toBe("/alerts");
  });

  it("states that a long time range is shortened", async () => {
    const old = new Date(Date.now() - 400 * 24 * HOUR).toISOString();
    await openMap(`?chart=week&since=${old}&until=${new Date().toISOString()}`);
    await page.getByText("Includes only the last 62 days of the time range.").waitFor();
    await eventually(() => hour(9).textContent()).toBe("7");
  });

  describe.each([1440, 1024, 390])("%d pixels wide", (width) => {
    it.each(["light", "dark"] as const)("fits and conforms to WCAG 2.2 AA, %s theme", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openMap();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await table().getByRole("rowheader").count()).toBe(width === 390 ? 24 : 7);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

/** The day of the newest alerts in India. */
function newestDay(): string {
  return new Date(morning + INDIA * 60_000).toISOString().slice(0, 10);
}

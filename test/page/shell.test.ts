import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { longAlert } from "./alerts.fixture.ts";
import { openBrowser, type Served, serveAlerts, signIn, violations } from "./page.fixture.ts";

describe("the shell of the page", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    served = await serveAlerts([longAlert()]);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  it("shows the navigation at an unknown URL", async () => {
    const answer = await page.goto(`${served.url}/no/such/page`);
    expect(answer?.status()).toBe(404);
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Rules" }).click();
    await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();
  });

  it("restores the scroll position after going back", async () => {
    await page.goto(`${served.url}/rules`);
    const link = page.locator(".rules tbody th a").nth(60);
    await link.scrollIntoViewIfNeeded();
    const before = await page.evaluate("window.scrollY");
    expect(before).toBeGreaterThan(500);
    await link.click();
    await page.getByRole("region", { name: "Condition" }).waitFor();
    expect(await page.evaluate("window.scrollY")).toBe(0);
    await page.goBack();
    await expect.poll(() => page.evaluate("window.scrollY"), { timeout: 60_000 }).toBe(before);
  });

  it("answers a request for an unknown file with an error, not with a page", async () => {
    const answer = await fetch(`${served.url}/assets/main-OLD.js`, { headers: { accept: "*/*" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/plain; charset=utf-8"]);
  });

  it("shows the header and that it is loading before its scripts have arrived", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    await page.route(/\/assets\/main-.*\.js$/, async (route) => {
      await arrived;
      await route.continue();
    });
    await page.goto(`${served.url}/alerts?since=ever`, { waitUntil: "commit" });
    await page.getByText("Loading…").waitFor();
    expect(await page.locator("header.bar").textContent()).toContain("Eyas");
    expect(await page.locator("nav").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    arrive();
    await page.locator(".cell-rule a").first().waitFor();
    expect(await page.locator("header.bar").count()).toBe(1);
    await page.unroute(/\/assets\/main-.*\.js$/);
  });

  it("loads the code of the view while it waits for the session", async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    await page.route("**/api/v1/session", async (route) => {
      await arrived;
      await route.continue();
    });
    const scripts: string[] = [];
    page.on("response", (answer) => {
      if (/\/assets\/page-.*\.js$/.test(answer.url())) scripts.push(answer.url());
    });
    await page.goto(`${served.url}/rules`);
    await expect.poll(() => scripts.length, { timeout: 60_000 }).toBe(1);
    expect(await page.getByText("Loading…").count()).toBe(1);
    arrive();
    await page.getByRole("heading", { level: 1, name: "Rules" }).waitFor();
    await page.unroute("**/api/v1/session");
  });

  it("shows the view of the URL if the code of a view that the user has left is loaded later", async () => {
    await page.goto(`${served.url}/rules`);
    await page.locator(".rules tbody tr").first().waitFor();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const requested: string[] = [];
    await page.route(/\/assets\/page-.*\.js$/, async (route) => {
      requested.push(route.request().url());
      await arrived;
      await route.continue();
    });
    await page.getByRole("link", { name: "Posture" }).click();
    await expect.poll(() => requested.length, { timeout: 60_000 }).toBe(1);
    await page.goBack();
    const late = page.waitForResponse(requested[0] ?? "");
    arrive();
    await (await late).finished();
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 300))");
    expect(await page.locator(".rules tbody tr").count()).toBeGreaterThan(10);
    await page.unroute(/\/assets\/page-.*\.js$/);
  });

  it("shows that a server does not respond, in the header and above the data", async () => {
    await page.goto(`${served.url}/rules`);
    await page.locator(".rules tbody tr").first().waitFor();
    await page.getByRole("link", { name: "Health: Standalone" }).waitFor();
    await served.stop();
    await page.getByText(/^No connection to Eyas since/).waitFor({ timeout: 60_000 });
    await page.getByRole("link", { name: "Health: No connection" }).waitFor();
    expect(await page.locator(".rules tbody tr").count()).toBeGreaterThan(10);
    expect(await violations(page)).toEqual([]);
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { comparedAlerts, longAlert } from "./alerts.fixture.ts";
import { openBrowser, type Served, serveAgent, serveAlerts, signIn, violations } from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

/** Elements that may scroll horizontally: the links of the header, code, and the graph of an incident. */
const SCROLLS = ["nav", "pre", "textarea", "input", ".cm-scroller", ".incident-picture"];

const views: readonly (readonly [path: string, ready: string])[] = [
  ["/", ".by-field tbody tr"],
  ["/alerts", ".cell-rule a"],
  ["/alerts?view=groups", ".groups tbody tr"],
  ["/rules", ".rules tbody tr"],
  ["/playground", "main .cm-content"],
  ["/coverage", ".technique"],
  ["/responses", "main h1"],
  ["/posture", "main .absent"],
  ["/users", "main tbody tr"],
  ["/audit", "main tbody tr"],
];

describe("the page on a phone", needs("browser"), () => {
  let served: Served;
  let agent: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    served = await serveAlerts([...comparedAlerts(), { ...longAlert(), time: BigInt(Date.now()) * 1_000_000n }]);
    agent = await serveAgent(["http_output.enabled=true", "http_output.url=http://127.0.0.1:9/"]);
    browser = await openBrowser();
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    page = await context.newPage();
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    await agent?.stop();
  });
  beforeEach(() => page.setViewportSize({ width: 390, height: 844 }));

  const cards = () => page.locator(".row[id]");
  async function openAlerts(): Promise<void> {
    await page.goto(`${served.url}/alerts`);
    await cards().first().waitFor();
  }

  it("shows an alert as a card with priority, sentence, workload and host, relative time and state", async () => {
    await openAlerts();
    const [text] = await cards().allTextContents();
    expect(text).toMatch(
      /^(\d+ s|\d+ min) agoCriticalShell spawned by server processsh startedpod prod\/shop-7d9f4c-xkq2p on node-1$/,
    );
    for (const cell of [".cell-time", ".cell-priority", ".cell-rule", ".cell-output", ".cell-workload"]) {
      const box = await cards().first().locator(cell).boundingBox();
      expect([cell, (box?.width ?? 0) > 40, (box?.x ?? 0) + (box?.width ?? 0) <= 390]).toEqual([cell, true, true]);
    }
  });

  it("offers the actions after a tap on a card, and shows the new state on it", async () => {
    await openAlerts();
    await cards().first().locator(".cell-output").tap();
    await page.getByRole("button", { name: "Acknowledge" }).tap();
    await cards().first().locator(".state-acknowledged").waitFor();
    await cards().first().locator(".cell-rule a").tap();
    await page.locator(".alert-head h1").waitFor();
    await page.getByRole("button", { name: "Close…" }).tap();
    await page.getByRole("dialog").getByRole("button", { name: "Expected" }).tap();
    await page.locator(".alert-head .state-closed").waitFor();
  });

  it("has the same keys as on a wide screen", async () => {
    await openAlerts();
    for (const key of ["j", "j", "x", "j", "x"]) await page.keyboard.press(key);
    await page.getByText("2 selected").waitFor();
    await page.keyboard.press("a");
    await eventually(() => page.locator(".state-acknowledged").count()).toBeGreaterThan(1);
    await page.keyboard.press("Home");
    await page.keyboard.press("o");
    await page.locator(".alert-head h1").waitFor();
    await page.keyboard.press("u");
    await cards().first().waitFor();
  });

  it("adapts the cards when the screen is turned", async () => {
    await openAlerts();
    const height = async (): Promise<number> => (await cards().first().boundingBox())?.height ?? 0;
    expect(await height()).toBe(108);
    await page.setViewportSize({ width: 844, height: 390 });
    await eventually(height).toBe(26);
    const [first, second] = await Promise.all([cards().nth(0).boundingBox(), cards().nth(1).boundingBox()]);
    expect((second?.y ?? 0) - (first?.y ?? 0)).toBe(26);
  });

  it("labels the cells of a row, which screen readers still announce as a table", async () => {
    await signIn(page, agent, "admin", "/outputs");
    const row = page.getByRole("row", { name: "http" });
    await row.waitFor();
    expect(await row.getByRole("cell").first().getAttribute("data-label")).toBe("State");
    expect(await page.getByRole("columnheader").count()).toBe(8);
    expect(await row.getByRole("rowheader").textContent()).toBe("http");
    const header = await row.getByRole("rowheader").boundingBox();
    const cell = await row.getByRole("cell").first().boundingBox();
    expect((cell?.y ?? 0) > (header?.y ?? 0)).toBe(true);
  });

  it("has one row of buttons in the header, beside the longest state", async () => {
    await signIn(page, served, "admin", "/alerts");
    await page.getByRole("link", { name: /^Health: Standalone/ }).waitFor();
    const logo = await page.locator(".brand").boundingBox();
    const middle = (logo?.y ?? 0) + (logo?.height ?? 0) / 2;
    for (const button of await page.locator(".bar-end button").all()) {
      const { x = 0, y = 0, width = 0, height = 0 } = (await button.boundingBox()) ?? {};
      expect([Math.abs(y + height / 2 - middle) < 4, x >= 0, x + width <= 390]).toEqual([true, true, true]);
    }
  });

  it("sorts rules, whose headings stay", async () => {
    await signIn(page, served, "admin", "/rules");
    await page.getByRole("button", { name: "Priority" }).tap();
    await page.getByRole("columnheader", { name: "Priority", exact: true }).and(page.locator("[aria-sort]")).waitFor();
  });

  async function checkWidth(from: Served, path: string, ready: string): Promise<void> {
    await signIn(page, from, "admin", path); // the cookies of the two servers have the same name
    await page.locator(ready).first().waitFor();
    const scrolling = `[...document.querySelectorAll("body, body *")]
      .filter((element) => element.scrollWidth > element.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(element).overflowX))
      .filter((element) => !element.matches(${JSON.stringify(SCROLLS.join(", "))}))
      .map((element) => element.tagName + "." + element.className)`;
    expect(await page.evaluate(scrolling)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await violations(page)).toEqual([]);
  }

  it.each(views)("does not scroll horizontally and has no violation: %s", (path, ready) =>
    checkWidth(served, path, ready),
  );

  it("does not scroll horizontally and has no violation in the views of outputs", async () => {
    await checkWidth(agent, "/outputs", ".outputs tbody tr");
    await checkWidth(agent, "/outputs/http", ".output-history");
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import {
  openBrowser,
  type Served,
  serveSample,
  signIn,
  type Troubles,
  violations,
  watchTroubles,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
const RULE = "Packet socket opened in container";

describe("rules and what they cover", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let troubles: Troubles;

  beforeAll(async () => {
    served = await serveSample();
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    troubles = watchTroubles(page, served);
    await signIn(page, served, "viewer");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const names = (): Promise<string[]> => page.locator(".rules tbody th a").allTextContents();

  async function openRules(query = ""): Promise<void> {
    await page.goto(`${served.url}/rules${query}`);
    await page.locator(".rules tbody tr").first().waitFor();
  }

  it("are found by words, source, tag and state, and the address says so", async () => {
    await openRules();
    const all = await names();
    expect(all.length).toBeGreaterThan(100);
    await page.getByRole("searchbox").fill("packet socket");
    await eventually(names).toEqual([RULE]);
    expect(new URL(page.url()).searchParams.get("text")).toBe("packet socket");
    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Source", { exact: true }).selectOption("firewall");
    await eventually(async () => (await names()).length).toBeLessThan(40);
    await page.getByLabel("Source", { exact: true }).selectOption("");
    await page.getByLabel("Tag", { exact: true }).selectOption("T1040");
    await eventually(names).toContain(RULE);
    await page.getByLabel("State", { exact: true }).selectOption("disabled");
    await eventually(() => page.getByText("No rule matches.").count()).toBe(1);
    await page.reload();
    await eventually(() => page.getByText("No rule matches.").count()).toBe(1);
  });

  it("are ordered by what is wanted", async () => {
    await openRules();
    const sorted = await names();
    await page.getByRole("button", { name: /^Rule/ }).click();
    await eventually(names).toEqual(sorted.toReversed());
    expect(await page.getByRole("columnheader", { name: /^Rule/ }).getAttribute("aria-sort")).toBe("descending");
  });

  it("show one with what it looks at, what came of it and where it is described", async () => {
    await openRules(`?${new URLSearchParams({ text: RULE })}`);
    await page.getByRole("link", { name: RULE }).click();
    await page.getByRole("heading", { level: 1, name: RULE }).waitFor();
    const condition = page.getByRole("region", { name: "Condition" });
    expect(await condition.textContent()).toContain("evt.arg.domain contains AF_PACKET");
    expect(await condition.locator(".word-field").allTextContents()).toContain("evt.arg.domain");
    const attack = page.getByRole("region", { name: "MITRE ATT&CK" }).getByRole("link", { name: /^T1040/ });
    expect(await attack.getAttribute("href")).toBe("https://attack.mitre.org/techniques/T1040/");
    expect(await attack.getAttribute("rel")).toContain("noopener");
    expect(await page.locator(".written").textContent()).toContain(`- rule: ${RULE}\n`);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "All its alerts" }).click();
    await eventually(() => page.locator(".cell-rule a").allTextContents()).toEqual([RULE]);
  });

  it("say so where there is none of a name", async () => {
    await page.goto(`${served.url}/rules/${encodeURIComponent("<b>no</b> such/rule")}`);
    await eventually(() => page.getByRole("alert").textContent()).toMatch(/no such rule/);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("<b>no</b> such/rule");
    troubles.errors.splice(0); // the 404 that was asked for
  });

  it("cover techniques, which arrows lead through and which name their rules", async () => {
    await page.goto(`${served.url}/coverage`);
    await page.locator(".technique").first().waitFor();
    expect(await page.getByRole("columnheader").count()).toBe(14);
    expect(await page.locator(".technique[tabindex='0']").count()).toBe(1);
    await page.locator(".technique[tabindex='0']").focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "End", "ArrowLeft", "Home"])
      await page.keyboard.press(key);
    expect(await page.evaluate("document.activeElement.classList.contains('technique')")).toBe(true);
    const name = (await page.locator(".technique:focus .technique-name").textContent()) ?? "";
    await page.keyboard.press("Enter");
    const chosen = page.locator(".chosen-technique");
    expect(await chosen.getByRole("heading").textContent()).toContain(name);
    expect(await chosen.getByRole("listitem").count()).toBeGreaterThan(0);
    expect(await violations(page)).toEqual([]);
  });

  it("are told apart by whether they fired, and lead to the alerts", async () => {
    await page.locator(".technique.fired", { hasText: "Network Sniffing" }).first().click();
    const chosen = page.locator(".chosen-technique");
    expect(await chosen.getByRole("link", { name: RULE }).count()).toBe(1);
    await chosen.getByRole("link", { name: /alerts?$/ }).click();
    await eventually(() => page.locator(".cell-rule a").allTextContents()).toContain(RULE);
  });

  it("need no other host and break no rule of the page's policy", () => {
    expect(troubles).toEqual({ errors: [], strangers: [] });
  });
});

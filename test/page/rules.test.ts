import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveSample,
  signIn,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
const RULE = "Packet socket opened in container";

describe("rules", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveSample();
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    problems = recordProblems(page, served);
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

  it("lists the warnings of rule files, and rules that were not loaded", async () => {
    const left = "okta.yaml is skipped because it requires the missing plugin okta 0.11.0: rule Login.";
    const warning = {
      file: "own.yaml",
      line: 3,
      column: 5,
      rule: RULE,
      code: "EYAS_NO_SUCH_EVENT",
      message: "No event",
    };
    await page.route("**/api/v1/rules/warnings", (route) =>
      route.fulfill({
        json: { warnings: [warning], leftOut: [{ file: "okta.yaml", rules: ["Login"], message: left }] },
      }),
    );
    await openRules();
    await page.getByText("1 rule skipped", { exact: true }).waitFor();
    expect(await page.getByText(left).isVisible()).toBe(true);
    await page.getByText("1 warning in rule files").click();
    await page.getByText("own.yaml:3:5").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute("**/api/v1/rules/warnings");
  });

  it("filters rules by text, source, tag and state, and keeps the filter in the address", async () => {
    await openRules();
    const all = await names();
    expect(all.length).toBeGreaterThan(100);
    await page.getByRole("searchbox").fill("packet socket opened");
    await eventually(names).toEqual([RULE]);
    expect(new URL(page.url()).searchParams.get("text")).toBe("packet socket opened");
    await page.getByRole("searchbox").fill("");
    await page.getByLabel("Source", { exact: true }).selectOption("firewall");
    await eventually(async () => (await names()).length).toBeLessThan(40);
    await page.getByLabel("Source", { exact: true }).selectOption("");
    await page.getByLabel("Tag", { exact: true }).selectOption("T1040");
    await eventually(names).toContain(RULE);
    await page.getByLabel("State", { exact: true }).selectOption("disabled");
    await eventually(() => page.getByText("No rules match.").count()).toBe(1);
    await page.reload();
    await eventually(() => page.getByText("No rules match.").count()).toBe(1);
  });

  it("sorts rules by a column", async () => {
    await openRules();
    const sorted = await names();
    await page.getByRole("button", { name: /^Rule/ }).click();
    await eventually(names).toEqual(sorted.toReversed());
    expect(await page.getByRole("columnheader", { name: /^Rule/ }).getAttribute("aria-sort")).toBe("descending");
  });

  it("draws the alerts of each rule over the selected range, with their number and peak as text", async () => {
    await openRules(`?since=ever&${new URLSearchParams({ text: RULE })}`);
    const sparkline = page.getByRole("row", { name: new RegExp(RULE) }).getByRole("img");
    await eventually(() => sparkline.getAttribute("aria-label")).toMatch(
      /^1 alert, peak of 1 in .+, starting at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/,
    );
    expect(await page.getByRole("columnheader", { name: "Alerts", exact: true }).count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("Time range of the sparklines").selectOption("15m");
    await page.getByRole("columnheader", { name: "Alerts in the last 15 minutes" }).waitFor();
    await eventually(() => sparkline.count()).toBe(0);
    expect(new URL(page.url()).searchParams.get("since")).toBe("15m");
  });

  it("shows the list before the sparklines, which are one request, and states that they are incomplete", async () => {
    const { promise: shown, resolve: show } = Promise.withResolvers<void>();
    const requests: string[] = [];
    await page.route("**/api/v1/alerts/over-time/rules?*", async (route) => {
      requests.push(route.request().url());
      await shown;
      const rules = [{ rule: RULE, counts: [0, 5, 2] }];
      const range = { from: "2026-11-25T10:00:00.000Z", to: "2026-11-25T10:03:00.000Z", step: 60 };
      await route.fulfill({ json: { ...range, rules, more: true, complete: false, searched: range.from } });
    });
    await openRules();
    expect(await page.locator(".sparkline").count()).toBe(0);
    show();
    const sparkline = page.getByRole("row", { name: new RegExp(RULE) }).getByRole("img");
    await eventually(() => sparkline.getAttribute("aria-label")).toMatch(
      /^7 alerts, peak of 5 in 1 min, starting at 2026-11-25/,
    );
    expect((await sparkline.locator(".sparkline-bars").getAttribute("d"))?.match(/M/g)).toHaveLength(2);
    await page.getByText("Incomplete: includes only alerts since").waitFor();
    await page.getByText("the 1 rule with the most alerts").waitFor();
    expect(requests).toHaveLength(1);
    await page.unroute("**/api/v1/alerts/over-time/rules?*");
  });

  it("shows a rule with condition, YAML, techniques and alerts", async () => {
    await openRules(`?${new URLSearchParams({ text: RULE })}`);
    await page.getByRole("link", { name: RULE }).click();
    await page.getByRole("heading", { level: 1, name: RULE }).waitFor();
    const condition = page.getByRole("region", { name: "Condition" });
    expect(await condition.textContent()).toContain("evt.arg.domain contains AF_PACKET");
    expect(await condition.locator(".token-field").allTextContents()).toContain("evt.arg.domain");
    const attack = page.getByRole("region", { name: "MITRE ATT&CK" }).getByRole("link", { name: /^T1040/ });
    expect(await attack.getAttribute("href")).toBe("https://attack.mitre.org/techniques/T1040/");
    expect(await attack.getAttribute("rel")).toContain("noopener");
    expect(await page.locator(".written").textContent()).toContain(`- rule: ${RULE}\n`);
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Show all alerts" }).click();
    await eventually(() => page.locator(".cell-rule a").allTextContents()).toEqual([RULE]);
  });

  it("shows an error for an unknown rule", async () => {
    await page.goto(`${served.url}/rules/${encodeURIComponent("<b>no</b> such/rule")}`);
    await eventually(() => page.getByRole("alert").textContent()).toMatch(/Rule not found/);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("<b>no</b> such/rule");
    problems.errors.splice(0); // removes the 404 of this test
  });

  it("sends no request to other hosts and violates no Content-Security-Policy", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

import { readFileSync } from "node:fs";
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
/** A technique that the drill's alerts do not concern, and for which there is no default rule. */
const GAP = "T1111";
const HOSTILE = '<img src=x onerror=alert(1)>\u202e<script>alert(1)</script>"';

interface Exported {
  readonly versions: { readonly layer: string };
  readonly techniques: readonly { readonly techniqueID: string; readonly score: number; readonly comment: string }[];
}

describe("coverage", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveSample();
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const technique = (text: string | RegExp) => page.locator(".technique", { hasText: text }).first();
  const selected = () => page.locator(".selected-technique");
  const comparison = () => page.getByRole("region", { name: /^Comparison with layer/ });

  async function openCoverage(query = "?since=ever"): Promise<void> {
    await page.goto(`${served.url}/coverage${query}`);
    await page.locator(".technique").first().waitFor();
  }

  async function compareWith(text: string, name = "layer.json"): Promise<void> {
    await page
      .locator("input[type=file]")
      .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  }

  function layer(techniques: unknown, more: object = {}): string {
    return JSON.stringify({ name: "Red team", domain: "enterprise-attack", techniques, ...more });
  }

  it("moves between techniques with arrow keys and lists the rules of a technique", async () => {
    await openCoverage("?since=ever&techniques=covered");
    const tactics = page.getByRole("list", { name: "Techniques by tactic" }).getByRole("heading");
    expect(await tactics.count()).toBe(14);
    expect(await page.locator(".technique[tabindex='0']").count()).toBe(1);
    await page.locator(".technique[tabindex='0']").focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "End", "ArrowLeft", "Home"])
      await page.keyboard.press(key);
    await eventually(() => page.evaluate("document.activeElement.classList.contains('technique')")).toBe(true);
    const name = (await page.locator(".technique:focus .technique-name").textContent()) ?? "";
    await page.keyboard.press("Enter");
    expect(await selected().getByRole("heading").textContent()).toContain(name);
    expect(await selected().getByRole("listitem").count()).toBeGreaterThan(0);
    expect(await violations(page)).toEqual([]);
  });

  it("shows the number of alerts in the time range as a color and as text, and links to the alerts", async () => {
    await openCoverage();
    const fired = page.locator(".technique.fired", { hasText: "Network Sniffing" }).first();
    expect(await fired.getAttribute("class")).toMatch(/heat-[1-5]/);
    expect(await fired.textContent()).toMatch(/\d alerts?/);
    expect(await page.getByRole("list", { name: /^Legend/ }).textContent()).toMatch(/or more/);
    await fired.click();
    expect(await selected().getByRole("link", { name: RULE }).count()).toBe(1);
    await selected()
      .getByRole("link", { name: /alerts?$/ })
      .click();
    await eventually(() => page.locator(".cell-rule a").allTextContents()).toContain(RULE);
    expect(page.url()).toContain("since=ever");
    await openCoverage("?since=1m");
    await eventually(() => page.locator(".technique.fired").count()).toBe(0);
    await page.getByText("0 techniques have alerts in this time range").waitFor();
  });

  it("shows gaps with the reason why no default rule covers them, and filters by coverage", async () => {
    await openCoverage();
    await technique(GAP).click();
    await eventually(() => selected().textContent()).toContain("No enabled rule covers the technique.");
    expect(await selected().textContent()).toContain("Why the default rules do not");
    const all = await page.locator(".technique").count();
    await page.getByRole("button", { name: "Gaps", exact: true }).click();
    await eventually(() => page.locator(".technique.covered, .technique.fired").count()).toBe(0);
    const gaps = await page.locator(".technique").count();
    await page.getByRole("button", { name: "Covered", exact: true }).click();
    await eventually(() => page.locator(".technique.gap-cell").count()).toBe(0);
    expect(gaps + (await page.locator(".technique").count())).toBe(all);
    await page.reload();
    await page.locator(".technique").first().waitFor();
    expect(await page.getByRole("button", { name: "Covered", exact: true }).getAttribute("aria-pressed")).toBe("true");
  });

  it("shows sub-techniques below their technique on request", async () => {
    await openCoverage();
    expect(await technique(/T1059\.004/).count()).toBe(0);
    expect(await technique("T1059").textContent()).toMatch(/\d+\/\d+ sub-techniques/);
    await page.getByRole("button", { name: "Sub-techniques", exact: true }).click();
    await eventually(() =>
      technique(/T1059\.004/)
        .locator(".technique-name")
        .textContent(),
    ).toBe("Unix Shell");
  });

  it("exports a layer, whose techniques are covered when it is opened again", async () => {
    await openCoverage();
    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export Navigator layer" }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^eyas-coverage-\d{4}-\d\d-\d\d\.json$/);
    const text = readFileSync(await saved.path(), "utf8");
    const { versions, techniques } = JSON.parse(text) as Exported;
    expect(versions.layer).toBe("4.5");
    expect(techniques.find(({ techniqueID }) => techniqueID === GAP)).toMatchObject({ score: 0 });
    expect(techniques.find(({ techniqueID }) => techniqueID === "T1040")?.comment).toContain(RULE);
    await compareWith(text);
    await eventually(() => comparison().getByRole("status").textContent()).toMatch(/, 0 by the layer only, and 0 by/);
    await comparison().getByRole("button", { name: "Close comparison" }).click();
    await eventually(() => comparison().count()).toBe(0);
  });

  it("compares with a layer, and shows its hostile texts as text", async () => {
    await openCoverage();
    await compareWith(
      layer(
        [
          { techniqueID: GAP, score: 7, comment: HOSTILE },
          { techniqueID: "T1040", score: 1 },
          { techniqueID: "T1547.001", color: "#ff0000" },
          { techniqueID: HOSTILE, score: 1 },
        ],
        { name: HOSTILE },
      ),
    );
    const theirs = comparison().getByRole("table", { name: "Covered only by the layer" });
    await theirs.waitFor();
    expect(await theirs.locator("tbody tr").count()).toBe(2);
    expect(await theirs.textContent()).toContain("<img src=x onerror=alert(1)>\\u202e<script>");
    expect(await theirs.textContent()).toContain("not for Linux or Containers");
    expect(await comparison().getByRole("heading", { level: 2 }).textContent()).toContain("<script>alert(1)</script>");
    expect(await comparison().getByRole("status").textContent()).toContain("Skipped 1 entry without a valid ID");
    const ours = comparison().getByRole("table", { name: "Covered only by rules" });
    expect(await ours.locator("tbody tr").count()).toBeGreaterThan(100);
    expect(await ours.textContent()).not.toContain("T1040");
    await technique(GAP).click();
    await eventually(() => selected().textContent()).toContain("In the layer with score 7. <img src=x");
    expect(await technique(GAP).textContent()).toContain("in layer");
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it.each([
    ["that is not JSON", "<script>alert(1)</script>", /not JSON/],
    ["that is nested a million times", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`, /nested too deeply/],
    ["with 100,000 techniques", layer(Array(100_000).fill({ techniqueID: "T1040", score: 1 })), /more than 10000/],
    ["of another domain", layer([], { domain: "ics-attack" }), /enterprise-attack/],
    ["larger than 5 MB", layer([], { description: "x".repeat(5_000_001) }), /larger than 5 MB/],
  ])("rejects a file %s with the reason, and works on", async (_, text, reason) => {
    await openCoverage();
    await compareWith(text);
    await eventually(() => page.getByRole("alert").textContent()).toMatch(reason);
    expect(await comparison().count()).toBe(0);
    await compareWith(layer([{ techniqueID: "T1040", score: 1 }]));
    await comparison().waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  describe.each([1440, 1024, 390])("%d pixels wide", (width) => {
    it.each(["light", "dark"] as const)("fits and conforms to WCAG 2.2 AA, %s theme", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openCoverage("?since=ever&sub=");
      await compareWith(layer([{ techniqueID: GAP, score: 7, comment: "x".repeat(400) }]));
      await comparison().waitFor();
      await page.locator(".technique.fired").first().click();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("sends no request to other hosts and violates no Content-Security-Policy", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

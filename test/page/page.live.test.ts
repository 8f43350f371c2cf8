import { spawnSync } from "node:child_process";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pause, runDrill } from "../live/sensor.ts";
import { missingOf, needs } from "../parts/needs.ts";
import { openBrowser, type Served, serveSensor, signIn, type Troubles, watchTroubles } from "./page.fixture.ts";

const RULES = `
- rule: Marked
  desc: Tells the test that what came before has been seen, and carries what must stay text.
  condition: evt.type = execve and proc.args contains eyas-page-
  output: "%proc.cmdline"
  priority: DEBUG
`;

const RESPONSES = `
- response: End what is marked
  match: rule = Marked and output contains eyas-page-answered
  actions: [host:kill]
`;

/** Everything that a page could take for something other than text. */
const HOSTILE = [
  "eyas-page-hostile",
  '<img src=x onerror="document.title=String.fromCharCode(33)">',
  "<script>document.title='!'</script>",
  "</title></textarea><b>bold</b>",
  "&lt;i&gt;",
  "\u001b[31mred\u001b[0m\u0007",
  "\u202eeman.txt\u202c",
  "\u200bnothing\u200f",
  "javascript:document.title='!'",
  "{{7*7}}${7*7}",
];

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

const served = missingOf("browser", "sensor") === undefined ? await serveSensor(RULES, RESPONSES) : undefined;

describe("the page of a live sensor", needs("browser", "sensor"), () => {
  const { url, said, tokens, stop } = (served ?? {}) as Served;
  let browser: Browser;
  let page: Page;
  let troubles: Troubles;

  beforeAll(async () => {
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
    troubles = watchTroubles(page, served as Served);
    await signIn(page, served as Served, "admin", "/alerts");
    const ready = page.locator(".cell-output", { hasText: "eyas-page-begins" });
    for (let i = 0; i < 100 && (await ready.count()) === 0; i++) {
      spawnSync("true", ["eyas-page-begins"]);
      await pause(200);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await stop();
  });

  async function count(query: string, since: string): Promise<number> {
    const parameters = new URLSearchParams({ by: "rule", query, since });
    const answer = await fetch(`${url}/api/v1/alerts/count?${parameters}`, {
      headers: { authorization: `Bearer ${tokens.viewer}` },
    });
    const { total } = (await answer.json()) as { total: number };
    return total;
  }

  it("shows alerts as they come", async () => {
    await page.goto(`${url}/alerts`);
    await page.locator(".cell-output", { hasText: "eyas-page-begins" }).first().waitFor();
    for (let i = 0; i < 5; i++) {
      const word = `eyas-page-seen-${i}`;
      spawnSync("true", [word]);
      await page.locator(".cell-output", { hasText: word }).waitFor();
    }
  });

  it("follows the drill: filters, explains, makes an exception, and the next drill raises no such alert", async () => {
    const query = 'rule = "Credential file read by unexpected program" and proc.name = cat';
    await page.goto(`${url}/alerts`);
    await page.getByText("Live").waitFor();
    const began = new Date().toISOString();
    const first = await runDrill("--only", "read-shadow", "shred");
    expect([...first.values()].map(({ outcome }) => outcome)).toEqual(["done", "done"]);

    await page.locator(".cell-rule", { hasText: "Data destruction tool started" }).first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(query);
    await page.keyboard.press("Enter");
    await eventually(() => new URL(page.url()).searchParams.get("query")).toBe(query);
    await eventually(() => page.locator(".cell-rule").allTextContents()).toSatisfy(
      (rules: string[]) => rules.length > 0 && rules.every((rule) => rule.startsWith("Credential file read")),
    );

    await page.locator(".cell-rule a").first().click();
    const tree = page.getByRole("region", { name: "Process tree" });
    await tree.locator(".of-alert").waitFor();
    expect(await tree.locator(".of-alert").textContent()).toContain("cat /etc/shadow");
    expect(await tree.locator(".process").count()).toBeGreaterThan(2);
    const why = page.getByRole("region", { name: "Why it fired" });
    await why.locator(".holds").first().waitFor();
    expect(await why.textContent()).toContain("/etc/shadow");
    expect(await page.getByRole("region", { name: "Rule" }).textContent()).toContain("fd_is_password_file");
    expect(await page.getByRole("region", { name: "MITRE" }).textContent()).toContain("T1003.008");

    await page.getByRole("button", { name: "Make an exception" }).click();
    const yaml = page.getByRole("textbox", { name: "The exception" });
    await yaml.waitFor();
    expect(await yaml.inputValue()).toMatch(/rule: Credential file read[\s\S]*exceptions:[\s\S]*cat/);
    await eventually(() => page.getByText("It would have hidden").textContent()).toMatch(/hidden [1-9]\d* alert/);
    await page.getByRole("button", { name: "Apply" }).click();
    await eventually(() => page.getByText("Saved and active").count()).toBe(1);

    const after = new Date().toISOString();
    expect(await count(query, began)).toBeGreaterThan(0);
    await runDrill("--only", "read-shadow", "shred");
    await eventually(() => count('rule = "Data destruction tool started"', after)).toBeGreaterThan(0);
    expect(await count(`${query} and proc.cmdline = "cat /etc/shadow"`, after)).toBe(0);
  });

  it("shows what is hostile as text, everywhere", async () => {
    spawnSync("true", HOSTILE);
    const word = "eyas-page-hostile";
    const shown = (text: string | null): void => {
      for (const markup of HOSTILE.slice(1, 5)) expect(text).toContain(markup);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
      expect(text).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u202a-\u202e\u200b-\u200f]/);
    };
    await page.goto(`${url}/alerts?query=${encodeURIComponent(`proc.cmdline contains ${word}`)}`);
    const row = page.locator(".cell-output", { hasText: word }).first();
    await row.waitFor();
    shown(await row.textContent());
    expect(await page.locator("main img, main script, main b").count()).toBe(0);

    await page.goto(`${url}/alerts?view=groups&query=${encodeURIComponent(`proc.cmdline contains ${word}`)}`);
    const newest = page.locator(".newest", { hasText: word }).first();
    await newest.waitFor();
    shown(await newest.textContent());

    await newest.getByRole("link").click();
    await page.locator(".of-alert", { hasText: word }).waitFor();
    shown(await page.locator(".alert-head .output").textContent());
    shown(await page.locator(".of-alert").textContent());
    shown(await page.locator(".fields tr", { hasText: "proc.cmdline" }).first().textContent());
    expect(await page.locator("main img, main script").count()).toBe(0);

    await page.locator(".fields tr", { hasText: "proc.cmdline" }).first().getByRole("link").click();
    await eventually(() => page.locator(".cell-output", { hasText: word }).count()).toBeGreaterThan(0);
    expect(await page.title()).toBe("Alerts · Eyas");
  });

  it("moves nothing under who has scrolled down, and says how many wait", async () => {
    await page.setViewportSize({ width: 1400, height: 500 });
    await page.goto(`${url}/alerts`);
    await page.locator(".cell-rule a").first().waitFor();
    await page.getByText("Live").waitFor();
    for (let i = 0; i < 12; i++) spawnSync("true", [`eyas-page-filler-${i}`]);
    await page.locator(".cell-output", { hasText: "eyas-page-filler-11" }).waitFor();
    await page.getByRole("grid").hover();
    await page.mouse.wheel(0, 130);
    const scrolled = () => page.getByRole("grid").evaluate((grid) => grid.scrollTop);
    await eventually(scrolled).toBeGreaterThan(50);
    const before = await scrolled();
    spawnSync("true", ["eyas-page-waits"]);
    const button = page.getByRole("button", { name: /^\d+ new alerts?$/ });
    await button.waitFor();
    expect(await page.locator(".cell-output", { hasText: "eyas-page-waits" }).count()).toBe(0);
    expect(await scrolled()).toBe(before);
    await button.click();
    await page.locator(".cell-output", { hasText: "eyas-page-waits" }).waitFor();
    expect(await scrolled()).toBe(0);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("tells of sources and of itself as they are now", async () => {
    await page.goto(url);
    const sources = page.getByRole("region", { name: "Sources" });
    await eventually(() => sources.textContent()).toMatch(/syscall\s*up/);
    await eventually(() => page.getByRole("region", { name: "Sensor" }).textContent()).toContain("Journal");
  });

  it("tries rules on the last events that the sensor keeps", async () => {
    await page.goto(`${url}/playground`);
    await page.getByText(/^Valid/).waitFor();
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(RULES);
    await page.getByText("Valid: 1 rule.").waitFor();
    await page.getByLabel("On", { exact: true }).selectOption({ label: "the last events of this machine" });
    // A busy machine's last events are those of a second or two: it may take more than one try.
    const found = page.locator(".matches .output", { hasText: "true eyas-page-tried" });
    for (let i = 0; i < 20 && (await found.count()) === 0; i++) {
      spawnSync("true", ["eyas-page-tried"]);
      await page.getByRole("button", { name: "Run" }).click();
      await found
        .first()
        .waitFor({ timeout: 5000 })
        .catch(() => undefined);
    }
    expect(await found.count()).toBeGreaterThan(0);
  });

  it("tells what was done about alerts, or would have been", async () => {
    await page.goto(`${url}/responses`);
    spawnSync("sleep", ["0.5", "0s", "--", "0d", "eyas-page-answered"]);
    const row = page.getByRole("row", { name: /End what is marked/ }).first();
    await row.waitFor();
    expect(await row.textContent()).toMatch(/host:kill.*process \d+.*skipped.*dry run/);
    await row.getByRole("link", { name: "Marked" }).click();
    await eventually(() => page.getByRole("region", { name: "Responses" }).textContent()).toContain("host:kill");
  });

  it("pauses responses for an admin, asks first, and resumes them", async () => {
    await page.goto(`${url}/responses`);
    await page.getByRole("button", { name: "Pause all" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause all responses?" });
    await dialog.getByRole("button", { name: "Pause", exact: true }).click();
    await eventually(() => page.getByText("Paused: no action runs.").count()).toBe(1);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume", exact: true }).click();
    await eventually(() => page.getByText("Responses are on.").count()).toBe(1);
  });

  it("met with no error, asked no other host, and the sensor lost nothing of what it says", () => {
    expect(troubles).toEqual({ errors: [], strangers: [] });
    expect(said()).not.toMatch(/\berror:/);
  });
});

import { spawnSync } from "node:child_process";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pause, runDrill } from "../live/sensor.ts";
import { needs } from "../parts/needs.ts";
import { openBrowser, type Problems, recordProblems, type Served, serveSensor, signIn } from "./page.fixture.ts";

const RULES = `
- rule: Marked
  desc: Raised by the test to mark a point in time, and to carry hostile text.
  condition: evt.type = execve and proc.args contains eyas-page-
  output: "%proc.cmdline"
  priority: DEBUG
`;

const RESPONSES = `
- response: Kill marked process
  match: rule = Marked and output contains eyas-page-response
  actions: [host:kill]
`;

/** Texts that a page could interpret as markup, code or control characters. */
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

describe("the page of a live sensor", needs("browser", "sensor"), () => {
  let served: Served;
  let url: string;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveSensor(RULES, RESPONSES);
    ({ url } = served);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin", "/alerts");
    const ready = page.locator(".cell-output", { hasText: "eyas-page-begins" });
    for (let i = 0; i < 100 && (await ready.count()) === 0; i++) {
      spawnSync("true", ["eyas-page-begins"]);
      await pause(200);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  async function count(query: string, since: string): Promise<number> {
    const parameters = new URLSearchParams({ by: "rule", query, since });
    const answer = await fetch(`${url}/api/v1/alerts/count?${parameters}`, {
      headers: { authorization: `Bearer ${served.tokens.viewer}` },
    });
    const { total } = (await answer.json()) as { total: number };
    return total;
  }

  it("shows new alerts live", async () => {
    await page.goto(`${url}/alerts`);
    await page.locator(".cell-output", { hasText: "eyas-page-begins" }).first().waitFor();
    for (let i = 0; i < 5; i++) {
      const word = `eyas-page-seen-${i}`;
      spawnSync("true", [word]);
      await page.locator(".cell-output", { hasText: word }).waitFor();
    }
  });

  it("filters and explains an alert of the drill, and an exception suppresses it in the next drill", async () => {
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
    const explanation = page.getByRole("region", { name: "Explanation" });
    await explanation.locator(".is-true").first().waitFor();
    expect(await explanation.textContent()).toContain("/etc/shadow");
    expect(await page.getByRole("region", { name: "Rule" }).textContent()).toContain("fd_is_password_file");
    expect(await page.getByRole("region", { name: "MITRE" }).textContent()).toContain("T1003.008");

    await page.getByRole("button", { name: "Create exception" }).click();
    const yaml = page.getByRole("textbox", { name: "Exception (YAML)" });
    await yaml.waitFor();
    expect(await yaml.inputValue()).toMatch(/rule: Credential file read[\s\S]*exceptions:[\s\S]*cat/);
    await eventually(() => page.getByText(/^Excludes/).textContent()).toMatch(/Excludes [1-9]\d* alert/);
    await page.getByRole("button", { name: "Apply" }).click();
    await eventually(() => page.getByText("Exception applied").count()).toBe(1);

    const after = new Date().toISOString();
    expect(await count(query, began)).toBeGreaterThan(0);
    await runDrill("--only", "read-shadow", "shred");
    await eventually(() => count('rule = "Data destruction tool started"', after)).toBeGreaterThan(0);
    expect(await count(`${query} and proc.cmdline = "cat /etc/shadow"`, after)).toBe(0);
  });

  it("shows hostile text as text in all views", async () => {
    spawnSync("true", HOSTILE);
    const word = "eyas-page-hostile";
    const shown = (text: string | null): void => {
      for (const markup of HOSTILE.slice(1, 5)) expect(text).toContain(markup);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for control characters
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

  it("keeps the scroll position and shows the number of pending alerts", async () => {
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
    spawnSync("true", ["eyas-page-pending"]);
    const button = page.getByRole("button", { name: /^Show \d+ new alerts?$/ });
    await button.waitFor();
    expect(await page.locator(".cell-output", { hasText: "eyas-page-pending" }).count()).toBe(0);
    expect(await scrolled()).toBe(before);
    await button.click();
    await page.locator(".cell-output", { hasText: "eyas-page-pending" }).waitFor();
    expect(await scrolled()).toBe(0);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  it("shows the status of sources and agent", async () => {
    await page.goto(url);
    const sources = page.getByRole("region", { name: "Sources" });
    await eventually(() => sources.textContent()).toMatch(/syscall\s*up/);
    await eventually(() => page.getByRole("region", { name: "Agent" }).textContent()).toContain("Journal");
  });

  it("runs rules on the recent events of the sensor", async () => {
    await page.goto(`${url}/playground`);
    await page.getByText(/^Valid/).waitFor();
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(RULES);
    await page.getByText("Valid: 1 rule.").waitFor();
    await page.getByRole("combobox", { name: "Capture" }).selectOption({ label: "Recent events from this machine" });
    // On a busy machine, the recent events span only a second or two, so retry.
    const found = page.locator(".matches .output", { hasText: "true eyas-page-recent" });
    for (let i = 0; i < 20 && (await found.count()) === 0; i++) {
      spawnSync("true", ["eyas-page-recent"]);
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await found
        .first()
        .waitFor({ timeout: 5000 })
        .catch(() => undefined);
    }
    expect(await found.count()).toBeGreaterThan(0);
  });

  it("shows actions and dry runs of responses", async () => {
    await page.goto(`${url}/responses`);
    spawnSync("sleep", ["0.5", "0s", "--", "0d", "eyas-page-response"]);
    const row = page.getByRole("row", { name: /Kill marked process/ }).first();
    await row.waitFor();
    expect(await row.textContent()).toMatch(/host:kill.*process \d+.*skipped.*dry run/);
    await row.getByRole("link", { name: "Marked" }).click();
    await eventually(() => page.getByRole("region", { name: "Responses" }).textContent()).toContain("host:kill");
  });

  it("pauses and resumes responses after confirmation", async () => {
    await page.goto(`${url}/responses`);
    await page.getByRole("button", { name: "Pause all" }).click();
    const dialog = page.getByRole("dialog", { name: "Pause all responses?" });
    await dialog.getByRole("button", { name: "Pause", exact: true }).click();
    await eventually(() => page.getByText("Responses are paused.").count()).toBe(1);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume", exact: true }).click();
    await eventually(() => page.getByText("Dry run: actions are only simulated.").count()).toBe(1);
  });

  it("sends no request to other hosts, violates no Content-Security-Policy and logs no error", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
    expect(served.output()).not.toMatch(/\berror:/);
  });
});

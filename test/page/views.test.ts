import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { home } from "../../src/agent/home.ts";
import { PAGES } from "../../src/api/assets.ts";
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

/** Polls long enough for a busy machine. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

const views: readonly (readonly [name: string, path: string, ready: string])[] = [
  ["overview", "/?since=ever", ".by-field tbody tr"],
  ["alerts", "/alerts?since=ever", ".cell-rule a"],
  ["alert groups", "/alerts?since=ever&view=groups", ".groups tbody tr"],
  ["an alert", "/alerts?since=ever", ".one-alert .process"],
  ["cases", "/cases", "main .empty"],
  ["network", "/network?since=ever", "main h1"],
  ["rules", "/rules", "main table tbody tr"],
  ["exceptions", "/exceptions", "main h1"],
  ["playground", "/playground", "main .cm-content"],
  ["coverage", "/coverage", "main h1"],
  ["responses", "/responses", "main h1"],
  ["outputs", "/outputs", "main h1"],
  ["machines", "/machines", ".machine-list tbody tr"],
  ["posture", "/posture", "main .absent"],
  ["users", "/users", "main tbody tr"],
  ["audit log", "/audit", "main tbody tr"],
];

test("every view is in the table of views", () => {
  const ui = join(home, "ui");
  const text = readFileSync(join(ui, "shell/views.ts"), "utf8");
  const pages = readdirSync(ui).filter((folder) => folder !== "built" && existsSync(join(ui, folder, "page.tsx")));
  expect(pages.filter((folder) => !text.includes(`import("../${folder}/page.tsx")`))).toEqual([]);
});

test("every view is described in docs/page.md, with its shortcut", async () => {
  const { views: table } = (await import(join(home, "ui/shell/views.ts"))) as {
    views: readonly { readonly title: string; readonly key?: string }[];
  };
  const text = readFileSync(join(home, "docs/page.md"), "utf8");
  const headings = [...text.matchAll(/^## (.*)$/gm)].flatMap(([, heading = ""]) => heading.toLowerCase().split(", "));
  const described = (title: string): boolean =>
    headings.some((heading) => `${heading} `.startsWith(`${title.toLowerCase()} `));
  expect(table.map(({ title }) => title).filter((title) => !described(title))).toEqual([]);
  const shortcuts = /^\| `g` then (.*?) \|/m.exec(text)?.[1];
  expect(shortcuts).toBe(table.flatMap(({ key }) => (key === undefined ? [] : `\`${key}\``)).join(" "));
});

test("the keys of shortcuts are unique, and the server knows every path", async () => {
  const { views: table } = (await import(join(home, "ui/shell/views.ts"))) as {
    views: readonly { readonly path?: string; readonly key?: string }[];
  };
  expect(table.length).toBeGreaterThan(views.length - 3);
  const keys = table.flatMap(({ key }) => key ?? []);
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  const paths = table.flatMap(({ path }) => path ?? []);
  expect(paths.filter((path) => !PAGES.test(path))).toEqual([]);
});

describe("the page with the alerts of a capture", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveSample();
    browser = await openBrowser();
    context = await browser.newContext();
    context.setDefaultTimeout(60_000);
    page = await context.newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  async function open(name: string, path: string, ready: string): Promise<void> {
    await page.goto(served.url + path);
    if (name === "an alert") await page.locator(".cell-rule a").first().click();
    await page.locator(ready).first().waitFor();
  }

  it("has a test for every view of the navigation", async () => {
    await page.goto(served.url);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    const addresses = await page.evaluate(`[...document.querySelectorAll("nav a")].map((link) => link.pathname)`);
    const tested = [...new Set(views.map(([, path]) => new URL(path, served.url).pathname))];
    expect(addresses).toEqual(tested);
    for (const address of tested) expect([address, (await fetch(served.url + address)).status]).toEqual([address, 200]);
  });

  describe.each(views)("%s", (name, path, ready) => {
    it("conforms to WCAG 2.2 AA, light theme, 1400 pixels wide", async () => {
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 1400, height: 900 });
      await open(name, path, ready);
      expect(await violations(page)).toEqual([]);
    });

    it("conforms to WCAG 2.2 AA, dark theme, 390 pixels wide, and fits 360 pixels", async () => {
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 390, height: 900 });
      await open(name, path, ready);
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 800 });
      await eventually(() => page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    });
  });

  it("sends no request to other hosts and violates no Content-Security-Policy", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });

  it("works with an empty cache", async () => {
    const fresh = await browser.newContext({ storageState: await context.storageState() });
    const first = await fresh.newPage();
    await first.goto(`${served.url}/alerts?since=ever`);
    await first.locator(".cell-rule a").first().waitFor();
    await fresh.close();
  });

  describe("with the keyboard only", () => {
    it("focuses an alert, opens it and goes back to the list", async () => {
      await page.setViewportSize({ width: 1400, height: 900 });
      await open("alerts", "/alerts?since=ever", ".cell-rule a");
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      const rule = await page.locator(".row.focused .cell-rule").textContent();
      await page.keyboard.press("o");
      await eventually(() => page.getByRole("heading", { level: 1 }).textContent()).toBe(rule);
      await page.keyboard.press("u");
      await page.locator(".cell-rule a").first().waitFor();
      expect(page.url()).toContain("since=ever");
    });

    it("lists shortcuts in a dialog that Escape closes", async () => {
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await eventually(() => page.getByRole("dialog").count()).toBe(0);
    });

    it("switches views", async () => {
      await page.keyboard.press("g");
      await page.keyboard.press("o");
      await page.locator(".overview").waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("s");
      await page.getByRole("heading", { name: "Responses" }).waitFor();
    });
  });

  describe("the query", () => {
    it("completes fields, operators and stored values, and runs", async () => {
      await open("alerts", "/alerts?since=ever", ".cell-rule a");
      await page.keyboard.press("/");
      await page.keyboard.type("proc.na");
      await page
        .getByRole("option", { name: /^proc\.name/ })
        .first()
        .click();
      await page.keyboard.type("=");
      await page.keyboard.type(" ngin");
      await page.getByRole("option", { name: /^nginx/ }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("option", { name: /^and/ }).waitFor();
      await page.keyboard.press("Enter");
      await eventually(() => new URL(page.url()).searchParams.get("query")).toBe("proc.name = nginx");
      await expect
        .poll(() => page.locator(".cell-output").allTextContents())
        .toSatisfy((texts: string[]) => texts.length > 0 && texts.every((text) => text.includes("nginx")));
    });

    it("underlines an error and shows its message", async () => {
      await open("alerts", "/alerts?since=ever", ".cell-rule a");
      await page.keyboard.press("/");
      await page.keyboard.type("priority >= loud");
      await page.keyboard.press("Escape");
      await eventually(() => page.locator(".mistaken").textContent()).toBe("loud");
      expect(await page.locator(".mistake").textContent()).toContain('"loud" is not a priority');
      expect(await page.locator(".query-text").textContent()).toBe("priority >= loud");
      expect(await page.locator(".query-text .token-field").allTextContents()).toEqual(["priority"]);
      expect(await violations(page)).toEqual([]);
    });

    it("shows the server's error for an unknown field", async () => {
      await page.goto(`${served.url}/alerts?since=ever&query=proc.nme+%3D+bash`);
      await eventually(() => page.locator(".mistake").textContent()).toContain("proc.nme");
    });
  });

  it("renders only visible rows of a million alerts (mocked)", async () => {
    const [alert] = await stored();
    await page.route(/\/api\/v1\/alerts\?/, async (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
      const alerts = Array.from({ length: 250 }, (_, i) => ({
        ...alert,
        id: `row-${from + i}`,
        output: `row ${from + i}`,
      }));
      await route.fulfill({ json: { alerts, next: from + 250 < 1_000_000 ? String(from + 250) : null } });
    });
    await open("alerts", "/alerts?since=ever", ".cell-rule a");
    await page.getByRole("grid").focus();
    for (let i = 1; i <= 40; i++) {
      await eventually(async () => {
        await page.keyboard.press("End");
        return page.locator(`[aria-rowindex="${i * 250 + 1}"]`).count();
      }).toBe(1);
    }
    expect(await page.getByRole("row").count()).toBeLessThan(120);
    await page.keyboard.press("Home");
    await eventually(() => page.locator(".row.focused .cell-output").textContent()).toBe("row 0");
    await page.unroute(/\/api\/v1\/alerts\?/);
  });

  async function stored(): Promise<readonly object[]> {
    const headers = { authorization: `Bearer ${served.tokens.viewer}` };
    const answer = await fetch(`${served.url}/api/v1/alerts?limit=1`, { headers });
    const { alerts } = (await answer.json()) as { alerts: readonly object[] };
    return alerts;
  }

  it("adds a clicked value to the filter", async () => {
    await page.goto(`${served.url}/?since=ever`);
    await page.getByRole("region", { name: "Alerts by rule" }).getByRole("link").first().click();
    await eventually(() => new URL(page.url()).searchParams.get("query")).toMatch(/^rule = /);
    await eventually(() => page.getByRole("region", { name: "Alerts by rule" }).getByRole("link").count()).toBe(1);
  });

  it("searches for words and conditions in one box", async () => {
    const found = (word: string) =>
      expect
        .poll(() => page.locator(".cell-output").allTextContents())
        .toSatisfy((texts: string[]) => texts.length > 0 && texts.every((text) => text.includes(word)));
    await open("alerts", "/alerts?since=ever", ".cell-rule a");
    await page.keyboard.press("/");
    await page.keyboard.type("memfd source: syscall");
    await page.keyboard.press("Enter");
    await found("memfd");
    await page.goto(`${served.url}/alerts?since=ever&text=memfd&query=${encodeURIComponent("source = syscall")}`);
    await found("memfd");
    expect(await page.getByRole("combobox", { name: "Query" }).inputValue()).toBe("source = syscall and memfd");
  });

  it("acknowledges, comments on and closes an alert, and records it in the audit log", async () => {
    await open("an alert", "/alerts?since=ever", ".one-alert .process");
    await page.keyboard.press("a");
    await page.locator(".alert-head .state-acknowledged").waitFor();
    await page.keyboard.press("c");
    await page.getByRole("textbox", { name: "Comment" }).fill("who <b>did</b> this?");
    await page.getByRole("dialog").getByRole("button", { name: "Add comment" }).click();
    await expect
      .poll(() => page.getByRole("region", { name: "Triage" }).textContent())
      .toContain("who <b>did</b> this?");
    await page.keyboard.press("e");
    await page.getByRole("dialog").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Expected" }).click();
    await page.locator(".alert-head .state-closed").waitFor();
    await page.goto(`${served.url}/audit`);
    await eventually(() => page.getByRole("table").textContent()).toMatch(/clos[\s\S]*comment[\s\S]*acknowledg/i);
  });

  it("exports the alerts that match the filter", async () => {
    await open("alerts", "/alerts?since=ever&query=proc.name+%3D+nginx", ".cell-rule a");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "JSON" }).click(),
    ]);
    const stream = await download.createReadStream();
    let text = "";
    for await (const chunk of stream) text += chunk;
    expect(text).toContain("nginx");
    expect(text).not.toContain("memfd");
  });

  it("hides actions that a viewer is not allowed to perform", async () => {
    const other = await browser.newContext();
    const viewer = await other.newPage();
    await signIn(viewer, served, "viewer", "/alerts?since=ever");
    await viewer.locator(".cell-rule a").first().click();
    await viewer.locator(".one-alert .process").first().waitFor();
    expect(await viewer.getByRole("button", { name: "Acknowledge" }).count()).toBe(0);
    expect(await viewer.getByRole("link", { name: "Audit log" }).count()).toBe(0);
    await other.close();
  });

  it("requires a token to sign in, and ends the session on sign-out", async () => {
    const other = await browser.newContext();
    const visitor = await other.newPage();
    await visitor.goto(`${served.url}/alerts`);
    const token = visitor.getByLabel("Token");
    await token.fill("no-such-token");
    await visitor.keyboard.press("Enter");
    await eventually(() => visitor.getByRole("alert").textContent()).toContain("Invalid token");
    expect(await violations(visitor)).toEqual([]);
    await token.fill(served.tokens.viewer);
    await visitor.keyboard.press("Enter");
    await visitor.getByRole("navigation", { name: "Views" }).waitFor();
    expect(visitor.url()).not.toContain(served.tokens.viewer);
    await visitor.getByRole("button", { name: "Sign out" }).click();
    await token.waitFor();
    await visitor.reload();
    await token.waitFor();
    await other.close();
  });

  it("shows the sign-in form when the session expires, also for a page that only receives events", async () => {
    const other = await browser.newContext();
    const idle = await other.newPage();
    // The response of the server after the session has expired.
    await idle.route(/\/api\/v1\/events/, (route) => route.fulfill({ status: 401 }));
    await signIn(idle, served, "viewer", "/alerts?since=ever");
    await idle.locator(".cell-rule a").first().waitFor();
    await other.clearCookies();
    await idle.getByLabel("Token").waitFor();
    await other.close();
  });

  it("removes the token from the address", async () => {
    const other = await browser.newContext();
    const fresh = await other.newPage();
    await signIn(fresh, served, "viewer");
    expect(fresh.url()).toBe(`${served.url}/`);
    await other.close();
  });
});

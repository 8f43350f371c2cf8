import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Entry } from "../../src/alert/entry.ts";
import { openTestPage, type TestPage } from "../../src/api/page.fixture.ts";
import { standInFleet } from "../../src/api/store/elasticsearch/fleet.fixture.ts";
import type { Role } from "../../src/api/user.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { home } from "../live/sensor.ts";
import { needs } from "../parts/needs.ts";
import { builtUi, openBrowser, serveAgent, serveAlerts, violations } from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
const RULE = "Credential file read by unexpected program";

describe("the first steps", needs("browser"), () => {
  let browser: Browser;
  let page: Page;
  let served: TestPage;
  /** Stops the servers of a test. */
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    await builtUi();
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.context().close();
    for (const stop of stops.splice(0)) await stop();
  });

  async function visit(url: string, token: string): Promise<void> {
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(`${url}/#token=${token}`);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
  }
  async function serve(...[alerts, rules, fleet]: Parameters<typeof openTestPage>): Promise<void> {
    served = await openTestPage(alerts, rules, fleet, { built: join(home, "ui/built") });
    stops.push(served.close);
  }
  async function open(alerts: readonly Entry[], role: Role = "admin"): Promise<void> {
    await serve(alerts);
    await visit(served.url, served.tokens[role]);
  }
  const panel = () => page.getByRole("region", { name: "First steps" });
  const done = () => panel().locator(".step.done h3").allTextContents();
  const raise = () => served.append([entry(1, { rule: RULE, time: now(), message: "eyas-drill read /etc/shadow" })]);

  it("lead from an empty journal to an exception, with the keyboard, and are not shown again", async () => {
    await open([]);
    await panel().getByText("sudo eyas drill --only read-shadow").waitFor();
    await panel().getByText("Waiting for the first alert.").waitFor();
    expect(await done()).toEqual([]);
    expect(await violations(page)).toEqual([]);

    await page.getByRole("link", { name: "Alerts", exact: true }).click();
    await panel().waitFor();
    await raise();
    await panel().getByText(`Arrived: ${RULE}`).waitFor();
    expect(await panel().getByRole("status").count()).toBe(1);
    await eventually(async () => (await done()).length).toBe(2);
    expect(await violations(page)).toEqual([]);

    await page.reload();
    await panel().getByText(`Arrived: ${RULE}`).waitFor();
    await panel().getByRole("link", { name: "proposes an exception" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".alert-head h1").waitFor();
    await eventually(() => page.evaluate("document.activeElement.textContent")).toBe("Create exception");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Exception applied.").waitFor();

    await page.getByRole("link", { name: "Overview", exact: true }).click();
    await eventually(async () => (await done()).length).toBe(4);
    await panel().getByRole("button", { name: "Finish" }).click();
    await eventually(() => panel().count()).toBe(0);
    await page.reload();
    await page.locator(".by-field tbody tr").first().waitFor();
    expect(await panel().count()).toBe(0);
  });

  it("can be dismissed, also for the next visit", async () => {
    await open([]);
    await panel().getByRole("button", { name: "Dismiss" }).click();
    await eventually(() => panel().count()).toBe(0);
    await page.reload();
    await page.getByText("Alerts by rule").waitFor();
    await page.locator(".status-panels").waitFor();
    expect(await panel().count()).toBe(0);
  });

  it("are not shown if the journal has alerts, nor later if it has none", async () => {
    await open([entry(1, { time: now() })]);
    await page.locator(".by-field tbody tr").first().waitFor();
    await page.locator(".status-panels").waitFor();
    expect(await panel().count()).toBe(0);
    expect(await page.evaluate("localStorage.getItem('eyas-first-steps')")).toBe('{"dismissed":true}');
  });

  it("ignore what they cannot read in the storage of the browser", async () => {
    await open([]);
    await panel().waitFor();
    for (const text of ["{", "7", "null", '{"alert":{"id":7}}']) {
      await page.evaluate(`localStorage.setItem("eyas-first-steps", ${JSON.stringify(text)})`);
      await page.reload();
      await page.locator(".status-panels").waitFor();
      expect(await panel().count()).toBe(0);
    }
  });

  it("have no exception for viewers, and end without an admin's step for responders", async () => {
    await open([], "viewer");
    await panel().waitFor();
    expect(await panel().getByRole("heading", { level: 3 }).count()).toBe(3);
    await page.context().close();
    await visit(served.url, served.tokens.responder);
    await panel().waitFor(); // the page has seen that the journal is empty
    await raise();
    await panel().getByRole("link", { name: "The page of the alert" }).click();
    await page.getByRole("button", { name: "Create exception" }).click();
    await page.getByText("Only admins can apply exceptions.").waitFor();
    await page.goBack();
    await panel().getByRole("button", { name: "Finish" }).waitFor();
  });

  it("state what to look at on the page of a fleet", async () => {
    await serve([], undefined, await standInFleet("elasticsearch"));
    await visit(served.url, served.tokens.admin);
    await panel().getByText("Check that machines send alerts").waitFor();
    await panel().getByText("eyas outputs").waitFor();
    await raise();
    await panel().getByText(`Arrived: ${RULE}`).waitFor();
  });

  it("name the sources of an agent that does not monitor system calls, and see its first alert arrive", async () => {
    const agent = await serveAgent([]);
    stops.push(agent.stop);
    await visit(agent.url, agent.tokens.admin);
    await panel().getByText("Its alerts come from the alert intake.").waitFor();
    const intake = /installations on (\S+\d)/.exec(agent.output())?.[1] ?? "";
    const body = JSON.stringify({
      ...{ hostname: "node-1", output: `12:34:56.123456789: Critical ${RULE}`, priority: "Critical", rule: RULE },
      ...{ source: "syscall", time: new Date().toISOString(), output_fields: { "proc.name": "sleep" } },
    });
    await fetch(intake, { method: "POST", body, headers: { "content-type": "application/json" } });
    await panel().getByText(`Arrived: ${RULE}`).waitFor();
  });

  it("do not offer the drill for a stored journal", async () => {
    const stored = await serveAlerts([]);
    stops.push(stored.stop);
    await visit(stored.url, stored.tokens.admin);
    await panel().getByText("sudo eyas start").waitFor();
    await page.goto(`${stored.url}/alerts`);
    await page.getByText("No alerts in the last 24 hours.").waitFor();
    expect(await page.getByText("eyas drill").count()).toBe(0);
  });

  it.each([1024, 390])("fit a screen of %i pixels, in both themes", async (width) => {
    await open([]);
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const path of ["/", "/alerts"]) {
        await page.goto(served.url + path);
        await panel().waitFor();
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      }
    }
  });
});

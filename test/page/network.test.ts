import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entry } from "../../src/alert/entry.ts";
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

/** A name that an attacker might choose. */
const HOSTILE = '</text><script>alert(1)</script>\u202e"><img src=x>';
const start = BigInt(Date.now()) * 1_000_000n - 3_600_000_000_000n;

let count = 0;
function alertOf(fields: Readonly<Record<string, unknown>>, changes: Partial<Entry> = {}): Entry {
  return entry(++count, { rule: "Outbound connection", time: start + BigInt(count) * 1_000_000n, ...changes }, fields);
}

const alerts: readonly Entry[] = [
  alertOf({ "proc.name": "cat", "fd.name": "/etc/passwd" }),
  ...Array.from({ length: 5 }, () => alertOf({ "proc.name": "curl", "fd.name": "10.0.0.1:4000->10.9.9.9:443" })),
  alertOf({ "proc.name": "curl", "fd.name": "10.0.0.1:4001->10.9.9.9:443" }, { priority: "Critical" }),
  alertOf({ "container.name": "web", "fd.sip": "192.0.2.7", "fd.sport": 5432, "fd.sip.name": "db.test" }),
  alertOf({ "proc.name": HOSTILE, "fd.sip": "192.0.2.8", "fd.sport": 53, "fd.sip.name": HOSTILE }),
  alertOf({
    "proc.name": null,
    "fd.name": null,
    "net.src.ip": "198.51.100.1",
    "net.dst.ip": "10.0.0.2",
    "net.dst.port": 22,
  }),
];
/** Connections to more addresses than the picture shows. */
const scan: readonly Entry[] = Array.from({ length: 100 }, (_, i) =>
  alertOf({ "proc.name": "nmap", "fd.name": `10.0.0.1:4000->10.7.0.${i}:80` }, { priority: "Notice" }),
);

describe("the flow map", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts([...scan, ...alerts]);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const WITHOUT_SCAN = `?query=${encodeURIComponent("not proc.name = nmap")}`;
  const map = () => page.getByRole("region", { name: "Flow map" });
  const link = (name: string | RegExp) => map().getByRole("link", { name });
  const focused = () => page.evaluate<string>("document.activeElement.querySelector('title').textContent");

  async function openMap(query = WITHOUT_SCAN): Promise<void> {
    await page.goto(`${served.url}/network${query}`);
    await map().getByRole("link").first().waitFor();
  }

  it("shows who connects to whom, with the number of alerts and the highest priority", async () => {
    await openMap();
    expect(await link("curl to 10.9.9.9 port 443: 6 alerts, highest priority Critical").count()).toBe(1);
    expect(await link("web to db.test port 5432: 1 alert, highest priority Warning").count()).toBe(1);
    expect(await link("198.51.100.1 to 10.0.0.2 port 22: 1 alert, highest priority Warning").count()).toBe(1);
    expect(await page.getByRole("status").textContent()).toContain("9 alerts with connections, 4 flows.");
    expect(await map().locator(".flow-edge").count()).toBe(4);
    expect(await map().locator(".flow-node").count()).toBe(8);
  });

  it("shows hostile names as text", async () => {
    await openMap();
    await link(/^<\/text><script>alert\(1\)<\/script>\\u202e.* port 53/).waitFor();
    expect(await page.locator("main script, main img").count()).toBe(0);
  });

  it("shows the alerts of a clicked flow, and of a clicked end", async () => {
    await openMap();
    await link(/^curl to/)
      .locator("text")
      .click();
    await eventually(() => page.locator(".cell-rule a").count()).toBe(6);
    await page.goBack();
    await link(/^db\.test:5432/).click();
    await eventually(() => page.locator(".cell-output").allTextContents()).toHaveLength(1);
    await page.goBack();
    await link(/^198\.51\.100\.1 \(net\.src\.ip\)/).click();
    await eventually(() => page.locator(".cell-rule a").count()).toBe(1);
  });

  it("works with the keyboard", async () => {
    await openMap();
    expect(await map().locator("a[tabindex='0']").count()).toBe(1);
    await map().locator("a[tabindex='0']").focus();
    expect(await focused()).toMatch(/^curl to 10\.9\.9\.9/);
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toMatch(/^10\.9\.9\.9:443: 6 alerts/);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toMatch(/^curl \(proc\.name\): 6 alerts/);
    await page.keyboard.press("ArrowDown");
    expect(await focused()).not.toMatch(/^curl/);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    expect(await focused()).toMatch(/^curl to 10\.9\.9\.9/);
    await page.keyboard.press("Enter");
    await eventually(() => page.locator(".cell-rule a").count()).toBe(6);
  });

  it("has a table with the same flows, which is also there for screen readers while it is not shown", async () => {
    await openMap();
    const table = page.getByRole("table", { name: "Flows" });
    expect(await table.locator("tbody tr").count()).toBe(4);
    await page.getByRole("button", { name: "Show as table" }).click();
    await eventually(() => map().count()).toBe(0);
    expect(await table.locator("tbody tr").first().textContent()).toContain("10.9.9.9");
    expect(await violations(page)).toEqual([]);
    await table.getByRole("link", { name: "6", exact: true }).click();
    await eventually(() => page.locator(".cell-rule a").count()).toBe(6);
  });

  it("shows at most 60 nodes, and counts the rest", async () => {
    await openMap("");
    await eventually(() => map().locator(".flow-node").count()).toBe(60);
    expect(await page.getByRole("status").textContent()).toMatch(/104 flows\..*Not shown: \d+ flows with \d+ alerts/);
    expect(await link(/^curl to/).count()).toBe(1);
    await page.getByRole("button", { name: "Show as table" }).click();
    await eventually(() => page.getByRole("table", { name: "Flows" }).locator("tbody tr").count()).toBe(104);
  });

  it("adds up the answers for successive ranges, states the range, and stops on request", async () => {
    const answers: string[] = [];
    await page.route(/\/api\/v1\/alerts\/flows/, async (route) => {
      const cursor = new URL(route.request().url()).searchParams.get("cursor") ?? "0";
      answers.push(cursor);
      const to = { address: "10.9.9.9", port: 443, name: "", query: "fd.sip = 10.9.9.9" };
      const flow = { from: { field: "proc.name", value: "curl", query: "proc.name = curl" }, to };
      const known = { count: 2, priority: "Notice", last: new Date().toISOString() };
      const next = Number(cursor) + 1;
      if (next > 3) await new Promise((resolve) => setTimeout(resolve, 500)).catch(() => undefined);
      await route
        .fulfill({
          json: {
            ...{ flows: [{ ...flow, ...known }], alerts: 3, omitted: 1, next: String(next), complete: false },
            searched: new Date(Date.now() - next * 60_000).toISOString(),
          },
        })
        .catch(() => undefined); // the page has stopped
    });
    await page.goto(`${served.url}/network`);
    await link(/^curl to 10\.9\.9\.9 port 443: [68] alerts/).waitFor();
    expect(await page.getByRole("status").textContent()).toMatch(
      /of flows that are not shown.*Counting older alerts… So far: alerts since/,
    );
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Include older alerts" }).waitFor();
    expect(await page.getByRole("status").textContent()).toContain("Incomplete: includes only alerts since");
    const read = answers.length;
    await page.getByRole("button", { name: "Include older alerts" }).click();
    await eventually(() => answers.length).toBeGreaterThan(read);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.unroute(/\/api\/v1\/alerts\/flows/);
    await page.getByRole("button", { name: "Refresh" }).click();
    await eventually(() => page.getByRole("status").textContent()).toContain("104 flows");
  });

  it("states that there are no alerts with connections", async () => {
    await page.goto(`${served.url}/network?query=${encodeURIComponent("fd.name = /etc/passwd")}`);
    await page.getByText("No alerts with connections.").waitFor();
  });

  describe.each([1440, 1024, 390])("%d pixels wide", (width) => {
    it.each(["light", "dark"] as const)("fits and conforms to WCAG 2.2 AA, %s theme", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openMap();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LineageProcess } from "../../src/alert/background.ts";
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

const SECOND = 1_000_000_000n;
const start = BigInt(Date.now()) * 1_000_000n - 3600n * SECOND;
/** A name that an attacker might choose. */
const HOSTILE = '</text><script>alert(1)</script>\u202e"><img src=x>';
const MOST_SEVERE = "Dropped program executed";

function process(pid: number, name: string, exepath = `/usr/bin/${name}`): LineageProcess {
  return { pid, began: start + BigInt(pid) * SECOND, name, cmdline: `${name} --x`, exepath, account: "root" };
}

let count = 0;
function alertOf(second: number, rule: string, file: string, ...lineage: readonly LineageProcess[]): Entry {
  const changes = { rule, time: start + BigInt(second) * SECOND, background: { lineage } };
  return entry(++count, changes, { "fd.name": file, "proc.name": lineage[0]?.name });
}

const above = [process(20, "bash"), process(12, "sshd"), process(1, "systemd")];
const alerts: readonly Entry[] = [
  alertOf(70, "Download by shell", "/tmp/dropped", process(60, "curl"), ...above),
  { ...alertOf(80, MOST_SEVERE, "/tmp/dropped", process(75, HOSTILE, "/tmp/dropped"), ...above), priority: "Critical" },
  ...Array.from({ length: 40 }, (_, i) =>
    alertOf(90 + i, "Credential file read", `/etc/secret-${i}`, process(90 + i, "cat"), ...above),
  ),
  alertOf(200, "Outbound connection", "10.0.0.1:4000->10.9.9.9:443", process(150, "nc"), ...above),
];

describe("the incident graph", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts(alerts);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const nodes = () => page.getByRole("treeitem");
  const node = (name: RegExp) => page.getByRole("treeitem", { name });
  const details = () => page.getByRole("region", { name: "Details" });
  const focused = () => page.evaluate<string>("document.activeElement.querySelector('title').textContent");

  async function openGraph(): Promise<void> {
    await page.goto(served.url);
    await page.getByRole("link", { name: "Incident graph" }).first().click();
    await nodes().first().waitFor();
  }

  it("is two clicks away from the overview by way of the alert, and one directly", async () => {
    await page.goto(served.url);
    const open = page.getByRole("region", { name: "Open alerts of the highest priority" });
    await open.getByRole("link", { name: MOST_SEVERE }).click();
    await page.locator(".alert-head").getByRole("link", { name: "Incident graph" }).click();
    await nodes().first().waitFor();
    const address = page.url();
    await page.goto(served.url);
    await open.getByRole("link", { name: "Incident graph" }).click();
    await nodes().first().waitFor();
    expect(new URL(page.url()).pathname).toBe(new URL(address).pathname);
  });

  it("is one key away from the overview and from the alert", async () => {
    await page.goto(served.url);
    await page.getByRole("region", { name: "Open alerts of the highest priority" }).waitFor();
    await page.keyboard.press("i");
    await nodes().first().waitFor();
    await page.keyboard.press("u");
    await page.locator(".alert-head").waitFor();
    await page.keyboard.press("i");
    await nodes().first().waitFor();
  });

  it("shows the process of the alert, its siblings, their alerts, files and connections, with repeats folded", async () => {
    await openGraph();
    await node(/^Process systemd/).waitFor();
    expect(await node(/^Alert Dropped program executed/).count()).toBe(1);
    expect(await node(/^Process cat, 40 times/).count()).toBe(1);
    expect(await node(/^Alert Credential file read, 40 times/).count()).toBe(1);
    expect(await node(/^File 40 files/).count()).toBe(1);
    expect(await node(/^Connection 10\.9\.9\.9:443/).count()).toBe(1);
    expect(await page.locator(".link-runs").count()).toBe(1);
    expect(await page.locator(".link-same").count()).toBe(1);
  });

  it("shows hostile names as text", async () => {
    await openGraph();
    const hostile = node(/^Process <\/text><script>alert\(1\)<\/script>\\u202e/);
    expect(await hostile.count()).toBe(1);
    await hostile.locator(".node-box").click();
    await eventually(() => details().getByRole("heading", { level: 2 }).textContent()).toContain("<img src=x>");
    expect(await page.locator("main script, main img").count()).toBe(0);
  });

  it("shows the details of a clicked node, with links to its alerts", async () => {
    await openGraph();
    await node(/^Alert Credential file read/)
      .locator(".node-box")
      .click();
    await eventually(() => details().getByRole("link").count()).toBe(20);
    expect(await details().textContent()).toContain("And 20 more.");
    await details().getByRole("link").first().click();
    await page.locator(".alert-head").waitFor();
  });

  it("works with the keyboard", async () => {
    await openGraph();
    await node(/^Alert Dropped/).focus();
    await page.keyboard.press("Home");
    expect(await focused()).toMatch(/^Process systemd/);
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toMatch(/^Process sshd/);
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toMatch(/^Process bash/);
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toMatch(/^Process sshd/);
    await page.keyboard.press("Enter");
    await eventually(() => details().textContent()).toContain("sshd --x");
    expect(await page.getByRole("treeitem", { name: /^Process sshd/, selected: true }).count()).toBe(1);
    await page.keyboard.press("End");
    expect(await focused()).toBe(await nodes().last().locator("title").textContent());
  });

  it("hides what came later", async () => {
    await openGraph();
    const slider = page.getByRole("slider", { name: "Until" });
    const all = await nodes().count();
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    await eventually(() => node(/^Alert Outbound connection/).count()).toBe(0);
    expect(await node(/^Process cat, 40 times/).count()).toBe(1);
    await page.keyboard.press("Home");
    await eventually(() => nodes().count()).toBe(1);
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/\d\d:\d\d:\d\d/);
    await page.keyboard.press("End");
    await eventually(() => nodes().count()).toBe(all);
  });

  it("has the alerts over time, and dims what is not in the selected part", async () => {
    await openGraph();
    const lanes = page.getByRole("region", { name: "Alerts over time" });
    const reads = lanes.getByRole("button", { name: /alerts, .*Credential file read/ });
    await eventually(() => reads.count()).toBeGreaterThan(0);
    await reads.first().click();
    await eventually(() => page.locator(".node.is-dimmed").count()).toBeGreaterThan(0);
    expect(await node(/^Alert Outbound connection.*outside the selected time range$/).count()).toBe(1);
    expect(await node(/^Alert Credential file read/).getAttribute("class")).not.toContain("is-dimmed");
    await page.keyboard.press("u");
    // This alert is related to the others only by its ancestors, which the timeline does not show.
    await page.getByRole("region", { name: "Timeline" }).getByText("No related alerts.").waitFor();
    expect(new URL(page.url()).searchParams.get("during")).toMatch(/^.+Z\/.+Z$/);
    expect(await page.locator(".process.is-dimmed").count()).toBe(0);
    await page.keyboard.press("i");
    await eventually(() => page.locator(".node.is-dimmed").count()).toBeGreaterThan(0);
    await page.keyboard.press("Escape");
    await eventually(() => page.locator(".node.is-dimmed").count()).toBe(0);
  });

  it("has a table with the same nodes, which is also there for screen readers while it is not shown", async () => {
    await openGraph();
    const table = page.getByRole("table", { name: "Nodes of the incident graph" });
    const count = await nodes().count();
    expect(await table.locator("tbody tr").count()).toBe(count);
    await page.getByRole("button", { name: "Show as table" }).click();
    await eventually(() => nodes().count()).toBe(0);
    expect(await table.locator("tbody tr").count()).toBe(count);
    await table.getByRole("button", { name: "10.9.9.9:443" }).click();
    await eventually(() => details().textContent()).toContain("Outbound connection");
    expect(await violations(page)).toEqual([]);
  });

  describe.each([1440, 1024, 390])("%d pixels wide", (width) => {
    it.each(["light", "dark"] as const)("fits and conforms to WCAG 2.2 AA, %s theme", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openGraph();
      await details().getByRole("link").first().waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

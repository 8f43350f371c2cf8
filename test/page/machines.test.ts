import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entry } from "../../src/alert/entry.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { needs } from "../parts/needs.ts";
import { DIGEST, HOSTILE, type ServedFleet, serveFleet } from "./fleet.fixture.ts";
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
const sizes = [
  ["light", 1440],
  ["dark", 1440],
  ["light", 1024],
  ["dark", 1024],
  ["light", 390],
  ["dark", 390],
] as const;

describe("machines of a fleet (stand-in)", needs("browser"), () => {
  let served: ServedFleet;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveFleet();
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer", "/machines");
    await rows().first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const rows = () => page.locator(".machine-list tbody tr");
  const names = () => page.locator(".machine-list tbody th a").allTextContents();
  const counts = () => page.getByRole("list", { name: "Machines by state" });
  const fits = async (width: number): Promise<void> =>
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);

  it("lists machines, most severe states first, with their number by state", async () => {
    const states = await page.locator(".machine-list .machine-state").allTextContents();
    expect(states).toEqual([
      ...[
        "silent",
        "blind",
        "dropping",
        "behind",
        "failing outputs",
        "degraded",
        "stopped",
        "old rules",
        "old version",
      ],
      ...Array.from({ length: 5 }, () => "healthy"),
    ]);
    expect(await counts().locator("li").allTextContents()).toEqual([
      ...["1 silent", "1 blind", "1 dropping", "1 behind", "1 failing outputs", "1 degraded", "1 stopped"],
      ...["1 old rules", "1 old version", "5 healthy"],
    ]);
    const text = await rows().first().textContent();
    expect(text).toContain("node-01");
    expect(text).toContain("3 h ago");
    expect(await rows().nth(7).textContent()).toContain(
      `most machines have rules with the digest ${DIGEST.slice(0, 12)}`,
    );
    expect(await page.getByRole("status").textContent()).toBe("14 machines");
  });

  it("shows host names as text", async () => {
    expect(await names()).toContain('<img src=x onerror="alert(1)">\\u202e\\x07');
    expect(await page.locator("main img").count()).toBe(0);
  });

  it("filters by state and text, and keeps the filter in the address", async () => {
    await counts().getByRole("link", { name: "1 stopped" }).click();
    await eventually(names).toEqual(["node-07"]);
    expect(await page.getByRole("status").textContent()).toBe("1 machine matches");
    await page.reload();
    await eventually(names).toEqual(["node-07"]);
    await counts().getByRole("link", { name: "1 stopped" }).click();
    await eventually(names).toHaveLength(14);
    await page.getByRole("searchbox").fill("1.1.3");
    await eventually(names).toEqual(["node-09"]);
    expect(new URL(page.url()).searchParams.get("text")).toBe("1.1.3");
    await page.getByRole("searchbox").fill("nothing like this");
    await page.getByText("No machines match.").waitFor();
    await page.getByRole("searchbox").fill("");
    await eventually(names).toHaveLength(14);
  });

  it.each(sizes)("the list conforms to WCAG 2.2 AA and fits, %s theme, %d pixels wide", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    expect(await violations(page)).toEqual([]);
    await fits(width);
  });

  it("shows all facts of a machine, its history, and a link to its alerts", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole("link", { name: "node-03", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "node-03" }).waitFor();
    const head = await page.locator(".machine-head").textContent();
    expect(head).toContain("dropping");
    expect(head).toContain("The kernel dropped events in the last 5 minutes.");
    expect(head).toContain("1,234 events since the agent started");
    const facts = await page.getByRole("region", { name: "Details" }).textContent();
    for (const fact of ["6.12.9-amd64", "1.2.0", DIGEST, "syscall.yaml", "1,234", "120 MB", "1.5% of one CPU"])
      expect(facts).toContain(fact);
    await eventually(() => page.locator(".fill-machine-rate").count()).toBeGreaterThan(130);
    expect(await page.locator(".fill-machine-dropped").count()).toBeGreaterThan(2);
    await page.getByText("Show as table").click();
    expect(await page.locator(".machine-history tbody tr").count()).toBeGreaterThan(130);
    await page.getByRole("link", { name: "Alerts from this machine" }).click();
    await eventually(() => new URL(page.url()).searchParams.get("query")).toBe("hostname = node-03");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "node-03" }).waitFor();
  });

  it.each(sizes)("a machine conforms to WCAG 2.2 AA and fits, %s theme, %d pixels wide", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.locator(".fill-machine-rate").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await fits(width);
  });

  it("shows a machine whose name is markup, and that a machine is unknown", async () => {
    await page.goto(`${served.url}/machines?text=onerror`);
    await page.locator(".machine-list tbody th a").click();
    await page.getByRole("heading", { level: 1 }).getByText("<img src=x").waitFor();
    expect(await page.locator("main img").count()).toBe(0);
    await page.goto(`${served.url}/machines/${encodeURIComponent(HOSTILE)}`);
    await page.getByText("Machine not found.").waitFor();
  });

  it("follows changes without a reload, and opens with the keyboard", async () => {
    await page.goto(`${served.url}/outputs`);
    await page.getByRole("heading", { level: 1, name: "Outputs" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await rows().first().waitFor();
    const { stateOf } = await import("../../src/output/machine-state.fixture.ts");
    await served.fleet.writeStates([stateOf(0x77, { host: "node-77" })]);
    await eventually(names).toContain("node-77");
  });

  it("sends no request to other hosts and violates no Content-Security-Policy", () => {
    // The response for an unknown machine is 404.
    const errors = problems.errors.filter((error) => !error.includes("404"));
    expect({ ...problems, errors }).toEqual({ errors: [], foreignRequests: [] });
  });
});

const received: readonly Entry[] = [
  ...[1, 2].map((number) => entry(number, { hostname: "node-2", received: true })),
  entry(3, { hostname: HOSTILE, received: true }),
  entry(4, { hostname: "renamed" }),
];

describe("machines of a journal", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    served = await serveAlerts(received);
    browser = await openBrowser();
    page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    await signIn(page, served, "viewer", "/machines");
    await page.locator(".machine-list tbody tr").first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  it("lists the machines whose alerts were received, and says that their state is not known", async () => {
    await page.getByText("States of other machines are known only with a store of the fleet").waitFor();
    const texts = await page.locator(".machine-list tbody tr").allTextContents();
    expect(texts).toHaveLength(3);
    expect(texts.find((text) => text.startsWith("node-2"))).toMatch(/^node-2unknown2/);
    expect(texts.join()).not.toContain("renamed");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "node-2", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "node-2" }).waitFor();
    expect(await page.getByRole("region", { name: "Details" }).textContent()).toContain("Alerts in the journal2");
    expect(await violations(page)).toEqual([]);
  });
});

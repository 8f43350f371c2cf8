import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { comparedAlerts } from "./alerts.fixture.ts";
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
describe("the overview", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts(comparedAlerts());
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const panel = (name: string | RegExp) => page.getByRole("region", { name });
  const rows = async (name: string): Promise<string[]> => {
    const found = await panel(name).getByRole("row").allTextContents();
    return found.slice(1);
  };
  const items = (name: string | RegExp) => panel(name).getByRole("listitem").allTextContents();

  it("compares the numbers of alerts with the previous period of equal length, as text and arrow", async () => {
    await eventually(() => rows("Compared with the previous period")).toEqual([
      "All5050= no change",
      "Critical70▲ 7 more",
      "Warning4350▼ 7 fewer (−14%)",
    ]);
  });

  it("lists the rules whose number of alerts changed most, and links to their alerts", async () => {
    expect(await items("Rules with the largest change in alerts")).toEqual([
      "Quieter40 → 10▼ 30 fewer (−75%)",
      "Louder4 → 24▲ 20 more (+500%)",
      "Container escape0 → 5▲ 5 more",
      "Silent lately0 → 3▲ 3 more",
      "Dropped program executed0 → 2▲ 2 more",
    ]);
    await panel("Rules with the largest change in alerts").getByRole("link", { name: "Louder" }).click();
    await eventually(() => page.locator(".toolbar [role=status]").first().textContent()).toBe("24 alerts");
    await page.goBack();
  });

  it("lists the rules that raised their first alert in the period, and states where the journal begins", async () => {
    await eventually(() => items("Rules that raised their first alert")).toEqual([
      "Container escape5",
      "Dropped program executed2",
    ]);
    expect(await panel("Rules that raised their first alert").textContent()).toContain("The oldest alert is from");
  });

  it("lists the workloads with the most open alerts of the highest priority, and links to exactly these", async () => {
    const name = "Workloads or processes with open Critical alerts";
    await eventually(() => items(name)).toEqual([`"\u0020or rule exists <b>\\u202e2 rules4`, "web1 rule3"]);
    await panel(name).getByRole("link").first().click();
    await eventually(() => page.locator(".toolbar [role=status]").first().textContent()).toBe("4 alerts");
    await page.goBack();
  });

  it("states that the previous period begins before the oldest alert", async () => {
    await page.goto(`${served.url}/?since=7d`);
    await eventually(() => panel("Compared with the previous period").textContent()).toMatch(
      /The oldest alert is from .*, after the previous period began\./,
    );
    await eventually(() => items("Rules that raised their first alert").then((all) => all.length)).toBe(5);
    expect(await panel("Rules that raised their first alert").textContent()).toContain("And 1 more.");
  });

  it("states that counts are incomplete", async () => {
    await page.route(/\/api\/v1\/alerts\/counts$/, async (route) => {
      const answer = await route.fetch();
      const { counts } = route.request().postDataJSON() as { readonly counts: readonly { readonly until?: string }[] };
      const all = (await answer.json()) as readonly object[];
      const incomplete = { complete: false, searched: new Date().toISOString() };
      const json = all.map((count, i) => (counts[i]?.until === undefined ? count : { ...count, ...incomplete }));
      await route.fulfill({ response: answer, json });
    });
    await page.goto(served.url);
    for (const name of [
      "Compared with the previous period",
      "Rules with the largest change in alerts",
      "Rules that raised their first alert",
    ])
      await panel(name).getByText("Incomplete: includes only alerts since").waitFor();
    await page.unroute(/\/api\/v1\/alerts\/counts$/);
  });

  it("shows incomplete counts, and the time that they reach, until they are complete", async () => {
    let isEnough = false;
    let requests = 0;
    // A stand-in for a journal that is too large to be read within the time limit of a request.
    await page.route(/\/api\/v1\/alerts\/over-time\?/, async (route) => {
      const response = await route.fetch();
      const incomplete = {
        complete: false,
        continues: true,
        searched: new Date(Date.now() - ++requests).toISOString(),
      };
      await route.fulfill({ response, json: { ...(await response.json()), ...(!isEnough && incomplete) } });
    });
    await page.goto(served.url);
    const over = page.getByRole("region", { name: "Alerts over time" });
    await over.getByText("Counting older alerts… So far: alerts since").waitFor();
    await over.getByRole("link", { name: /^\d+ alerts$/ }).waitFor();
    isEnough = true;
    await over.getByText("Counting older alerts…").waitFor({ state: "hidden" });
    expect(requests).toBeGreaterThan(1);
    const last = requests;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(requests).toBe(last);
    await page.unroute(/\/api\/v1\/alerts\/over-time\?/);
  });

  it("shows one chart per priority with its own scale, and its counts as a table", async () => {
    await page.goto(`${served.url}/?since=7d`);
    await page.getByRole("button", { name: "By priority" }).click();
    const charts = page.getByRole("slider", { name: /^\w+ alerts over time: \d/ });
    await charts.first().waitFor();
    const total = async (): Promise<number[]> => {
      const labels = await charts.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? ""));
      return labels.map((label) => Number(/: ([\d,]+)/.exec(label)?.[1]?.replaceAll(",", "")));
    };
    const totals = await total();
    expect(totals.length).toBeGreaterThan(1);
    await page.getByText("Show as table").click();
    const rows = page.locator(".priority-charts tbody tr");
    await rows.first().waitFor();
    const columns = await rows.evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? "")),
    );
    const sums = totals.map((_, i) => columns.reduce((sum, row) => sum + Number(row[i]?.replaceAll(",", "")), 0));
    expect(sums).toEqual(totals);
    expect(await violations(page)).toEqual([]);
    expect(new URL(page.url()).searchParams.get("chart")).toBe("priority");
  });

  it("compares nothing with all time", async () => {
    await page.goto(`${served.url}/?since=ever`);
    await page.locator(".by-field tbody tr").first().waitFor();
    expect(await panel(/^Compared/).count()).toBe(0);
  });

  it("has no violations at any width, in both themes, and fits", async () => {
    for (const width of [1440, 1024, 390]) {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await page.goto(served.url);
        await panel("Rules with the largest change in alerts").getByRole("listitem").first().waitFor();
        await panel(/^Workloads/).waitFor();
        expect(await violations(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      }
    }
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

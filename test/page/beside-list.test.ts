import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { longAlert, REPEATED, repeatedAlerts } from "./alerts.fixture.ts";
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

/** Counts the requests for facets: all of them, those running, and the maximum number at a time. */
const COUNT_REQUESTS = `
  const original = window.fetch;
  window.counted = { all: 0, running: 0, most: 0 };
  window.fetch = async (url, options) => {
    if (!String(url).includes("/alerts/count?")) return original(url, options);
    counted.all++;
    counted.most = Math.max(counted.most, ++counted.running);
    try {
      return await original(url, options);
    } finally {
      counted.running--;
    }
  };`;

describe("beside the list", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts([longAlert(), ...repeatedAlerts()]);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });
  beforeEach(async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.evaluate("localStorage.clear()");
    await open("/alerts?since=ever");
  });

  async function open(path: string): Promise<void> {
    await page.goto(served.url + path);
    await page.locator(".row[id]").first().waitFor();
  }
  const query = () => new URL(page.url()).searchParams.get("query");
  const focusedOutput = () => page.locator(".row.focused .cell-output").textContent();

  describe("facets", () => {
    const panel = () => page.getByRole("region", { name: "Facets" });
    const facet = (name: string) => panel().getByRole("region", { name, exact: true });

    beforeEach(async () => {
      await page.evaluate("localStorage.setItem('eyas-facets', 'open')");
      await page.reload();
      await panel().waitFor();
    });

    it("show the most frequent values and their numbers", async () => {
      const rows = facet("Rule").getByRole("listitem");
      await eventually(() => rows.allTextContents()).toEqual([
        `Credential file read by unexpected program${REPEATED}−`,
        "Shell spawned by server process1−",
      ]);
      await eventually(() => facet("Container").getByRole("listitem").count()).toBe(8);
      expect(await violations(page)).toEqual([]);
    });

    it("include and exclude a value by one click, and remove the condition by another", async () => {
      await facet("Rule").getByRole("button", { name: "Only: Rule Shell spawned" }).click();
      await eventually(query).toBe('rule = "Shell spawned by server process"');
      await eventually(() => page.locator(".row[id]").count()).toBe(1);
      const active = facet("Rule").getByRole("button", { name: "Remove filter: Rule Shell spawned" });
      expect(await active.getAttribute("aria-pressed")).toBe("true");
      await facet("Program").getByRole("button", { name: "Only: Program sh" }).click();
      await eventually(query).toBe('rule = "Shell spawned by server process" and proc.name = sh');
      await active.click();
      await eventually(query).toBe("proc.name = sh");
      await facet("Program").getByRole("button", { name: "Remove filter: Program sh" }).click();
      await eventually(query).toBeNull();

      await facet("Container").getByRole("button", { name: "Exclude Container web-0" }).click();
      await eventually(query).toBe("not (container.name = web-0 or container.id = web-0)");
      const excluded = facet("Container").getByRole("button", { name: "Remove filter: not Container web-0" });
      await eventually(() => excluded.count()).toBe(1);
      await eventually(() => facet("Container").getByRole("listitem").first().textContent()).toBe("web-0✕");
      expect(await violations(page)).toEqual([]);
      await excluded.click();
      await eventually(query).toBeNull();
    });

    it("are used with the keyboard, which keeps the focus", async () => {
      const value = facet("Host").getByRole("button", { name: "Exclude Host node-1" });
      await value.focus();
      await page.keyboard.press("Enter");
      await eventually(query).toBe("not hostname = node-1");
      await page.getByText("No alerts match the filter").waitFor();
      await eventually(() => page.evaluate("document.activeElement.ariaLabel")).toBe("Remove filter: not Host node-1");
      await eventually(() => facet("Host").getByRole("listitem").allTextContents()).toEqual(["node-1✕"]);
      await eventually(() => page.evaluate("document.activeElement.ariaLabel")).toBe("Remove filter: not Host node-1");
      await page.keyboard.press("Space");
      await eventually(query).toBeNull();
    });

    it("find conditions that the user has written", async () => {
      await open("/alerts?since=ever&query=priority+%3D+critical+and+host+%3D+node-1");
      await facet("Priority").getByRole("button", { name: "Remove filter: Priority Critical" }).waitFor();
      await facet("Host").getByRole("button", { name: "Remove filter: Host node-1" }).click();
      await eventually(query).toBe("priority = critical");
    });

    it("are requested only while they are open, two at a time", async () => {
      await page.keyboard.press("f");
      await eventually(() => panel().count()).toBe(0);
      await page.addInitScript(COUNT_REQUESTS);
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      expect([await panel().count(), await page.evaluate("counted")]).toEqual([0, { all: 0, running: 0, most: 0 }]);
      await page.getByRole("button", { name: "Facets" }).click();
      await eventually(() => page.evaluate("counted")).toEqual({ all: 8, running: 0, most: 2 });
      await eventually(() => facet("User").count()).toBe(0); // the alerts have no user
    });

    it("cancel the requests of the previous filter", async () => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route(/\/api\/v1\/alerts\/count\?/, async (route) => {
        if (!route.request().url().includes("query=")) await held;
        await route.continue().catch(() => {});
      });
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      await panel().waitFor();
      const failed: string[] = [];
      page.on("requestfailed", (request) => failed.push(request.url()));
      await page.keyboard.press("/");
      await page.keyboard.type("proc.name = sh");
      await page.keyboard.press("Enter");
      await facet("Program").getByRole("button", { name: "Remove filter: Program sh" }).waitFor();
      await eventually(() => facet("Rule").getByRole("listitem").count()).toBe(1);
      expect(failed.filter((url) => url.includes("/alerts/count?"))).toHaveLength(2);
      release();
      await page.unroute(/\/api\/v1\/alerts\/count\?/);
      page.removeAllListeners("requestfailed");
    });

    it.each([
      [1440, 0],
      [1600, 1],
    ])("are shown at first if the window is wide (%d pixels: %d), and as the user left them", async (width, count) => {
      await page.evaluate("localStorage.clear()");
      await page.setViewportSize({ width, height: 900 });
      await open("/alerts?since=ever");
      await eventually(() => panel().count()).toBe(count);
      await page.getByRole("button", { name: "Facets", exact: true }).click();
      await eventually(() => panel().count()).toBe(1 - count);
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      await eventually(() => panel().count()).toBe(1 - count);
      expect(await violations(page)).toEqual([]);
    });

    it("fit a narrow screen", async () => {
      await page.evaluate("localStorage.clear()");
      await page.setViewportSize({ width: 390, height: 844 });
      await open("/alerts?since=ever");
      await page.getByRole("button", { name: "Facets" }).click();
      await facet("Rule").waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
      expect(await violations(page)).toEqual([]);
      await panel().getByRole("button", { name: "Close facets" }).click();
      await eventually(() => panel().count()).toBe(0);
    });
  });

  describe("the preview", () => {
    const preview = () => page.getByRole("region", { name: "Preview" });

    it("shows the focused alert, moves with the arrow keys and closes with Escape", async () => {
      await page.keyboard.press("j");
      await page.keyboard.press("Space");
      await preview()
        .getByText(`/data/${REPEATED - 1}`)
        .first()
        .waitFor();
      expect(page.url()).not.toMatch(/alerts\//);
      await page.keyboard.press("ArrowDown");
      await preview()
        .getByText(`/data/${REPEATED - 2}`)
        .first()
        .waitFor();
      await preview().getByText("File").first().waitFor();
      expect(await focusedOutput()).toContain(`/data/${REPEATED - 2}`);
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await eventually(() => preview().count()).toBe(0);
      await page.keyboard.press("ArrowDown");
      await eventually(focusedOutput).toContain(`/data/${REPEATED - 3}`);
    });

    it("opens with the button of a row, and acts on its alert", async () => {
      const row = page.locator(".row[id]").nth(2);
      const id = ((await row.getAttribute("id")) ?? "").replace("row-", "");
      await row.getByRole("button", { name: "Preview" }).click();
      await preview().getByRole("link", { name: "Incident graph" }).waitFor();
      await preview().getByRole("button", { name: "Acknowledge" }).click();
      await page.locator(`[id="row-${id}"] .state-acknowledged`).waitFor();
      await preview().getByText("acknowledged").waitFor();
      await preview().getByRole("button", { name: "Close…" }).click();
      await page.getByRole("dialog", { name: "Close 1 alert" }).waitFor();
      await page.keyboard.press("Escape");
      await preview().getByRole("link", { name: "Open" }).click();
      await page.locator(".one-alert").waitFor();
      expect(page.url()).toContain(id);
      await page.goBack();
      await preview().waitFor();
    });

    it("requests details only of the alert on which the focus stays", async () => {
      const requested: string[] = [];
      page.on("request", (request) => {
        if (/\/api\/v1\/alerts\/[\w-]{36}$/.test(request.url())) requested.push(request.url());
      });
      await page.keyboard.press("j");
      await page.keyboard.press("Space");
      await eventually(() => requested.length).toBe(1);
      for (let i = 0; i < 20; i++) await page.keyboard.press("j");
      await preview()
        .getByText(`/data/${REPEATED - 21}`)
        .first()
        .waitFor();
      await eventually(() => requested.length).toBeGreaterThan(1);
      expect(requested.length).toBeLessThan(10);
      page.removeAllListeners("request");
    });

    it("narrows the list to a value, or excludes it", async () => {
      await page.keyboard.press("j");
      await page.keyboard.press("Space");
      await preview()
        .getByRole("button", { name: /^Exclude proc.name cat/ })
        .click();
      await eventually(query).toBe("not proc.name = cat");
      await eventually(() => page.locator(".row[id]").count()).toBe(1);
    });

    it.each([1440, 390])("of a long alert fits the screen, %d pixels wide", async (width) => {
      await page.setViewportSize({ width, height: 844 });
      await open("/alerts?since=ever&query=priority+%3D+critical");
      await page.locator(".row[id]").getByRole("button", { name: "Preview" }).click();
      await preview().getByRole("button", { name: "Show all fields" }).click();
      await preview().getByText("/proc/9883/environ").first().waitFor();
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const box = await preview().boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(844);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("leave the list all its columns if both are open, 1024 pixels wide", async () => {
    await page.setViewportSize({ width: 1024, height: 800 });
    await open("/alerts?since=ever");
    await page.keyboard.press("f");
    await page.keyboard.press("j");
    await page.keyboard.press("Space");
    await page.getByRole("region", { name: "Preview" }).getByText("hostname").waitFor();
    const list = await page.getByRole("grid").boundingBox();
    const headers = await page.getByRole("columnheader").all();
    expect(headers).toHaveLength(7);
    for (const header of headers) {
      const box = await header.boundingBox();
      expect(box?.width).toBeGreaterThan(20);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual((list?.x ?? 0) + (list?.width ?? 0));
    }
    expect(await violations(page)).toEqual([]);
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

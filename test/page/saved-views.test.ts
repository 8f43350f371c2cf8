import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { longAlert, repeatedAlerts } from "./alerts.fixture.ts";
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

describe("a view of the list", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts([longAlert(), ...repeatedAlerts()]);
    browser = await openBrowser();
    context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      timezoneId: "America/St_Johns",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    page = await context.newPage();
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
    await open("/alerts");
  });

  async function open(path: string): Promise<void> {
    await page.goto(served.url + path);
    await page.locator(".row[id]").first().waitFor();
  }
  const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

  describe("has an absolute time range", () => {
    const dialog = () => page.getByRole("dialog", { name: "Time range" });
    const from = () => dialog().getByLabel("From");
    const to = () => dialog().getByLabel(/^To/);
    const chosen = () => page.getByRole("combobox", { name: "Time range" }).locator("option:checked").textContent();

    async function openDialog(): Promise<void> {
      await page.getByRole("combobox", { name: "Time range" }).selectOption({ label: "From … to …" });
      await dialog().waitFor();
    }

    it("in local time or UTC, as instants in the URL", async () => {
      await openDialog();
      expect(await dialog().textContent()).toContain("America/St_Johns");
      expect(await violations(page)).toEqual([]);
      await from().fill("2026-07-01T10:00:30");
      await to().fill("2026-07-02T12:00:00");
      await page.keyboard.press("Enter");
      // Newfoundland Daylight Time is UTC−2:30.
      await eventually(() => parameter("since")).toBe("2026-07-01T12:30:30.000Z");
      expect(parameter("until")).toBe("2026-07-02T14:30:00.000Z");
      expect(await chosen()).toBe("2026-07-01 10:00:30 – 2026-07-02 12:00:00 UTC−2:30");
      await page.getByRole("button", { name: /^Times in local time/ }).click();
      await eventually(chosen).toBe("2026-07-01 12:30:30 – 2026-07-02 14:30:00 UTC");
      await openDialog();
      await eventually(() => from().inputValue()).toBe("2026-07-01T12:30:30");
      await from().fill("2026-07-01T00:00");
      await to().fill("");
      await page.keyboard.press("Enter");
      await eventually(() => parameter("since")).toBe("2026-07-01T00:00:00.000Z");
      expect(parameter("until")).toBeNull();
    });

    it("that is valid", async () => {
      await openDialog();
      const message = dialog().getByRole("alert");
      await from().fill("");
      await page.keyboard.press("Enter");
      await eventually(() => message.textContent()).toMatch(/at which the range begins/);
      await from().fill("2026-07-01T10:00");
      await to().fill("2026-07-01T09:59");
      await page.keyboard.press("Enter");
      await eventually(() => message.textContent()).toBe("The range must end after it begins.");
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await eventually(() => dialog().count()).toBe(0);
      expect(parameter("since")).toBeNull();
    });
  });

  it("shows all times in local time or UTC, as the user left it", async () => {
    const time = page.locator(".row[id] time").first();
    const iso = (await time.getAttribute("datetime")) ?? "";
    const utc = iso.slice(11, 23);
    expect(await time.textContent()).not.toContain(utc);
    await page.getByRole("button", { name: /^Times in local time \(America\/St_Johns\)/ }).click();
    await eventually(() => time.textContent()).toContain(utc);
    await page.reload();
    await eventually(() => page.locator(`time[datetime="${iso}"]`).first().textContent()).toContain(utc);
    await page.locator(".row[id] .cell-rule a").first().click();
    await eventually(() => page.locator(".alert-head time").textContent()).toContain(utc);
    await page.getByRole("button", { name: /^Times in UTC/ }).click();
    await eventually(() => page.locator(".alert-head time").textContent()).not.toContain(utc);
  });

  describe("is saved", () => {
    const dialog = () => page.getByRole("dialog", { name: "Views" });
    const names = () => dialog().getByRole("list", { name: "Saved views" }).getByRole("link").allTextContents();

    async function openDialog(): Promise<void> {
      await page.getByRole("button", { name: "Views" }).click();
      await dialog().waitFor();
    }
    async function save(name: string): Promise<void> {
      await dialog().getByLabel("Name", { exact: true }).fill(name);
      await page.keyboard.press("Enter");
      await dialog().getByText(`Saved ${name}.`).waitFor();
    }

    it("with query, range, state, order, grouping and columns, and opened again", async () => {
      const address =
        "/alerts?query=priority+%3D+critical&since=ever&state=open&order=oldest&columns=time%2Crule%3A300%2Cproc.name";
      await open(address);
      await openDialog();
      await save("Critical <b>");
      expect(await dialog().locator("[aria-current]").textContent()).toContain("Critical <b>");
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.goto(`${served.url}/alerts?view=groups&since=ever`);
      await page.locator(".groups tbody tr").first().waitFor();
      await openDialog();
      await save("Groups");
      expect(await names()).toEqual(["Critical <b>", "Groups"]);
      await dialog().getByRole("link", { name: "Critical" }).click();
      await eventually(() => page.url()).toBe(`${served.url}${address}`);
      await eventually(() => dialog().count()).toBe(0);
      await eventually(() => page.locator(".row[id]").count()).toBe(1);
      expect(await page.getByRole("columnheader").count()).toBe(4);
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      await openDialog();
      await dialog().getByRole("link", { name: "Groups" }).click();
      await page.locator(".groups tbody tr").first().waitFor();
    }, 120_000);

    it("and renamed, deleted, restored", async () => {
      await openDialog();
      for (const name of ["One", "Two"]) await save(name);
      await dialog().getByRole("button", { name: "Rename One" }).click();
      await dialog().getByLabel("New name for One").fill("Two");
      await page.keyboard.press("Enter");
      await eventually(() => dialog().getByRole("alert").textContent()).toBe("Another view has this name.");
      await dialog().getByLabel("New name for One").fill("First");
      await page.keyboard.press("Enter");
      await eventually(names).toEqual(["First", "Two"]);
      await dialog().getByRole("button", { name: "Delete First" }).click();
      await eventually(names).toEqual(["Two"]);
      await dialog().getByRole("button", { name: "Undo" }).click();
      await eventually(names).toEqual(["Two", "First"]);
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      await openDialog();
      expect(await names()).toEqual(["Two", "First"]);
    });

    it("and shared with a link that contains the columns", async () => {
      await page.evaluate(`localStorage.setItem("eyas-columns", "time,rule,fd.name:200")`);
      await open("/alerts?text=shop&since=ever");
      await openDialog();
      await save("Shop");
      await dialog().getByRole("button", { name: "Copy link to Shop" }).click();
      await dialog().getByText("Copied the link.").waitFor();
      const link = await page.evaluate("navigator.clipboard.readText()");
      expect(link).toBe(`${served.url}/alerts?query=shop&since=ever&columns=time%2Crule%2Cfd.name%3A200`);
      const other = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const visitor = await other.newPage();
      await signIn(visitor, served, "viewer", new URL(String(link)).pathname + new URL(String(link)).search);
      await visitor.locator(".row[id]").first().waitFor();
      expect(await visitor.getByRole("columnheader").allTextContents()).toEqual([
        "Selected",
        "Time ↓",
        "Rule",
        "fd.name",
      ]);
      await other.close();
    });

    it("with a link to copy by hand where the page cannot access the clipboard", async () => {
      await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
      await openDialog();
      await dialog().getByRole("button", { name: "Copy link to current view" }).click();
      const link = dialog().getByLabel("Link to the view");
      await eventually(() => link.inputValue()).toContain(`${served.url}/alerts?columns=`);
      expect(await violations(page)).toEqual([]);
    });

    it.each([
      "nothing",
      '[{"name":"<img>","parameters":"javascript:1"},{"name":7}]',
      "[".repeat(90_000),
      "x".repeat(200_000),
    ])("unless what the browser stores is not valid (%#)", async (text) => {
      await page.evaluate((value) => localStorage.setItem("eyas-views", value), text);
      await open("/alerts");
      await openDialog();
      expect((await names()).filter((name) => name !== "<img>")).toEqual([]);
      await save("New");
      expect(await names()).toContain("New");
    });

    it("and shown on a narrow screen", async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await openDialog();
      await save("x".repeat(80));
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
      expect(await dialog().evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
      expect(await violations(page)).toEqual([]);
    });
  });

  describe("highlights the words of a search", () => {
    const marks = async (selector: string): Promise<string[]> => [
      ...new Set(await page.locator(`${selector} mark`).allTextContents()),
    ];

    it("in the list and on the page of the alert", async () => {
      await open(`/alerts?since=ever&text=${encodeURIComponent("CREDENTIAL file web-3")}`);
      expect(await marks(".cell-rule")).toEqual(["Credential", "file"]);
      expect(await marks(".cell-workload")).toEqual(["web-3"]);
      expect(await violations(page)).toEqual([]);
      await page.locator(".row[id] .cell-rule a").first().click();
      await page.locator(".one-alert mark").first().waitFor();
      expect(await marks(".one-alert h1")).toEqual(["Credential", "file"]);
      expect(await marks(".fields")).toContain("web-3");
      expect(parameter("highlight")).toBe("CREDENTIAL file web-3");
      expect(parameter("query")).toBeNull();
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.goBack();
      await page.locator(".cell-workload mark").first().waitFor();
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: "light" });
    });

    it("in a query with words, but not those that alerts must not contain", async () => {
      await open(
        `/alerts?since=ever&query=${encodeURIComponent('"credential file" not "web-1" and priority = warning')}`,
      );
      expect(await marks(".grid")).toEqual(["Credential file", "credential file"]);
    });

    it("as text", async () => {
      await open(`/alerts?since=ever&text=${encodeURIComponent("cat")}`);
      await page.goto(`${page.url()}&highlight=${encodeURIComponent('<img src=x onerror=alert(1)> "')}`);
      await page.locator(".row[id]").first().waitFor();
      expect(await page.locator("main img").count()).toBe(0);
    });
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

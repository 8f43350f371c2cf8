import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { openWriter } from "../../src/journal/write.ts";
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

const DEFAULT = ["Selected", "Time", "Priority", "Rule", "Output", "Workload or host", "State"];

describe("the columns of the list", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts([longAlert(), ...repeatedAlerts()]);
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
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
  const titles = async (): Promise<string[]> =>
    (await page.getByRole("columnheader").allTextContents()).map((text) => text.replace(/[↓↑]/, "").trim());
  const dialog = () => page.getByRole("dialog", { name: "Columns" });
  const parameter = (name: string) => new URL(page.url()).searchParams.get(name);

  async function openDialog(): Promise<void> {
    await page.getByRole("button", { name: "Columns" }).click();
    await dialog().waitFor();
  }

  describe("in the dialog", () => {
    it("are added, moved, removed and reset with the keyboard, and kept after a reload", async () => {
      expect(await titles()).toEqual(DEFAULT);
      await openDialog();
      await dialog().getByLabel("Field").fill("fd.name");
      await page.keyboard.press("Enter");
      await eventually(titles).toEqual([...DEFAULT, "fd.name"]);
      await dialog().getByRole("button", { name: "Move fd.name up" }).focus();
      for (let i = 0; i < 4; i++) await page.keyboard.press("Enter");
      await eventually(titles).toEqual(["Selected", "Time", "Priority", "fd.name", ...DEFAULT.slice(3)]);
      await dialog().getByText("fd.name is column 3 of 7.").waitFor();
      await dialog().getByRole("button", { name: "Remove Workload or host" }).focus();
      await page.keyboard.press("Space");
      await eventually(titles).not.toContain("Workload or host");
      await eventually(() => page.evaluate("document.activeElement.ariaLabel")).toBe("Remove State");
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      expect(await titles()).toEqual(["Selected", "Time", "Priority", "fd.name", "Rule", "Output", "State"]);
      expect(await page.locator(".row[id]").first().locator(".cell-field").textContent()).toContain(
        `/data/${REPEATED - 1}`,
      );
      await openDialog();
      await dialog().getByRole("button", { name: "Reset" }).click();
      await eventually(titles).toEqual(DEFAULT);
      expect(await page.evaluate(`localStorage.getItem("eyas-columns")`)).toBeNull();
    });

    it("are moved by drag", async () => {
      await openDialog();
      const item = (name: string) => dialog().locator(`li[data-column="${name}"]`);
      await item("state").dragTo(item("priority"));
      await eventually(titles).toEqual(["Selected", "Time", "State", "Priority", "Rule", "Output", "Workload or host"]);
    });

    it("must be fields, different and not too many", async () => {
      await openDialog();
      const field = dialog().getByLabel("Field");
      const message = dialog().getByRole("status");
      for (const [name, expected] of [
        ["<b>x</b>", "Enter the name of a field"],
        ["rule", "Rule is already a column."],
      ] as const) {
        await field.fill(name);
        await page.keyboard.press("Enter");
        await eventually(() => message.textContent()).toContain(expected);
      }
      for (let i = 0; i < 7; i++) {
        await field.fill(`a.b${i}`);
        await page.keyboard.press("Enter");
      }
      await eventually(() => message.textContent()).toBe("The list can have at most 12 columns. Remove one first.");
      expect((await titles()).length).toBe(13);
    });
  });

  describe("between the headers", () => {
    const separator = (name: string) => page.getByRole("separator", { name: `Width of ${name}` });
    const width = async (name: string): Promise<number> =>
      Math.round((await page.getByRole("columnheader", { name, exact: true }).boundingBox())?.width ?? 0);

    it("are sized with the arrow keys of a separator", async () => {
      const before = await width("Rule");
      await separator("Rule").focus();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Shift+ArrowLeft");
      await eventually(() => width("Rule")).toBe(before - 60);
      await page.keyboard.press("ArrowRight");
      await eventually(() => width("Rule")).toBe(before - 50);
      expect(await separator("Rule").getAttribute("aria-valuenow")).toBe(String(before - 50));
      await page.reload();
      await page.locator(".row[id]").first().waitFor();
      expect(await width("Rule")).toBe(before - 50);
      await separator("Rule").focus();
      await page.keyboard.press("Delete");
      await eventually(() => width("Rule")).toBe(before);
    });

    it("are sized by drag, and reset by a double click", async () => {
      const before = await width("Rule");
      const box = await separator("Rule").boundingBox();
      const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 10];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 40, y + 5, { steps: 4 });
      await page.mouse.move(x + 70, y, { steps: 4 });
      await page.mouse.up();
      await eventually(() => width("Rule")).toBe(before + 70);
      await page.mouse.move(x + 200, y);
      expect(await width("Rule")).toBe(before + 70);
      await separator("Rule").dblclick();
      await eventually(() => width("Rule")).toBe(before);
    });

    it.each([1440, 1024])("never push others off, %d pixels wide", async (wide) => {
      await page.setViewportSize({ width: wide, height: 900 });
      const many = [
        "time:1200",
        "priority:900",
        "rule",
        "output:1200",
        "workload",
        "state",
        "hostname",
        "source",
        "tags",
      ];
      await open(`/alerts?columns=${[...many, "fd.name:800", "proc.cmdline", "container.name"].join(",")}`);
      const headers = await page.getByRole("columnheader").all();
      expect(headers).toHaveLength(13);
      for (const header of headers) {
        const box = await header.boundingBox();
        expect(box?.width).toBeGreaterThan(20);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(wide);
      }
      expect(await violations(page)).toEqual([]);
    });
  });

  it.each([
    ["time,rule,fd.name,container.name", 4, "container.name web-"],
    ["time,priority,rule,output,workload,state,container.name,tags", 7, "container.name web-"],
  ])("are lines of a card on a narrow screen: %s", async (chosen, lines, text) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open(`/alerts?columns=${chosen}`);
    const row = page.locator(".row[id]").first();
    const card = await row.boundingBox();
    expect(card?.height).toBe(lines * 19 + 13);
    let end = card?.y ?? 0;
    const below = "> span:not(.cell-select, .cell-time, .cell-priority, .cell-state)";
    for (const cell of await row.locator(below).all()) {
      const { y = 0, height = 0 } = (await cell.boundingBox()) ?? {};
      expect([y >= end, height > 10]).toEqual([true, true]);
      end = y + height;
    }
    expect(end).toBeLessThanOrEqual((card?.y ?? 0) + (card?.height ?? 0));
    expect(await row.textContent()).toContain(text);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
  });

  it.each(["<img src=x onerror=alert(1)>", "a.b,".repeat(5000), "time:99999999", "[]"])(
    "are the default ones if the browser or a link has invalid ones (%#)",
    async (text) => {
      await page.evaluate((value) => localStorage.setItem("eyas-columns", value), text);
      await open(`/alerts?columns=${encodeURIComponent(text.slice(0, 100))}`);
      expect(await titles()).toEqual(DEFAULT);
    },
  );

  it("of a link are shown, and replaced when the user changes them", async () => {
    await open("/alerts?columns=time%2Crule%3A300%2Cfd.name");
    expect(await titles()).toEqual(["Selected", "Time", "Rule", "fd.name"]);
    await open("/alerts");
    expect(await titles()).toEqual(DEFAULT);
    await open("/alerts?columns=time%2Crule%3A300%2Cfd.name");
    await openDialog();
    await dialog().getByRole("button", { name: "Remove fd.name" }).click();
    await eventually(titles).toEqual(["Selected", "Time", "Rule"]);
    expect(parameter("columns")).toBeNull();
    await open("/alerts");
    expect(await titles()).toEqual(["Selected", "Time", "Rule"]);
  });

  describe("of the time", () => {
    const numbers = async (): Promise<number[]> =>
      (await page.locator(".row[id] .cell-output").allTextContents()).map((text) => Number(/\d+$/.exec(text)?.[0]));

    it("changes the order, with the keyboard too", async () => {
      const header = page.getByRole("columnheader", { name: "Time" });
      expect(await header.getAttribute("aria-sort")).toBe("descending");
      await header.getByRole("button").focus();
      await page.keyboard.press("Enter");
      await eventually(() => header.getAttribute("aria-sort")).toBe("ascending");
      await eventually(async () => (await numbers())[0]).toBe(0);
      const shown = await numbers();
      expect(shown).toEqual(shown.toSorted((a, b) => a - b));
      expect(parameter("order")).toBe("oldest");
      await eventually(() => page.evaluate("document.activeElement.textContent")).toContain("Time");
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Enter");
      await eventually(async () => (await numbers())[0]).toBe(REPEATED - 1);
      expect(parameter("order")).toBeNull();
    });

    it("puts new alerts below the others if the oldest is first", async () => {
      await page.goto(`${served.url}/alerts?order=oldest&query=rule+%3D+Late`);
      await page.getByText("No alerts match the filter").waitFor();
      writeAlert("Late", 1);
      const rows = page.locator(".row[id]");
      await eventually(() => rows.count()).toBe(1);
      const first = await rows.first().getAttribute("id");
      writeAlert("Late", 2);
      await eventually(() => rows.count()).toBe(2);
      expect(await rows.first().getAttribute("id")).toBe(first);
      expect(await page.getByRole("button", { name: "Pause" }).count()).toBe(0);
    });

    it("loads all alerts and then adds a new one at the end", async () => {
      await open("/alerts?order=oldest&query=rule+startswith+Credential");
      await page.getByRole("grid").focus();
      await eventually(async () => {
        await page.keyboard.press("End");
        return page.locator(".row.focused").getAttribute("aria-rowindex");
      }).toBe(`${REPEATED + 1}`);
      writeAlert("Credential later", 3);
      await eventually(async () => {
        await page.keyboard.press("End");
        return page.locator(".row.focused .cell-rule").textContent();
      }).toBe("Credential later");
      expect(await page.locator(".row.focused").getAttribute("aria-rowindex")).toBe(`${REPEATED + 2}`);
    });

    function writeAlert(rule: string, number: number): void {
      const writer = openWriter(join(served.folder, "journal.db"), { maxAge: 0, maxSize: 0 });
      writer.append([entry(10_000 + number, { rule, time: BigInt(Date.now()) * 1_000_000n })]);
      writer.close();
    }
  });

  it("report no errors and send no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { openWriter } from "../../src/journal/write.ts";
import { needs } from "../parts/needs.ts";
import { longAlert, REPEATED, repeatedAlerts } from "./alerts.fixture.ts";
import { openBrowser, type Problems, recordProblems, type Served, serveAlerts, signIn } from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

describe("the list of alerts", needs("browser"), () => {
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
    await open("/alerts");
  });

  async function open(path: string): Promise<void> {
    await page.goto(served.url + path);
    await page.locator(".cell-rule a").first().waitFor();
  }
  const focusedOutput = () => page.locator(".row.focused .cell-output").textContent();
  const number = async (): Promise<number> => Number(/\d+$/.exec((await focusedOutput()) ?? "")?.[0]);
  const scrollTop = () => page.getByRole("grid").evaluate((grid) => grid.scrollTop);

  /** Changes the state of an alert like another user. */
  async function setState(id: string, state: string): Promise<void> {
    const answer = await fetch(`${served.url}/api/v1/alerts/${id}/state`, {
      method: "POST",
      headers: { authorization: `Bearer ${served.tokens.responder}`, "content-type": "application/json" },
      body: JSON.stringify({ state, reason: "test" }),
    });
    expect(answer.status).toBe(200);
  }
  const idOf = async (row: number): Promise<string> =>
    ((await page.locator(".row[id]").nth(row).getAttribute("id")) ?? "").replace("row-", "");

  describe("with the keyboard", () => {
    it("moves with the arrow keys and opens alerts without a click on the list", async () => {
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await eventually(number).toBe(REPEATED - 2);
      await page.keyboard.press("ArrowUp");
      await eventually(number).toBe(REPEATED - 1);
      await page.keyboard.press("PageDown");
      expect(await number()).toBeLessThan(REPEATED - 10);
      await page.keyboard.press("Home");
      await eventually(number).toBe(REPEATED - 1);
      await page.keyboard.press("Enter");
      await page.locator(".one-alert").waitFor();
    });

    it("accepts shortcuts after a click on a checkbox", async () => {
      await page.getByRole("checkbox", { name: "Select" }).nth(1).click();
      await page.keyboard.press("j");
      await eventually(number).toBe(REPEATED - 3);
      await page.keyboard.press("x");
      await page.getByText("2 selected").waitFor();
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      await page.keyboard.press("Escape");
    });

    it("leaves keys to the elements that use them", async () => {
      await page.keyboard.press("j");
      await page.getByRole("button", { name: "Pause" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Resume" }).waitFor();
      await page.getByRole("combobox", { name: "State" }).focus();
      await page.keyboard.press("ArrowDown");
      await eventually(() => new URL(page.url()).searchParams.get("state")).toBe("open");
    });
  });

  it("asks for the reason for closing, without a reason that a repeated key would choose", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    const dialog = page.getByRole("dialog", { name: "Close 1 alert" });
    await dialog.waitFor();
    await eventually(() => page.evaluate("document.activeElement.tagName")).toBe("FIELDSET");
    for (const key of ["e", "Enter", "5"]) await page.keyboard.press(key);
    expect(await dialog.isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    expect(await page.locator(".row.triaged").count()).toBe(0);
  });

  it("does not offer to close a closed alert", async () => {
    const id = await idOf(0);
    await page.keyboard.press("j");
    await setState(id, "closed");
    await page.locator(".row.focused .state-closed").waitFor();
    await eventually(() => page.getByRole("button", { name: "Close…" }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Comment" }).isEnabled()).toBe(true);
    await page.keyboard.press("e");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("o");
    await page.getByRole("button", { name: "Reopen" }).waitFor();
    expect(await page.getByRole("button", { name: "Close…" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Acknowledge" }).count()).toBe(0);
    await setState(id, "open");
    await page.getByRole("button", { name: "Close…" }).waitFor();
  });

  it("removes an alert that leaves the filter, and focuses the next one", async () => {
    await open("/alerts?state=open");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const [first, id] = [await idOf(0), await idOf(1)];
    await page.keyboard.press("a");
    await eventually(() => page.locator(`[id="row-${id}"]`).count()).toBe(0);
    expect(await number()).toBe(REPEATED - 3);
    await setState(first, "closed");
    await eventually(() => page.locator(`[id="row-${first}"]`).count()).toBe(0);
    expect(await number()).toBe(REPEATED - 3);
    for (const each of [first, id]) await setState(each, "open");
  });

  it("is as before after going back from an alert, without the alert that has left the filter", async () => {
    await open("/alerts?state=open");
    await page.keyboard.press("j");
    await eventually(async () => {
      await page.keyboard.press("End");
      return number();
    }).toBeLessThan(200);
    for (let i = 0; i < 40; i++) await page.keyboard.press("k");
    const [before, position] = [await number(), await scrollTop()];
    expect(position).toBeGreaterThan(2000);
    const id = (await page.locator(".row.focused").getAttribute("id"))?.replace("row-", "") ?? "";
    await page.keyboard.press("o");
    await page.locator(".one-alert").waitFor();
    await page.goBack();
    await eventually(number).toBe(before);
    expect(Math.abs((await scrollTop()) - position)).toBeLessThan(26);

    await page.keyboard.press("o");
    await page.locator(".one-alert").waitFor();
    await page.keyboard.press("a");
    await page.locator(".alert-head .state-acknowledged").waitFor();
    await page.keyboard.press("u");
    await page.getByRole("grid").waitFor();
    await eventually(() => page.locator(".row[id]").count()).toBeGreaterThan(10);
    expect(await page.locator(`[id="row-${id}"]`).count()).toBe(0);
    expect(Math.abs((await scrollTop()) - position)).toBeLessThan(60);
    await setState(id, "open");
  });

  it("fetches the first page once and compressed, and then all later alerts", async () => {
    const lists: (string | undefined)[] = [];
    page.on("response", (answer) => {
      if (/\/api\/v1\/alerts\?/.test(answer.url())) lists.push(answer.headers()["content-encoding"]);
    });
    await open("/alerts");
    await page.getByText("Live").waitFor();
    const writer = openWriter(join(served.folder, "journal.db"), { maxAge: 0, maxSize: 0 });
    writer.append([entry(1, { rule: "Later alert", time: BigInt(Date.now()) * 1_000_000n })]);
    writer.close();
    await page.locator(".cell-rule", { hasText: "Later alert" }).waitFor();
    expect(lists).toEqual(["gzip"]);
    page.removeAllListeners("response");
  });

  it.each([1440, 1024, 390])("shows the output and the workload of each alert, %d pixels wide", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await open("/alerts?since=ever");
    const row = page.locator(".row[id]", { hasText: "Credential file" }).first();
    for (const cell of [".cell-output", ".cell-workload", ".cell-time", ".cell-priority"]) {
      const box = await row.locator(cell).boundingBox();
      expect(box?.width).toBeGreaterThan(40);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    }
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  });

  it("shows a message for an empty list at the top", async () => {
    await page.goto(`${served.url}/alerts?query=proc.name+%3D+nothing`);
    const message = page.getByText("No alerts match the filter in the last 24 hours.");
    await message.waitFor();
    expect((await message.boundingBox())?.y).toBeLessThan(350);
  });

  it("underlines the part of the query that the server rejects, and removes the chart", async () => {
    await page.getByRole("slider").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("proc.name exists and proc.nme = bash");
    await page.keyboard.press("Enter");
    await eventually(() => page.locator(".mistaken").textContent()).toBe("proc.nme");
    expect(await page.locator(".mistake").textContent()).toMatch(/^No alert has a field "proc.nme"/);
    await eventually(() => page.getByRole("slider").count()).toBe(0);
  });

  it("reports no errors and sends no request to other hosts", () => {
    // The browser logs the responses to queries with mistakes.
    const errors = problems.errors.filter((each) => !/\bstatus of 400\b/.test(each));
    expect({ ...problems, errors }).toEqual({ errors: [], foreignRequests: [] });
  });
});

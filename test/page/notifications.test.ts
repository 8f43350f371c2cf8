import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { openWriter } from "../../src/journal/write.ts";
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
const HOSTILE = `\u202e<img src=x>${"a".repeat(400)}`;

/** Records the notifications and the requests for permission of a page. Headless browsers do not show notifications. */
const RECORD = `
  const Original = window.Notification;
  window.asked = 0;
  window.notified = [];
  window.Notification = class extends Original {
    constructor(title, options) {
      super(title, options);
      window.notified.push({ title, ...options, click: () => this.dispatchEvent(new Event("click")) });
    }
    static async requestPermission() {
      window.asked++;
      return Original.requestPermission();
    }
  };
`;

interface Notified {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
}

describe("notifications", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts([entry(1, { time: BigInt(Date.now()) * 1_000_000n })]);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });
  beforeEach(async () => {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await open();
    problems = recordProblems(page, served);
  });

  async function open(): Promise<Page> {
    const opened = await context.newPage();
    await opened.addInitScript(RECORD);
    await signIn(opened, served, "viewer");
    return opened;
  }
  /** Hides or shows a tab. Headless browsers show all tabs. */
  async function setVisibility(state: "hidden" | "visible", tab = page): Promise<void> {
    const first =
      state === "hidden" ? tab.waitForResponse(/\/api\/v1\/alerts\?since=|\/api\/v1\/alerts\?limit=20/) : undefined;
    await tab.evaluate(`
      Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    `);
    await first;
  }
  let number = 10;
  function raise(
    ...alerts: readonly (readonly [rule: string, priority: "Critical" | "Warning" | "Emergency"])[]
  ): void {
    const writer = openWriter(join(served.folder, "journal.db"), { maxAge: 0, maxSize: 0 });
    const time = BigInt(Date.now()) * 1_000_000n;
    writer.append(alerts.map(([rule, priority]) => entry(++number, { rule, priority, time })));
    writer.close();
  }
  const notified = (tab = page) =>
    tab.evaluate<Notified[]>("window.notified.map(({ title, body, tag }) => ({ title, body, tag }))");
  const asked = () => page.evaluate<number>("window.asked");
  const bell = (name: string | RegExp = /^Notifications/) => page.getByRole("button", { name });
  const dialog = () => page.getByRole("dialog", { name: "Notifications" });
  async function turnOn(): Promise<void> {
    await context.grantPermissions(["notifications"], { origin: served.url });
    await page.reload();
    await bell().click();
    await dialog().getByRole("button", { name: "Turn on" }).click();
    await dialog().getByText("Notifications are on").waitFor();
    await page.keyboard.press("Escape");
  }

  it("are off at first, while the title counts the alerts that arrived since the tab was last visible", async () => {
    await eventually(() => page.title()).toBe("Overview · Eyas");
    await setVisibility("hidden");
    raise(["One", "Critical"], ["Two", "Warning"]);
    await eventually(() => page.title()).toBe("(2) Overview · Eyas");
    raise(...Array.from({ length: 150 }, () => ["Many", "Warning"] as const));
    await eventually(() => page.title()).toBe("(99+) Overview · Eyas");
    await setVisibility("visible");
    await eventually(() => page.title()).toBe("Overview · Eyas");
    expect([await asked(), await notified()]).toEqual([0, []]);
  });

  it("ask for permission only when the user turns them on, with the keyboard, and remember the choice", async () => {
    await context.grantPermissions(["notifications"], { origin: served.url });
    await page.reload();
    await bell("Notifications: off").focus();
    expect(await asked()).toBe(0);
    await page.keyboard.press("Enter");
    await dialog().waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog().getByLabel("Minimum priority").selectOption("Warning");
    expect(await asked()).toBe(0);
    await dialog().getByRole("button", { name: "Turn on" }).focus();
    await page.keyboard.press("Enter");
    await dialog().getByText("Notifications are on for alerts with priority Warning or higher.").waitFor();
    expect(await asked()).toBe(1);
    await page.reload();
    await bell("Notifications: on, Warning or higher").click();
    await dialog().getByRole("button", { name: "Turn off" }).click();
    await page.reload();
    await bell("Notifications: off").waitFor();
    expect(await asked()).toBe(0);
  });

  it("are shown once per batch with the sentence of the most severe alert, and open it on a click", async () => {
    await turnOn();
    await setVisibility("hidden");
    raise(["Shell in a container", "Critical"], ["Container escape", "Emergency"], ["Read", "Warning"]);
    await eventually(() => notified().then((all) => all.length)).toBe(1);
    const [{ title, body } = { title: "", body: "" }] = await notified();
    expect(title).toBe("Emergency: Container escape and 1 more alert");
    expect(body).toMatch(/cat/);
    await page.evaluate("window.notified[0].click()");
    await page.locator(".alert-head h1", { hasText: "Container escape" }).waitFor();
  });

  it("are not shown for alerts below the chosen priority", async () => {
    await turnOn();
    await setVisibility("hidden");
    raise(["Read", "Warning"]);
    await eventually(() => page.title()).toBe("(1) Overview · Eyas");
    raise(["Shell in a container", "Critical"]);
    await eventually(() => notified().then((all) => all.map(({ title }) => title))).toEqual([
      "Critical: Shell in a container",
    ]);
  });

  it("escape and shorten text of an attacker", async () => {
    await turnOn();
    await setVisibility("hidden");
    raise([HOSTILE, "Critical"]);
    await eventually(() => notified().then((all) => all.length)).toBe(1);
    const [{ title, body } = { title: "", body: "" }] = await notified();
    expect(title.startsWith("Critical: \\u202e<img src=x>aaa")).toBe(true);
    expect([title.length < 140, body.length <= 300, /\u202e/.test(title + body)]).toEqual([true, true, false]);
  });

  it("are not shown while another tab of the page is visible, and replace each other in two hidden tabs", async () => {
    await turnOn();
    const other = await open();
    await setVisibility("hidden");
    raise(["First", "Critical"]);
    await eventually(() => page.title()).toBe("(1) Overview · Eyas");
    expect(await notified()).toEqual([]);
    await setVisibility("hidden", other);
    raise(["Second", "Critical"]);
    await eventually(() =>
      Promise.all([notified(), notified(other)]).then((all) => all.map(({ length }) => length)),
    ).toEqual([1, 1]);
    const [one, two] = [await notified(), await notified(other)];
    expect(one[0]?.tag).toBe(two[0]?.tag);
  });

  it("state that the browser blocks them, and follow the setting of the browser", async () => {
    const browsing = await context.newCDPSession(page);
    const { targetInfo } = await browsing.send("Target.getTargetInfo");
    const { browserContextId = "" } = targetInfo;
    const set = (setting: "denied" | "granted") =>
      browsing.send("Browser.setPermission", {
        ...{ permission: { name: "notifications" }, setting, origin: served.url, browserContextId },
      });
    await bell().click();
    await set("denied");
    await dialog().getByText("The browser blocks notifications from this site.").waitFor();
    await dialog().getByRole("button", { name: "Turn on" }).click();
    await dialog().getByText("The browser blocks notifications from this site.").waitFor();
    await set("granted");
    await dialog().getByText("Notifications are off.").waitFor();
    await dialog().getByRole("button", { name: "Turn on" }).click();
    await dialog().getByText("Notifications are on").waitFor();
    await page.keyboard.press("Escape");
    await bell("Notifications: on, Critical or higher").waitFor();
    await set("denied");
    await bell("Notifications: off").waitFor();
  });

  it.each([1440, 1024, 390])("have a button in the header at %i pixels, in both themes", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await bell().click();
      await dialog().waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      await page.keyboard.press("Escape");
    }
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SESSION } from "../../src/api/user.ts";
import { addUser, openUsers } from "../../src/api/users.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { openWriter } from "../../src/journal/write.ts";
import { needs } from "../parts/needs.ts";
import { repeatedAlerts } from "./alerts.fixture.ts";
import { openBrowser, type Served, serveAlerts, violations } from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
const COMMENT = "Asked the owner <b>twice</b>";
const REVOKED = "Your session is no longer valid: your user was removed or has a new token";

describe("a session that ends", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let users: string;
  let token: string;

  beforeAll(async () => {
    served = await serveAlerts(repeatedAlerts(20));
    users = join(served.folder, "users.json");
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    token = addUser(users, "responder", "responder");
    // The server reads the file at most every 500 ms.
    await eventually(async () => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${served.url}/api/v1/session`, { headers })).status;
    }).toBe(200);
    await page.goto(`${served.url}/alerts#token=${token}`);
    await page.locator(".cell-rule a").first().waitFor();
  });
  afterEach(() => context.close());

  /** Gives the user of the page a new token, which ends the user's sessions. */
  async function revoke(): Promise<void> {
    token = addUser(users, "responder", "responder");
    await form().waitFor({ timeout: 60_000 });
  }
  const form = () => page.getByRole("dialog", { name: "Sign in again" });
  async function signInAgain(as = token): Promise<void> {
    await form().getByLabel("Token").fill(as);
    await page.keyboard.press("Enter");
    await eventually(() => form().count()).toBe(0);
  }

  it("keeps a comment, its dialog, a query and the selection, states the reason, and continues", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("priority >= warning and proc.na");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    for (const key of ["j", "x", "j", "x", "c"]) await page.keyboard.press(key);
    const comment = page.getByRole("textbox", { name: "Comment" });
    await comment.fill(COMMENT);

    await revoke();
    await form().getByText(REVOKED).waitFor();
    await eventually(() => page.evaluate("document.activeElement.name")).toBe("token");
    expect([await comment.isVisible(), await page.getByRole("grid").isVisible()]).toEqual([false, false]);
    for (const key of ["Escape", "Escape", "Escape"]) await page.keyboard.press(key);
    expect(await form().isVisible()).toBe(true);
    expect(await violations(page)).toEqual([]);

    await form().getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await form().getByText("Invalid token.").waitFor();
    await form().getByText(REVOKED).waitFor();
    await signInAgain();
    expect(await comment.inputValue()).toBe(COMMENT);
    await eventually(() => page.evaluate("document.activeElement.name")).toBe("comment");
    await page.getByRole("button", { name: "Add comment" }).click();
    await eventually(() => page.getByRole("dialog").count()).toBe(0);
    expect(await page.getByRole("combobox", { name: "Query" }).inputValue()).toBe("priority >= warning and proc.na");

    const writer = openWriter(join(served.folder, "journal.db"), { maxAge: 0, maxSize: 0 });
    writer.append([entry(1, { rule: "Later alert", time: BigInt(Date.now()) * 1_000_000n })]);
    writer.close();
    await page.locator(".cell-rule", { hasText: "Later alert" }).waitFor();
    await page.reload();
    await eventually(() => page.locator('.cell-state [title="1 comment"]').count()).toBe(2);
  });

  it("states in the dialog of a rejected action that it must be repeated", async () => {
    for (const key of ["j", "c"]) await page.keyboard.press(key);
    await page.getByRole("textbox", { name: "Comment" }).fill(COMMENT);
    await page.route(/\/comments$/, async (route) => {
      token = addUser(users, "responder", "responder");
      await form().waitFor({ timeout: 60_000 }); // the server has read the file
      await route.continue();
    });
    const rejected = page.waitForResponse(/\/comments$/, { timeout: 60_000 });
    await page.getByRole("button", { name: "Add comment" }).click();
    await form().waitFor({ timeout: 60_000 });
    await rejected;
    await signInAgain();
    await page.getByRole("dialog").getByText("Your session ended. Try again.").waitFor();
    expect(await page.getByRole("textbox", { name: "Comment" }).inputValue()).toBe(COMMENT);
  });

  it("keeps the draft of the playground and states that it has expired", async () => {
    await page.goto(`${served.url}/playground`);
    await page.locator("main .cm-content").waitFor();
    await page.getByText(/^Valid: 1 rule/).waitFor();
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# my draft");
    const expired = openUsers(users).users.sign({ name: "responder", role: "responder" }, Date.now() - SESSION - 1000);
    await context.addCookies([{ name: "eyas_session", value: expired, url: served.url }]);
    await form().getByText("Your session has expired.").waitFor({ timeout: 60_000 });
    await signInAgain();
    expect(await page.locator(".cm-content").textContent()).toContain("# my draft");
  });

  it("states after a reload why it has ended", async () => {
    const expired = openUsers(users).users.sign({ name: "responder", role: "responder" }, Date.now() - SESSION - 1000);
    await context.addCookies([{ name: "eyas_session", value: expired, url: served.url }]);
    await page.reload();
    await page.getByText("Your session has expired.").waitFor();
    expect(await page.title()).toBe("Sign in · Eyas");
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.locator(".cell-rule a").first().waitFor();
  });

  it("continues by itself after signing in again in another tab", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("proc.name = ");
    await revoke();
    const other = await context.newPage();
    await other.goto(`${served.url}/rules#token=${token}`);
    await other.getByRole("navigation", { name: "Views" }).waitFor();
    await page.bringToFront();
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await eventually(() => form().count()).toBe(0);
    expect(await page.getByRole("combobox", { name: "Query" }).inputValue()).toBe("proc.name = ");
  });

  it("gives another user a new page, without the text of the first", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("c");
    await page.getByRole("textbox", { name: "Comment" }).fill(COMMENT);
    await revoke();
    await form().getByLabel("Token").fill(served.tokens.admin);
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Audit log" }).waitFor();
    expect(await page.getByRole("textbox", { name: "Comment" }).count()).toBe(0);
  });

  it.each([1440, 1024, 390])("fits a screen of %i pixels, in both themes", async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await revoke();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    }
  });
});

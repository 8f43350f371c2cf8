import { join } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addUser, listUsers, removeUser } from "../../src/api/users.ts";
import { needs } from "../parts/needs.ts";
import { repeatedAlerts } from "./alerts.fixture.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveAgent,
  serveAlerts,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });
const REVOKED = "Your session is no longer valid: your user was removed or has a new token";
const TOKEN = /^[\w-]{43}$/;

describe("the users", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: Problems;
  let file: string;

  beforeAll(async () => {
    served = await serveAlerts(repeatedAlerts(3));
    file = join(served.folder, "users.json");
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });
  beforeEach(async () => {
    for (const { name } of listUsers(file))
      if (!["viewer", "responder", "admin"].includes(name)) removeUser(file, name);
    const token = await freshToken("admin", "admin");
    await freshToken("vera", "viewer");
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(60_000);
    page = await context.newPage();
    problems = recordProblems(page, served);
    await signInWith(page, token);
  });
  afterEach(() => context.close());

  /** Creates a token; resolves when the server, which reads the file at most every 500 ms, accepts it. */
  async function freshToken(name: string, role: "viewer" | "admin"): Promise<string> {
    const token = addUser(file, name, role);
    await eventually(() => statusWith(token)).toBe(200);
    return token;
  }
  const statusWith = async (token: string): Promise<number> =>
    (await fetch(`${served.url}/api/v1/session`, { headers: { authorization: `Bearer ${token}` } })).status;
  async function signInWith(tab: Page, token: string): Promise<void> {
    await tab.goto(`${served.url}/users#token=${token}`);
    await tab.getByRole("navigation", { name: "Views" }).waitFor();
  }
  /** Signs in as another user, in another browser. */
  async function openAs(token: string): Promise<{ readonly tab: Page; close(): Promise<void> }> {
    const other = await browser.newContext();
    const tab = await other.newPage();
    await signInWith(tab, token);
    return { tab, close: () => other.close() };
  }

  const dialog = (name?: string | RegExp): Locator => page.getByRole("dialog", name === undefined ? {} : { name });
  const row = (name: string): Locator => page.locator("main tbody tr", { has: page.getByRole("rowheader", { name }) });
  const button = (name: string): Locator => page.getByRole("button", { name });
  const focused = (): Promise<unknown> =>
    page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent");
  const roles = () => Object.fromEntries(listUsers(file).map(({ name, role }) => [name, role]));

  /** Moves the focus with the Tab key. */
  async function tabTo(name: string): Promise<void> {
    for (let i = 0; i < 60 && (await focused()) !== name; i++) await page.keyboard.press("Tab");
    expect(await focused()).toBe(name);
  }

  async function takeShot(name: string): Promise<void> {
    const shots = process.env.EYAS_SHOTS;
    if (shots) await page.screenshot({ path: `${shots}/users-${name}.png` });
  }

  /** The token in the dialog, which is then closed. Checks that the page does not keep it. */
  async function takeToken(): Promise<string> {
    const input = dialog(/^Token of/).getByLabel("Token", { exact: true });
    await input.waitFor();
    const token = await input.inputValue();
    expect(token).toMatch(TOKEN);
    await dialog().getByText("It cannot be shown again.").waitFor();
    await eventually(() => page.evaluate("getSelection().toString() || document.activeElement.value")).toBe(token);
    await page.keyboard.press("Escape");
    await eventually(() => dialog().count()).toBe(0);
    expect([await page.content(), page.url()].filter((text) => text.includes(token))).toEqual([]);
    expect(
      await page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state])"),
    ).not.toContain(token);
    return token;
  }

  it("adds a user by mouse, whose token is copied, shown once and valid", async () => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: served.url });
    await button("Add user…").click();
    await dialog("Add user").getByLabel("Name").fill(" zoe ");
    await dialog().getByLabel("Role").selectOption("responder");
    await dialog().getByRole("button", { name: "Add user" }).click();
    await dialog("Token of zoe").getByRole("button", { name: "Copy token" }).click();
    await dialog().getByText("Copied.").waitFor();
    const copied = await page.evaluate("navigator.clipboard.readText()");
    await dialog().getByLabel("Token", { exact: true }).focus();
    const token = await takeToken();
    expect(copied).toBe(token);
    expect(await row("zoe").textContent()).toMatch(/zoeresponder.*\d\d:\d\d/);
    await page.getByText("Added zoe.").waitFor();
    await eventually(focused).toBe("Add user…");
    await page.reload();
    await row("zoe").waitFor();
    const { tab, close } = await openAs(token);
    await tab.getByText("Only admins can manage users.").waitFor();
    await close();
  });

  it("adds a user, changes the role and removes the user by keyboard", async () => {
    await row("vera").waitFor();
    await tabTo("Add user…");
    await page.keyboard.press("Enter");
    await dialog("Add user").waitFor();
    await page.keyboard.type("yves");
    await page.keyboard.press("Enter");
    await takeToken();
    await eventually(focused).toBe("Add user…");

    await tabTo("Change role of yves");
    await page.keyboard.press("Enter");
    await dialog("Role of yves").waitFor();
    await eventually(() => page.evaluate("document.activeElement.value")).toBe("viewer");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("The role of yves is now responder.").waitFor();
    await eventually(focused).toBe("Change role of yves");
    await eventually(() => row("yves").textContent()).toContain("responder");

    await tabTo("Remove yves");
    await page.keyboard.press("Enter");
    await dialog("Remove yves?").waitFor();
    await page.keyboard.press("Escape"); // restores the focus
    await eventually(() => dialog().count()).toBe(0);
    expect(roles()).toMatchObject({ yves: "responder" });
    await eventually(focused).toBe("Remove yves");
    await page.keyboard.press("Enter");
    await dialog("Remove yves?").waitFor();
    await tabTo("Remove user");
    await page.keyboard.press("Enter");
    await page.getByText("Removed yves.").waitFor();
    await eventually(() => row("yves").count()).toBe(0);
    expect(await focused()).toBe("Users");
    expect(Object.keys(roles())).not.toContain("yves");
  });

  it("ends the sessions of a user who has a new token or is removed, with the reason", async () => {
    const old = await freshToken("vera", "viewer");
    const { tab, close } = await openAs(old);
    const again = tab.getByRole("dialog", { name: "Sign in again" });
    await button("New token for vera").click();
    await dialog("New token for vera?").getByRole("button", { name: "Create token" }).click();
    const token = await takeToken();
    expect(await statusWith(old)).toBe(401);
    await again.getByText(REVOKED).waitFor();
    await again.getByLabel("Token").fill(token);
    await tab.keyboard.press("Enter");
    await eventually(() => again.count()).toBe(0);

    await button("Remove vera").click();
    await dialog("Remove vera?").getByRole("button", { name: "Remove user" }).click();
    await eventually(() => dialog().count()).toBe(0);
    expect(await statusWith(token)).toBe(401);
    await again.getByText(REVOKED).waitFor();
    await close();
  });

  it("states why a change is rejected, and keeps the dialog open", async () => {
    await button("Add user…").click();
    const name = dialog("Add user").getByLabel("Name");
    for (const [wrong, reason] of [
      ["vera", 'The user "vera" already exists.'],
      ["<b>oidc:maria</b>", '"<b>oidc:maria</b>" is not a valid user name'],
    ] as const) {
      await name.fill(wrong);
      await page.keyboard.press("Enter");
      await dialog().getByRole("alert").getByText(reason).waitFor();
    }
    expect(await name.inputValue()).toBe("<b>oidc:maria</b>");
    await page.keyboard.press("Escape");
    await button("Remove admin").click();
    await dialog("Remove admin?").getByText("This is your own user. Your session ends immediately").waitFor();
    await dialog().getByRole("button", { name: "Remove user" }).click();
    await dialog().getByText('"admin" is the last admin with a token, and cannot be removed.').waitFor();
    expect(roles()).toMatchObject({ admin: "admin" });
  });

  it("keeps the session of an admin who renews their own token, and shows the token", async () => {
    await button("New token for admin").click();
    await dialog("New token for admin?").getByText("You stay signed in here").waitFor();
    await dialog().getByRole("button", { name: "Create token" }).click();
    const token = await takeToken();
    expect(await statusWith(token)).toBe(200);
    await page.reload();
    await row("admin").getByText("(you)").waitFor();
    expect(await page.getByRole("dialog", { name: "Sign in again" }).count()).toBe(0);
  });

  it("shows an admin's own new token although a request with the previous session was rejected", async () => {
    let requests = 0;
    await page.route("**/api/v1/session", async (route) => {
      if (++requests > 1) await route.continue();
      else await route.fulfill({ status: 401, json: { error: { code: "session_revoked", message: "" } } });
    });
    await button("New token for admin").click();
    await dialog().getByRole("button", { name: "Create token" }).click();
    await eventually(() => requests).toBeGreaterThan(1);
    await eventually(() => page.getByRole("dialog", { name: "Sign in again" }).count()).toBe(0);
    expect(await takeToken()).toMatch(TOKEN);
  });

  it("asks admins before they demote or remove themselves", async () => {
    await freshToken("second", "admin");
    await page.reload();
    await button("Change role of admin").click();
    await dialog("Role of admin").getByText("only another admin can restore").waitFor();
    await dialog().getByLabel("Role").selectOption("viewer");
    await dialog().getByRole("button", { name: "Change role" }).click();
    await page.getByText("Only admins can manage users.").waitFor();
    expect(roles()).toMatchObject({ admin: "viewer", second: "admin" });
    await eventually(() => page.getByRole("navigation").getByRole("link", { name: "Users" }).count()).toBe(0);
    await eventually(() => focused()).toBe("Users");

    await freshToken("admin", "admin");
    const { tab, close } = await openAs(await freshToken("second", "admin"));
    await tab.getByRole("button", { name: "Remove second" }).click();
    await tab.getByText("only another admin can give you access again").waitFor();
    await tab.getByRole("button", { name: "Remove user" }).click();
    await tab.getByRole("dialog", { name: "Sign in again" }).getByText(REVOKED).waitFor();
    expect(Object.keys(roles())).not.toContain("second");
    await close();
  });

  it("offers commands if the server cannot change the file (mocked), and names the provider", async () => {
    const directory = "/mnt/it's here";
    await page.route("**/api/v1/users", (route) =>
      route.fulfill({
        json: {
          users: [{ name: "vera\u202e", role: "viewer" }],
          obstacle: {
            reason: `Cannot change ${directory}/users.json: the file system is read-only.`,
            file: `${directory}/users.json`,
          },
          provider: "Example SSO",
        },
      }),
    );
    await page.reload();
    const commands = page.getByRole("region", { name: "Users cannot be changed in the web UI" });
    await commands.getByText("the file system is read-only.").waitFor();
    expect(await commands.locator("pre").textContent()).toContain(
      "eyas users renew NAME --file '/mnt/it'\\''s here/users.json'\n",
    );
    await page.getByText("Users who sign in with Example SSO are not listed.").waitFor();
    expect(await row("vera\\u202e").textContent()).toContain("unknown");
    expect(await page.locator("main button").count()).toBe(0);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      await takeShot(`commands-${width}`);
    }
  });

  it.each([
    ["light", 1440],
    ["dark", 1024],
    ["light", 390],
    ["dark", 390],
  ] as const)("conforms to WCAG 2.2 AA and fits the screen, %s theme, %d pixels wide", async (colorScheme, width) => {
    await freshToken(`${"long.name-".repeat(6)}zoe`, "viewer");
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await page.reload();
    await row("vera").waitFor();
    const look = async (name: string): Promise<void> => {
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(
        await page.evaluate(
          "[...document.querySelectorAll('dialog')].filter((one) => one.scrollWidth > one.clientWidth).length",
        ),
      ).toBe(0);
      await takeShot(`${name}-${width}-${colorScheme}`);
    };
    await look("list");
    for (const [opener, name] of [
      [button("Add user…"), "add"],
      [button("Change role of admin"), "role"],
      [button("Remove vera"), "remove"],
      [button("New token for admin"), "renew"],
    ] as const) {
      await opener.click();
      await dialog().waitFor();
      await look(name);
      if (name !== "renew") await page.keyboard.press("Escape");
      await eventually(() => dialog().count()).toBe(name === "renew" ? 1 : 0);
    }
    await dialog().getByRole("button", { name: "Create token" }).click();
    await dialog("Token of admin").waitFor();
    await look("token");
  });

  it("causes no script error, and no request to other hosts", async () => {
    await row("vera").waitFor();
    await button("Add user…").click();
    await page.keyboard.press("Escape");
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });

  it("is the same on the page of an agent", async () => {
    const agent = await serveAgent([]);
    const tab = await context.newPage();
    await tab.goto(`${agent.url}/users#token=${agent.tokens.admin}`);
    await tab.getByRole("button", { name: "Add user…" }).click();
    await tab.getByLabel("Name").fill("zoe");
    await tab.keyboard.press("Enter");
    const token = await tab
      .getByRole("dialog", { name: "Token of zoe" })
      .getByLabel("Token", { exact: true })
      .inputValue();
    const headers = { authorization: `Bearer ${token}` };
    expect(await (await fetch(`${agent.url}/api/v1/session`, { headers })).json()).toMatchObject({ user: "zoe" });
    expect(agent.output()).not.toContain(token);
    await tab.goto(`${agent.url}/audit`);
    await eventually(() => tab.getByRole("table").textContent()).toContain("add userzoerole viewer");
    await tab.close();
    await agent.stop();
  });
});

// Signing in on the page with a real OpenID Connect provider.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLIENT, openTestProvider, type TestProvider } from "../../src/api/openid/provider.fixture.ts";
import { openTestPage, type TestPage } from "../../src/api/page.fixture.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { freePort } from "../../src/output/brokers.fixture.ts";
import { home } from "../live/sensor.ts";
import { needs } from "../parts/needs.ts";
import { builtUi, openBrowser, violations } from "./page.fixture.ts";

describe("signing in with OpenID Connect", needs("browser"), () => {
  let url: string;
  let provider: TestProvider;
  let served: TestPage;
  let browser: Browser;

  beforeAll(async () => {
    await builtUi();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    provider = await openTestProvider(`${url}/api/v1/sign-in/oidc/callback`, { maria: ["soc"], eve: [] });
    served = await openTestPage([entry(1)], undefined, undefined, {
      ...{ port, publicOrigin: url, built: join(home, "ui/built") },
      openId: {
        ...{
          issuer: provider.issuer,
          ...CLIENT,
          client_secret_file: "",
          name: "Main <b>",
          scopes: ["profile", "groups"],
        },
        ...{
          user_claim: "preferred_username",
          roles_claim: "groups",
          default_role: "none",
          session_duration: 3_600_000,
        },
        ...{ roles: { viewer: [], responder: ["soc"], admin: [] }, ca_cert: "", public_url: url },
      },
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await served?.close();
    await provider?.close();
  });

  /** Opens a view in a new browser session. */
  async function visit(path: string): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(url + path);
    await page.getByRole("link", { name: "Sign in with Main <b>" }).waitFor();
    return page;
  }

  async function nameAtProvider(page: Page, name: string): Promise<void> {
    await page.getByLabel("Name").fill(name);
    await page.keyboard.press("Enter");
  }

  it("returns to the view, with the keyboard only, and signs out", async () => {
    const page = await visit("/alerts?since=ever");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await nameAtProvider(page, "maria");
    await page.locator(".cell-rule a").first().waitFor();
    expect(page.url()).toBe(`${url}/alerts?since=ever`);
    await page.getByText("oidc:maria").first().waitFor();
    expect(await page.getByRole("link", { name: "Audit log" }).count()).toBe(0);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    await page.reload();
    await page.getByLabel("Token").waitFor();
    await page.context().close();
  });

  it("keeps the text of the views while the user signs in again in another tab", async () => {
    const page = await visit("/alerts?since=ever");
    // The response of the server after the session has expired; an open stream would continue.
    await page.route(/\/api\/v1\/events/, (route) => route.fulfill({ status: 401 }));
    await page.getByRole("link", { name: "Sign in with" }).click();
    await nameAtProvider(page, "maria");
    await page.locator(".cell-rule a").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("proc.name = ");
    await page.context().clearCookies({ name: "eyas_session" });
    const form = page.getByRole("dialog", { name: "Sign in again" });
    const link = form.getByRole("link", { name: "Sign in with Main <b> in a new tab" });
    await link.waitFor({ timeout: 60_000 });
    await form.getByText("Your session has ended").waitFor();
    const [tab] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
    await tab.waitForLoadState();
    if ((await tab.getByLabel("Name").count()) > 0) await nameAtProvider(tab, "maria");
    await tab.locator(".cell-rule a").first().waitFor();
    await tab.close();
    await page.evaluate("window.dispatchEvent(new Event('focus'))");
    await expect.poll(() => form.count(), { timeout: 60_000 }).toBe(0);
    expect(await page.getByRole("combobox", { name: "Query" }).inputValue()).toBe("proc.name = ");
    await page.context().close();
  });

  it("states why a user cannot sign in, and leaves no trace of it in the address", async () => {
    const page = await visit("/rules");
    await page.getByRole("link", { name: "Sign in with" }).click();
    await nameAtProvider(page, "eve");
    await page.getByText("You have no role in Eyas.").waitFor();
    expect(page.url()).toBe(`${url}/rules`);
    expect(await violations(page)).toEqual([]);
    await page.goto(`${url}/?sign-in=constructor`);
    await page.getByLabel("Token").waitFor();
    expect([page.url(), await page.getByRole("alert").textContent()]).toEqual([`${url}/`, ""]);
    await page.context().close();
  });

  it("leads to the public URL from another address of the page", async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${url.replace("127.0.0.1", "localhost")}/rules`);
    const link = page.getByRole("link", { name: `Sign in with Main <b> at ${new URL(url).host}` });
    await link.click();
    await page.getByRole("link", { name: "Sign in with Main <b>", exact: true }).waitFor();
    expect(page.url()).toBe(`${url}/rules`);
    await page.context().close();
  });

  it.each([1440, 1024, 390])("has an accessible sign-in form at %i pixels, in both themes", async (width) => {
    const page = await visit("/");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
    await page.context().close();
  });
});

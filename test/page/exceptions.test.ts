// An agent without a sensor, with alerts of a rule that is loaded.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metadataLine } from "../../src/api/exceptions/metadata.ts";
import { needs } from "../parts/needs.ts";
import { REPEATED, repeatedAlerts } from "./alerts.fixture.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveAgent,
  signIn,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 90_000 });
const RULE = "Credential file read by unexpected program";
const REASON = 'Backups "daily"\\ <b>é</b> - rule: x';
const rules = `- rule: ${RULE}
  desc: Reads.
  condition: evt.type = open
  output: "%proc.name %fd.name"
  priority: WARNING
`;
/** An exception that was written by hand, whose text must stay. */
const BY_HAND = `# by hand
- rule: ${RULE}
  exceptions:   # two   spaces
    - {name: hand, fields: [proc.name, fd.name], comps: [=, startswith], values: [[tar, /srv], [rsync, /srv]]}
  override: {exceptions: append}
`;

describe("exceptions", needs("browser"), () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eyas-rules-"));
    writeFileSync(join(folder, "rules.yaml"), rules);
    writeFileSync(file(), BY_HAND);
    const options = [`rules_files=[${join(folder, "rules.yaml")}]`, `web_page.exceptions_file=${file()}`];
    served = await serveAgent(options, repeatedAlerts());
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    page.setDefaultTimeout(90_000);
    problems = recordProblems(page, served);
    await signIn(page, served, "admin", "/exceptions");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (): string => join(folder, "exceptions.yaml");
  const text = (): string => readFileSync(file(), "utf8");
  const rows = () => page.getByRole("table", { name: "Exceptions in the file" }).locator("tbody tr");
  const removed = () => page.getByRole("region", { name: "Removed" }).locator("tbody tr");
  const dialog = () => page.getByRole("dialog");
  const notice = () => page.locator(".notice").textContent();
  async function open(): Promise<void> {
    await page.goto(`${served.url}/exceptions`);
    await page.getByRole("heading", { name: "Exceptions", level: 1 }).waitFor();
    await rows().first().waitFor();
  }
  async function ask(path: string, body?: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${served.tokens.admin}`, "content-type": "application/json" };
    return fetch(`${served.url}/api/v1${path}`, {
      headers,
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
  }

  it("that were written by hand are listed, with what they compare", async () => {
    await open();
    const row = await rows().first().textContent();
    for (const part of [
      "manually",
      "proc.name = tar and fd.name startswith /srv",
      "proc.name = rsync",
      "never",
      "active",
    ])
      expect(row).toContain(part);
    await eventually(() => rows().first().getByRole("link", { name: "0", exact: true }).count()).toBe(1);
  });

  it("are created from an alert with a reason and an expiry, and close the matching alerts, which can be undone", async () => {
    await page.goto(`${served.url}/alerts?since=ever&state=open`);
    await page.locator(".cell-rule a").first().click();
    await page.getByRole("button", { name: "Create exception" }).click();
    await page.getByRole("textbox", { name: "Exception (YAML)" }).waitFor();
    const proposals = page.getByRole("group", { name: /^Proposals/ }).getByRole("radio");
    await page.getByRole("radio", { name: `proc.name excludes ${REPEATED} alerts` }).waitFor();
    expect(await proposals.first().isChecked()).toBe(true);
    // Only the program is compared, so that the exception suppresses all alerts.
    await proposals.last().check();
    await eventually(() =>
      page
        .getByRole("group", { name: /^Exclude/ })
        .getByRole("checkbox", { checked: true })
        .count(),
    ).toBe(1);
    await page.getByText(`Excludes ${REPEATED} alerts raised`).waitFor();
    await page.getByLabel("Reason", { exact: true }).fill(REASON);
    await page.getByLabel("Expires", { exact: true }).selectOption("7");
    await page.getByLabel("Close the matching alerts too").check();
    await page.evaluate("scrollTo(0, 0)"); // the header of the page covers other links otherwise
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Exception applied.").waitFor();
    await page.getByText(`Closed ${REPEATED} alerts.`).waitFor();
    const counted = async (state: string): Promise<unknown> =>
      ((await (await ask(`/alerts/count?by=rule&state=${state}`)).json()) as { total: number }).total;
    expect(await counted("closed")).toBe(REPEATED);
    await page.getByRole("button", { name: "Undo" }).click();
    await eventually(() => counted("open")).toBe(REPEATED);
    expect(text().startsWith(BY_HAND)).toBe(true);
    expect(text()).not.toContain("é");

    await page.getByRole("link", { name: "All exceptions" }).click();
    await eventually(() => rows().count()).toBe(2);
    const row = (await rows().nth(1).textContent()) ?? "";
    for (const part of [REASON, "proc.name = cat", "by admin", "active"]) expect(row).toContain(part);
    await eventually(() =>
      rows()
        .nth(1)
        .getByRole("link", { name: String(REPEATED) })
        .count(),
    ).toBe(1);
  });

  it.each([
    [1440, "light"],
    [1440, "dark"],
    [1024, "light"],
    [1024, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)("conform to WCAG, %d pixels wide, %s theme", async (width, colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await open();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    for (const name of ["Edit", "Change expiry of", "Remove"]) {
      await rows()
        .nth(1)
        .getByRole("button", { name: new RegExp(`^${name}`) })
        .click();
      await dialog().waitFor();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await dialog().waitFor({ state: "hidden" });
    }
  });

  it("are edited with the keyboard; one that does not load is rejected, and the old one stays", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await open();
    const before = text();
    await rows().nth(1).getByRole("button", { name: /^Edit/ }).focus();
    await page.keyboard.press("Enter");
    const yaml = dialog().getByRole("textbox");
    await eventually(() => page.evaluate("document.activeElement.name")).toBe("yaml");
    const stated = await yaml.inputValue();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(stated.replace("proc.name", "proc.nme"));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog()
      .getByText(/Unknown field "proc\.nme"/i)
      .waitFor();
    expect(text()).toBe(before);
    await yaml.fill(stated.replace("cat", "less"));
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog().waitFor({ state: "hidden" });
    await eventually(notice).toContain("was changed");
    await eventually(() => page.evaluate("document.activeElement.className")).toContain("notice");
    await eventually(() => rows().nth(1).textContent()).toContain("proc.name = less");
    expect(text().startsWith(BY_HAND)).toBe(true);

    await rows()
      .nth(1)
      .getByRole("button", { name: /^Revert/ })
      .click();
    await eventually(text).toBe(before);
    await eventually(() => rows().nth(1).textContent()).toContain("proc.name = cat");
  });

  it("are not changed by a user who has not seen the change of another user", async () => {
    await open();
    await rows()
      .nth(1)
      .getByRole("button", { name: /^Change expiry/ })
      .click();
    const { exceptions } = (await (await ask("/exceptions")).json()) as {
      exceptions: readonly { id: string; version: string; rule: string }[];
    };
    const { id, version } = exceptions[1]!;
    expect((await ask(`/exceptions/${id}/expiry`, { version, expires: null })).status).toBe(200);
    await dialog().getByLabel("Expires").selectOption("1");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog()
      .getByText(/has been changed/)
      .waitFor();
    expect((await ask(`/exceptions/${id}/remove`, { version })).status).toBe(409);
    await page.keyboard.press("Escape");
    await open();
    await eventually(() => rows().nth(1).textContent()).toContain("never");
  });

  it("are removed and restored, also those that were written by hand", async () => {
    for (const at of [1, 0]) {
      await open();
      const before = text();
      await rows()
        .nth(at)
        .getByRole("button", { name: /^Remove/ })
        .click();
      await dialog().getByRole("button", { name: "Remove" }).click();
      await eventually(() => rows().count()).toBe(1);
      expect(text()).not.toBe(before);
      await removed()
        .getByRole("button", { name: /^Restore/ })
        .click();
      await eventually(() => rows().count()).toBe(2);
      expect(text()).toBe(before);
    }
  });

  it("that have expired are removed by the agent, with an entry in the audit log", async () => {
    const before = text();
    const metadata = metadataLine({ id: "00000000000000ff", user: "ada", expires: "2026-01-01T00:00:00Z" });
    const yaml = BY_HAND.replace("# by hand\n", "").replace("hand", "late");
    appendFileSync(file(), `\n${metadata}\n${yaml}`);
    await eventually(text).toBe(before);
    await open();
    await removed().getByText("expired").waitFor();
    expect(await violations(page)).toEqual([]);
    const audit = async () =>
      (
        (await (await ask("/users/audit?limit=30")).json()) as {
          entries: readonly { action: string; user: string; target?: string; detail?: string }[];
        }
      ).entries;
    await eventually(async () => (await audit())[0]?.action).toBe("remove expired exception");
    const entries = await audit();
    expect(entries[0]).toMatchObject({ user: "eyas", target: RULE });
    const actions = entries.map(({ action }) => action);
    for (const action of ["exception", "edit exception", "edit exception failed", "revert exception"])
      expect(actions).toContain(action);
    for (const action of ["set expiry of exception", "remove exception"]) expect(actions).toContain(action);
    expect(served.output()).toContain(`Exception 00000000000000ff of rule "${RULE}" has expired`);

    await removed()
      .getByRole("button", { name: /^Restore/ })
      .click();
    await dialog().getByText("previous expiry has passed").waitFor();
    expect(await violations(page)).toEqual([]);
    await dialog().getByLabel("Expires", { exact: true }).selectOption("");
    await dialog().getByText("stays until it is removed").waitFor();
    await dialog().getByRole("button", { name: "Restore" }).click();
    await eventually(notice).toContain("without an expiry");
    expect(text()).toContain(`${metadataLine({ id: "00000000000000ff", user: "ada" })}\n${yaml}`.trimEnd());
    const restored = (await audit()).find(({ action }) => action === "revert exception");
    expect(restored?.detail).toBe(`ID: 00000000000000ff\nDoes not expire.\n${yaml.trimEnd()}`);
  });

  it("that have expired but can only be changed in the file are listed with the reason, which is logged", async () => {
    const before = text();
    const metadata = metadataLine({ id: "00000000000000fe", user: "ada", expires: "2026-01-01T00:00:00Z" });
    const yaml = BY_HAND.replace("# by hand\n", "").replace("hand", "tagged");
    const more = yaml.replace(
      "override: {exceptions: append}",
      "tags: [t]\n  override: {exceptions: append, tags: append}",
    );
    appendFileSync(
      file(),
      `\n${metadata}\n${more}\n# eyas-exception: {"expires":"2026-12-01"}\n${yaml.replace("tagged", "x")}`,
    );
    const changed = text();
    await eventually(() => served.output()).toContain(
      "has expired, but cannot be removed: The item also has other parts",
    );
    await open();
    const row = (part: string) => rows().filter({ hasText: part });
    await row("expired; remove it from the file").getByText("can only be changed in the file").waitFor();
    await row("The comment eyas-exception above the exception is not valid").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(text()).toBe(changed);
    writeFileSync(file(), before);
  });

  it("cannot be changed by viewers", async () => {
    const other = await browser.newContext();
    const viewer = await other.newPage();
    await signIn(viewer, served, "viewer", "/exceptions");
    await viewer.locator(".exceptions tbody tr").first().waitFor();
    expect(await viewer.locator(".exceptions button").count()).toBe(0);
    await other.close();
  });

  it("leave no temporary files, report no errors and send no request to other hosts", () => {
    expect(existsSync(`${file()}.history`)).toBe(true);
    expect(problems.foreignRequests).toEqual([]);
    // The browser reports the responses that are expected: 409 and 422.
    expect(problems.errors.filter((error) => !/status of 4(?:09|22)/.test(error))).toEqual([]);
  });
});

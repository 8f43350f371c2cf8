// An agent without a sensor, whose rules are changed and written on the page.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { repeatedAlerts } from "./alerts.fixture.ts";
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
const MACRO = "- macro: written\n  condition: evt.type = write\n";
const rules = `${MACRO}- rule: ${RULE}
  desc: Reads.
  condition: evt.type = open
  output: "%proc.name %fd.name"
  priority: WARNING

- rule: Quiet
  desc: Disabled in the file.
  condition: evt.type = close
  output: "%proc.name"
  priority: NOTICE
  enabled: false
`;
const NEW = `- rule: New one
  desc: <b>Writes</b>.
  condition: evt.type = write
  output: "%proc.name"
  priority: WARNING
`;

describe("rules of the page", needs("browser"), () => {
  let folder: string;
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eyas-rules-"));
    writeFileSync(join(folder, "rules.yaml"), rules);
    const options = [`rules_files=[${join(folder, "rules.yaml")}]`, `web_page.rules_file=${file()}`];
    served = await serveAgent(options, repeatedAlerts());
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    page.setDefaultTimeout(90_000);
    problems = recordProblems(page, served);
    await signIn(page, served, "admin", "/rules");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (): string => join(folder, "page-rules.json");
  const dialog = () => page.getByRole("dialog");
  const panel = () => page.getByRole("region", { name: "Changes made in the web UI" });
  const notice = () => page.locator(".notice").textContent();
  const facts = () => page.locator(".rule-head .facts").textContent();
  const row = (name: string) =>
    page.getByRole("table", { name: "Loaded rules" }).locator("tbody tr", { hasText: name });
  const open = async (path: string): Promise<void> => {
    await page.goto(served.url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
  };
  const openRule = (name: string): Promise<void> => open(`/rules/${encodeURIComponent(name)}`);
  async function write(text: string): Promise<void> {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  }

  it("get another state and priority, with a reason, by keyboard, which can be reverted", async () => {
    await openRule(RULE);
    await panel().getByText("This rule has not been changed in the web UI.").waitFor();
    await panel().getByRole("button", { name: "Change…" }).focus();
    await page.keyboard.press("Enter");
    await dialog().getByLabel("State").selectOption("disabled");
    await dialog().getByLabel("Priority").selectOption("Critical");
    await dialog().getByLabel("Reason (optional)").fill("Too <i>many</i>");
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await eventually(notice).toBe("The rule was changed, and the rules were reloaded.");
    await eventually(() => page.evaluate("document.activeElement.classList.contains('notice')")).toBe(true);
    await eventually(facts).toContain("disabled");
    expect(await facts()).toContain("Critical");
    for (const part of ["disabled", "Critical", "by admin", "Too <i>many</i>"])
      await eventually(() => panel().textContent()).toContain(part);
    expect(JSON.parse(readFileSync(file(), "utf8")).rules).toMatchObject([{ rule: RULE, state: "disabled" }]);

    await panel().getByRole("button", { name: "Revert last change" }).click();
    await eventually(facts).toContain("enabled");
    expect(await facts()).toContain("Warning");
    expect(JSON.parse(readFileSync(file(), "utf8")).rules).toEqual([]);
  });

  it("are enabled and reset", async () => {
    await openRule("Quiet");
    await panel().getByRole("button", { name: "Change…" }).click();
    await dialog().getByLabel("State").selectOption("enabled");
    await dialog().getByRole("button", { name: "Save" }).click();
    await eventually(facts).toContain("enabled");
    await panel().getByRole("button", { name: "Reset" }).click();
    await eventually(facts).toContain("disabled");
    await eventually(notice).toBe("The change was removed. The rule files and the configuration apply again.");
  });

  it("are written in the playground as shadow rules, and enabled later", async () => {
    await open("/playground");
    await page.getByText(/^Valid: 1 rule/).waitFor();
    await write(NEW); // the dialog must not take the name of the rule from the check of the previous text
    await page.getByRole("button", { name: "Save rule…" }).click();
    await dialog().getByText("This is a new rule.").waitFor();
    await dialog().getByText("This version has not been run on a capture.").waitFor();
    expect(await dialog().getByLabel("State").inputValue()).toBe("shadow");
    expect(await violations(page)).toEqual([]);
    await dialog().getByLabel("Reason (optional)").fill("First try");
    await dialog().getByRole("button", { name: "Save" }).click();
    await eventually(notice).toBe("The rule was saved, and the rules were reloaded. New one");
    await page.locator(".notice a").click();
    await eventually(facts).toContain("shadow");
    expect(await page.locator(".rule-head").textContent()).toContain("<b>Writes</b>");
    await open("/rules?state=shadow");
    await eventually(() => row("New one").textContent()).toContain("shadow: 0 matches");
    expect(await row(RULE).count()).toBe(0);

    await openRule("New one");
    await panel().getByRole("button", { name: "Change…" }).click();
    await dialog().getByLabel("State").selectOption("enabled");
    await dialog().getByRole("button", { name: "Save" }).click();
    await eventually(facts).toContain("enabled");
  });

  it("are edited in the playground, with the changed lines and those of earlier versions", async () => {
    await open(`/playground?rule=${encodeURIComponent("New one")}`);
    await eventually(() => page.locator(".cm-content").textContent()).toContain("New one");
    await write(NEW.replace("evt.type = write", "evt.type = read"));
    await page.getByRole("button", { name: "Save rule…" }).click();
    await eventually(() => dialog().locator("del").allTextContents()).toEqual(["-   condition: evt.type = write\n"]);
    expect(await dialog().locator("ins").allTextContents()).toEqual(["+   condition: evt.type = read\n"]);
    expect(await dialog().getByLabel("State").inputValue()).toBe("enabled");
    expect(await violations(page)).toEqual([]);
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.locator(".notice a").click();
    await panel().getByText("History").click();
    await eventually(() => panel().locator("li").count()).toBe(3);
    expect(await panel().locator("li").first().locator("ins").textContent()).toContain("evt.type = read");
    expect(await panel().locator("li").nth(1).textContent()).toContain("state enabled");
    expect(await violations(page)).toEqual([]);
  });

  it("are edited as files of their own, without a draft that is left", async () => {
    await open(`/playground?file=${encodeURIComponent("page/New one")}`);
    await eventually(() => page.locator(".cm-content").textContent()).toContain("evt.type = read");
    await write(NEW.replace("evt.type = write", "evt.type = writev"));
    await page.getByRole("button", { name: "Save rule…" }).click();
    await dialog().getByRole("button", { name: "Save" }).click();
    await eventually(facts).toContain("enabled");
    await open("/playground");
    await page.getByRole("combobox", { name: "Rule file" }).selectOption("page/New one");
    await eventually(() => page.locator(".cm-content").textContent()).toContain("evt.type = writev");
    expect(await page.getByRole("button", { name: "Discard changes" }).isDisabled()).toBe(true);
    await page.getByRole("combobox", { name: "Rule file" }).selectOption("playground.yaml");
  });

  it("cannot be saved while they are invalid, and a rejected change is shown with the reason", async () => {
    await open("/playground");
    await write(NEW.replace("evt.type = write", "unknown_macro"));
    await page.getByText("Unknown macro").first().waitFor();
    expect(await page.getByRole("button", { name: "Save rule…" }).count()).toBe(0);
    await write(`${NEW}\n- macro: m\n  condition: evt.type = read\n`);
    await page.getByRole("button", { name: "Save rule…" }).click();
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("The text must contain exactly one rule").waitFor();
    await page.keyboard.press("Escape");
  });

  it("have drafts that survive a reload of the page", async () => {
    await open("/playground");
    await write("# a draft");
    await page.reload();
    await eventually(() => page.locator(".cm-content").textContent()).toBe("# a draft");
    await page.getByRole("button", { name: "Discard changes" }).click();
    await page.reload();
    await eventually(() => page.locator(".cm-content").textContent()).toContain("Shadow file read");
  });

  it("are removed", async () => {
    await openRule("New one");
    await panel().getByRole("button", { name: "Remove rule" }).click();
    await page.getByText("New one", { exact: true }).first().waitFor();
    await eventually(() => JSON.parse(readFileSync(file(), "utf8")).rules).toEqual([]);
    await row(RULE).waitFor();
    expect(await row("New one").count()).toBe(0);
  });

  it("are restored after their removal", async () => {
    await page.getByText("1 rule removed in the web UI").click();
    await page.getByRole("link", { name: "New one" }).click();
    await page.getByText("Rule not found.").waitFor();
    expect(await violations(page)).toEqual([]);
    await panel().getByRole("button", { name: "Revert last change" }).click();
    await eventually(facts).toContain("enabled");
  });

  it("that an update broke are listed with the reason", async () => {
    await openRule("New one");
    await page.getByRole("link", { name: "Edit in playground" }).click();
    await page.getByText(/^Valid: 1 rule/).waitFor();
    await write(NEW.replace("evt.type = write", "written"));
    await page.getByRole("button", { name: "Save rule…" }).click();
    await dialog().getByRole("button", { name: "Save" }).click();
    await page.locator(".notice a").waitFor();
    writeFileSync(join(folder, "rules.yaml"), rules.replace(MACRO, ""));
    await eventually(() => served.output()).toContain("A rule from the web UI is not loaded: page/New one");
    await open("/rules");
    await page.getByText("1 rule from the web UI not loaded").waitFor();
    await page.getByText(/A rule from the web UI is not loaded: page.New one:3:\d+: Unknown macro "written"/).waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it("are not changed by viewers", async () => {
    const other = await (await browser.newContext()).newPage();
    await signIn(other, served, "viewer", "/rules/Quiet");
    await other.getByRole("region", { name: "Changes made in the web UI" }).getByText("History").waitFor();
    expect(await other.getByRole("button", { name: "Change…" }).count()).toBe(0);
    await other.close();
  });

  it("report no errors and send no request to other hosts", () => {
    expect(problems.errors.filter((text) => !/422|404/.test(text))).toEqual([]);
    expect(problems.foreignRequests).toEqual([]);
  });
});

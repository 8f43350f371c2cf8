// The views of which test/page/screenshots.ts takes screenshots.
import type { Page } from "playwright-core";
import type { servers } from "./screenshot-servers.ts";

/** A screenshot of a view. */
export interface View {
  readonly name: string;
  readonly server: keyof typeof servers;
  readonly path: string;
  /** Prepares the view. */
  readonly ready: (page: Page) => Promise<void>;
}

/** An image of docs/images/. */
export interface Image extends View {
  readonly theme: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
  /** Title of the panel to show; undefined: the whole view. */
  readonly panel?: string;
}

const visible = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();
const query = (condition: string): string => `/alerts?since=ever&query=${encodeURIComponent(condition)}`;

async function openFirst(page: Page): Promise<void> {
  await page.locator(".cell-rule a").first().click();
  await page.locator(".of-alert").waitFor();
}

/** Opens the incident graph of the first alert. */
async function openGraph(page: Page): Promise<void> {
  await openFirst(page);
  await page.locator(".alert-head").getByRole("link", { name: "Incident graph" }).click();
  await page.getByRole("treeitem").first().waitFor();
}

/** Adds the first alert to a new case, and opens the case. */
async function openCase(page: Page): Promise<void> {
  await openFirst(page);
  await page.getByRole("button", { name: "Add to case…" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Credentials read in shop");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Added to case" }).click();
  await page.locator(".one-case tbody tr").first().waitFor();
}

async function openMachine(page: Page): Promise<void> {
  await page.getByRole("link", { name: "node-03", exact: true }).click();
  await page.getByText("Last 24 hours").waitFor();
}

async function openException(page: Page): Promise<void> {
  await openFirst(page);
  await page.getByRole("button", { name: "Create exception" }).click();
  await page.getByText(/^Excludes/).waitFor();
}

/** Shows the usual path of the exceptions file, and waits until the alerts of the exceptions are counted. */
async function countedExceptions(page: Page): Promise<void> {
  await page.route("**/api/v1/exceptions", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), file: "/var/lib/eyas/exceptions.yaml" } });
  });
  await page.reload();
  await page.locator(".exceptions tbody tr").first().waitFor();
  await page.locator(".exceptions").getByText("…", { exact: true }).first().waitFor({ state: "detached" });
}

const openExceptionDialog = (name: string) => async (page: Page) => {
  await page
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .first()
    .click();
  await page.getByRole("dialog").waitFor();
};

/** Clicks a button after the alerts have been loaded. */
const press = (name: string, shown: string) => async (page: Page) => {
  await page.locator(".cell-rule a").first().waitFor();
  await page.getByRole("button", { name, exact: true }).first().click();
  await page.locator(shown).first().waitFor();
};

async function runPlayground(page: Page): Promise<void> {
  await page.getByText(/^Valid: 1 rule/).waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page
    .getByRole("button", { name: /^Explain event/ })
    .first()
    .click();
  await page.locator(".condition-tree").waitFor();
}

const OWN_RULE = `/rules/${encodeURIComponent("Build tool started in container")}`;

async function openVersions(page: Page): Promise<void> {
  await page.getByText("History").click();
  await page.locator(".line-diff").first().waitFor();
}

async function openRuleChange(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Change…" }).click();
  await page.getByRole("dialog").waitFor();
}

async function saveRule(page: Page): Promise<void> {
  await page.getByText(/^Valid: 1 rule/).waitFor();
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("# Compilers and build tools\n");
  await page.getByRole("button", { name: "Save rule…" }).click();
  await page.locator(".line-diff").first().waitFor();
}

async function selectTechnique(page: Page): Promise<void> {
  await page.locator(".technique.fired", { hasText: "Network Sniffing" }).first().click();
  await page.locator(".selected-technique").waitFor();
}

const COLUMNS = "time,priority,rule,output,workload,state,proc.cmdline,user.name";
const NETCAT = query('rule = "Netcat or socat shell started in container"');
const SHADOW = query("proc.cmdline = 'cat /etc/shadow'");
const PLAYGROUND = `/playground?rule=${encodeURIComponent("Credential file read by unexpected program")}`;

export const images: readonly Image[] = [
  { name: "overview", server: "agent", path: "/", theme: "light", height: 960, ready: visible(".answer-list li") },
  {
    name: "alerts",
    server: "sample",
    path: "/alerts?since=ever",
    theme: "dark",
    height: 600,
    ready: visible(".cell-rule a"),
  },
  { name: "alert", server: "sample", path: NETCAT, theme: "light", height: 780, ready: openFirst },
  {
    name: "explanation",
    server: "sensor",
    path: `/alerts?query=${encodeURIComponent("proc.cmdline = 'cat /etc/shadow'")}`,
    theme: "light",
    panel: "Explanation",
    async ready(page) {
      await openFirst(page);
      const macros = page.locator(".condition-tree details:not([open]) > summary");
      await macros.first().waitFor();
      await macros.nth(1).click();
    },
  },
  { name: "exception", server: "sample", path: SHADOW, theme: "light", panel: "Exception", ready: openException },
  { name: "incident", server: "sample", path: NETCAT, theme: "light", width: 1440, height: 800, ready: openGraph },
  {
    name: "rules",
    server: "sensor",
    path: "/rules?state=fired&order=priority",
    theme: "light",
    ready: visible(".rules tbody tr"),
  },
  { name: "exceptions", server: "agent", path: "/exceptions", theme: "light", height: 280, ready: countedExceptions },
  { name: "playground", server: "sample", path: PLAYGROUND, theme: "light", height: 1080, ready: runPlayground },
  {
    name: "coverage",
    server: "sample",
    path: "/coverage?since=ever",
    theme: "dark",
    height: 570,
    ready: selectTechnique,
  },
  { name: "outputs", server: "agent", path: "/outputs/http", theme: "light", ready: visible(".dead-letters tbody tr") },
];

/** Every view, with its dialogs. */
export const views: readonly View[] = [
  { name: "overview", server: "agent", path: "/", ready: visible(".answer-list li") },
  { name: "overview-stored", server: "sample", path: "/?since=ever", ready: visible(".by-field tbody tr") },
  { name: "overview-priority", server: "agent", path: "/?chart=priority&since=7d", ready: visible(".priority-charts") },
  { name: "overview-week", server: "agent", path: "/?chart=week&since=7d", ready: visible(".week-map table") },
  { name: "first-steps", server: "empty", path: "/", ready: visible(".first-steps") },
  { name: "first-steps-alerts", server: "empty", path: "/alerts", ready: visible(".first-steps") },
  { name: "alerts", server: "agent", path: "/alerts", ready: visible(".cell-rule a") },
  { name: "alerts-selected", server: "agent", path: "/alerts", ready: press("Select all", ".row[aria-selected=true]") },
  { name: "alerts-preview", server: "agent", path: "/alerts", ready: press("Preview", ".peek dl") },
  { name: "alerts-facets", server: "agent", path: "/alerts", ready: press("Facets", ".facets li") },
  {
    name: "alerts-columns",
    server: "agent",
    path: `/alerts?columns=${COLUMNS}`,
    ready: visible(".cell-rule a"),
  },
  { name: "columns", server: "agent", path: "/alerts", ready: press("Columns", "dialog[open]") },
  { name: "saved-views", server: "agent", path: "/alerts", ready: press("Views", "dialog[open]") },
  { name: "groups", server: "agent", path: "/alerts?view=groups", ready: visible(".groups tbody tr") },
  {
    name: "group",
    server: "agent",
    path: "/alerts?view=groups",
    async ready(page) {
      await page.locator(".groups tbody th a").first().click();
      await page.locator(".latest-alerts li").first().waitFor();
    },
  },
  { name: "alert", server: "sample", path: NETCAT, ready: openFirst },
  { name: "exception", server: "sample", path: SHADOW, ready: openException },
  { name: "incident", server: "sample", path: NETCAT, ready: openGraph },
  {
    name: "incident-table",
    server: "sample",
    path: NETCAT,
    async ready(page) {
      await openGraph(page);
      await page.getByText("Show as table").click();
    },
  },
  {
    name: "close",
    server: "sample",
    path: NETCAT,
    async ready(page) {
      await openFirst(page);
      await page.getByRole("button", { name: "Close…" }).click();
    },
  },
  { name: "cases-empty", server: "sample", path: "/cases", ready: visible("main .empty") },
  { name: "case", server: "agent", path: "/alerts", ready: openCase },
  { name: "cases", server: "agent", path: "/cases", ready: visible("main tbody tr") },
  { name: "network", server: "sample", path: "/network?since=ever", ready: visible("main table tbody tr") },
  { name: "rules", server: "sample", path: "/rules?since=ever", ready: visible(".rules tbody tr") },
  {
    name: "rule",
    server: "sample",
    path: `/rules/${encodeURIComponent("Credential file read by unexpected program")}`,
    ready: visible(".condition-text"),
  },
  { name: "rule-changes", server: "agent", path: OWN_RULE, ready: openVersions },
  { name: "rule-change", server: "agent", path: OWN_RULE, ready: openRuleChange },
  {
    name: "rule-save",
    server: "agent",
    path: "/playground?rule=Build%20tool%20started%20in%20container",
    ready: saveRule,
  },
  { name: "exceptions", server: "agent", path: "/exceptions", ready: countedExceptions },
  { name: "exception-edit", server: "agent", path: "/exceptions", ready: openExceptionDialog("Edit") },
  { name: "exception-expiry", server: "agent", path: "/exceptions", ready: openExceptionDialog("Change expiry") },
  { name: "exception-remove", server: "agent", path: "/exceptions", ready: openExceptionDialog("Remove") },
  { name: "playground", server: "sample", path: PLAYGROUND, ready: runPlayground },
  { name: "coverage", server: "sample", path: "/coverage?since=ever", ready: selectTechnique },
  { name: "responses", server: "agent", path: "/responses", ready: visible("main h1") },
  { name: "outputs", server: "agent", path: "/outputs", ready: visible(".outputs tbody tr") },
  { name: "output", server: "agent", path: "/outputs/http", ready: visible(".dead-letters tbody tr") },
  { name: "machines", server: "fleet", path: "/machines", ready: visible(".machine-list tbody tr") },
  { name: "machine", server: "fleet", path: "/machines", ready: openMachine },
  { name: "machines-journal", server: "agent", path: "/machines", ready: visible(".machine-list tbody tr") },
  { name: "posture", server: "sample", path: "/posture", ready: visible("main .absent") },
  { name: "users", server: "agent", path: "/users", ready: visible("main tbody tr") },
  {
    name: "users-add",
    server: "agent",
    path: "/users",
    async ready(page) {
      await page.getByRole("button", { name: "Add user…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "audit", server: "agent", path: "/audit", ready: visible("main tbody tr") },
  {
    name: "notifications",
    server: "agent",
    path: "/",
    async ready(page) {
      await page.getByRole("button", { name: /^Notifications/ }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "shortcuts",
    server: "agent",
    path: "/alerts",
    async ready(page) {
      await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "sign-in-again",
    server: "agent",
    path: "/rules",
    async ready(page) {
      await page.context().clearCookies();
      await page.keyboard.press("g"); // another view sends a request
      await page.keyboard.press("o");
      await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
    },
  },
  { name: "unknown", server: "agent", path: "/no/such/page", ready: visible("main h1") },
];

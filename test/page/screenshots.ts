// Takes the screenshots of docs/images/: screenshots marked as live show a sensor on this host during the drill, and
// the others show alerts of the sample capture. Run by hand as root: `node test/page/screenshots.ts [name …]`. Check
// the images before they are committed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { home, pause, runDrill } from "../live/sensor.ts";
import { openBrowser, type Served, serveSample, serveSensor, signIn } from "./page.fixture.ts";

interface Screenshot {
  readonly name: string;
  readonly path: string;
  readonly theme: "light" | "dark";
  readonly height?: number;
  /** Whether the screenshot shows a live sensor. */
  readonly live?: true;
  /** Title of the panel to show; undefined: the whole view. */
  readonly panel?: string;
  /** Prepares the view. */
  readonly ready: (page: Page) => Promise<void>;
}

const visible = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();

async function openFirst(page: Page): Promise<void> {
  await page.locator(".cell-rule a").first().click();
  await page.locator(".of-alert").waitFor();
}

const screenshots: readonly Screenshot[] = [
  { name: "overview", path: "/", theme: "light", height: 900, live: true, ready: visible(".status-panels tbody tr") },
  { name: "alerts", path: "/alerts?since=ever", theme: "dark", ready: visible(".cell-rule a") },
  {
    name: "alert",
    path: `/alerts?since=ever&query=${encodeURIComponent('rule = "Netcat or socat shell started in container"')}`,
    theme: "light",
    height: 980,
    ready: openFirst,
  },
  {
    name: "explanation",
    path: `/alerts?query=${encodeURIComponent("proc.cmdline = 'cat /etc/shadow'")}`,
    theme: "light",
    live: true,
    panel: "Explanation",
    async ready(page) {
      await openFirst(page);
      const macros = page.locator(".condition-tree details:not([open]) > summary");
      await macros.first().waitFor();
      await macros.nth(1).click();
    },
  },
  {
    name: "exception",
    path: `/alerts?since=ever&query=${encodeURIComponent("proc.cmdline = 'cat /etc/shadow'")}`,
    theme: "light",
    panel: "Exception",
    async ready(page) {
      await openFirst(page);
      await page.getByRole("button", { name: "Create exception" }).click();
      await page.getByText(/^Excludes/).waitFor();
    },
  },
  {
    name: "rules",
    path: "/rules?state=fired&order=priority",
    theme: "light",
    live: true,
    ready: visible(".rules tbody tr"),
  },
  {
    name: "playground",
    path: `/playground?rule=${encodeURIComponent("Credential file read by unexpected program")}`,
    theme: "light",
    height: 1080,
    async ready(page) {
      await page.getByText(/^Valid: 1 rule/).waitFor();
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page
        .getByRole("button", { name: /^Explain event/ })
        .first()
        .click();
      await page.locator(".condition-tree").waitFor();
    },
  },
  {
    name: "coverage",
    path: "/coverage?since=ever",
    theme: "dark",
    async ready(page) {
      await page.locator(".technique.fired", { hasText: "Network Sniffing" }).first().click();
      await page.locator(".selected-technique").waitFor();
    },
  },
];

const WIDTH = 1280;
const HEIGHT = 860;
/** Time for views to settle, in milliseconds. */
const SETTLE_TIME = 3000;

/** Number of drill rounds that the overview shows, and the interval between them in milliseconds. */
const ROUNDS = 8;
const ROUND_INTERVAL = 9000;
/** Each round runs a different selection of actions, so that the values in the chart vary. */
const ACTIONS = SYSCALL_ACTIONS.map(({ name }) => name);

async function serveDrill(): Promise<Served> {
  // Keeps the name of this host out of the screenshots.
  process.env.FALCO_HOSTNAME = "node-1";
  const served = await serveSensor("");
  for (let round = 0; round < ROUNDS; round++) {
    await pause(ROUND_INTERVAL);
    await runDrill("--only", ...ACTIONS.filter((_, i) => i % (1 + (round % 4)) === 0));
  }
  return served;
}

async function take(served: Served, screenshots: readonly Screenshot[]): Promise<void> {
  const folder = join(home, "docs/images");
  mkdirSync(folder, { recursive: true });
  const browser = await openBrowser();
  try {
    for (const { name, path, theme, height = HEIGHT, panel, ready } of screenshots) {
      const viewport = { width: WIDTH, height };
      const page = await (await browser.newContext({ viewport, colorScheme: theme })).newPage();
      await signIn(page, served, "admin");
      await page.goto(served.url + path);
      await ready(page);
      await page.mouse.move(0, 0);
      await page.waitForTimeout(SETTLE_TIME);
      const target = panel === undefined ? page : page.getByRole("region", { name: panel });
      await target.screenshot({ path: join(folder, `${name}.png`) });
      await page.context().close();
    }
  } finally {
    await browser.close();
    await served.stop();
  }
}

if (import.meta.main) {
  const selected = screenshots.filter(({ name }) => process.argv.length <= 2 || process.argv.includes(name));
  const live = selected.filter((screenshot) => screenshot.live);
  const recorded = selected.filter((screenshot) => !screenshot.live);
  if (recorded.length > 0) await take(await serveSample(), recorded);
  if (live.length > 0) await take(await serveDrill(), live);
}

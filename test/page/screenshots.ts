// Takes the pictures of docs/images/ anew, of the real page in a real browser: the overview of a sensor that watches this
// machine while the drill runs on it, the others over the alerts of the recording that comes with the program. By hand, as
// root: `node test/page/screenshots.ts [name …]`; look at them before they are committed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { DRILL_ACTIONS } from "../../src/drill/actions.ts";
import { home, pause, runDrill } from "../live/sensor.ts";
import { openBrowser, type Served, serveSample, serveSensor, signIn } from "./page.fixture.ts";

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly theme: "light" | "dark";
  readonly height?: number;
  /** Taken of a live sensor. */
  readonly live?: true;
  /** The title of the panel that it is of; absent: the whole view. */
  readonly panel?: string;
  /** Brings the view to where it is taken. */
  readonly ready: (page: Page) => Promise<void>;
}

const seen = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();

async function openFirst(page: Page): Promise<void> {
  await page.locator(".cell-rule a").first().click();
  await page.locator(".of-alert").waitFor();
}

const pictures: readonly Picture[] = [
  { name: "overview", path: "/", theme: "light", height: 900, live: true, ready: seen(".machinery tbody tr") },
  { name: "alerts", path: "/alerts?since=ever", theme: "dark", ready: seen(".cell-rule a") },
  {
    name: "alert",
    path: `/alerts?since=ever&query=${encodeURIComponent('rule = "Netcat or socat shell started in container"')}`,
    theme: "light",
    height: 980,
    ready: openFirst,
  },
  {
    name: "why",
    path: `/alerts?query=${encodeURIComponent("proc.cmdline = 'cat /etc/shadow'")}`,
    theme: "light",
    live: true,
    panel: "Why it fired",
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
      await page.getByRole("button", { name: "Make an exception" }).click();
      await page.getByText("It would have hidden").waitFor();
    },
  },
  { name: "rules", path: "/rules?state=fired&order=priority", theme: "light", ready: seen(".rules tbody tr") },
  {
    name: "playground",
    path: `/playground?rule=${encodeURIComponent("Credential file read by unexpected program")}`,
    theme: "light",
    height: 1080,
    async ready(page) {
      await page.getByText(/^Valid: 1 rule/).waitFor();
      await page.getByRole("button", { name: "Run" }).click();
      await page
        .getByRole("button", { name: /^Explain event/ })
        .first()
        .click();
      await page.locator(".condition-tree").waitFor();
    },
  },
  {
    name: "coverage",
    path: "/coverage",
    theme: "dark",
    async ready(page) {
      await page.locator(".technique.fired", { hasText: "Network Sniffing" }).first().click();
      await page.locator(".chosen-technique").waitFor();
    },
  },
];

const WIDTH = 1280;
const HEIGHT = 860;
/** For views and their figures to come to rest. */
const REST = 3000;

/** Rounds of the drill that the overview shows, and the milliseconds between them. */
const ROUNDS = 8;
const BETWEEN = 9000;
/** What is done in a round: each time a few others, so that the chart has a shape. */
const ACTIONS = DRILL_ACTIONS.map(({ name }) => name);

async function drilled(): Promise<Served> {
  // The picture is not to name the machine it was taken on.
  process.env.FALCO_HOSTNAME = "node-1";
  const served = await serveSensor("");
  for (let round = 0; round < ROUNDS; round++) {
    await pause(BETWEEN);
    await runDrill("--only", ...ACTIONS.filter((_, i) => i % (1 + (round % 4)) === 0));
  }
  return served;
}

async function take(served: Served, taken: readonly Picture[]): Promise<void> {
  const folder = join(home, "docs/images");
  mkdirSync(folder, { recursive: true });
  const browser = await openBrowser();
  try {
    for (const { name, path, theme, height = HEIGHT, panel, ready } of taken) {
      const viewport = { width: WIDTH, height };
      const page = await (await browser.newContext({ viewport, colorScheme: theme })).newPage();
      await signIn(page, served, "admin");
      await page.goto(served.url + path);
      await ready(page);
      await page.mouse.move(0, 0);
      await page.waitForTimeout(REST);
      const whole = panel === undefined ? page : page.getByRole("region", { name: panel });
      await whole.screenshot({ path: join(folder, `${name}.png`) });
      await page.context().close();
    }
  } finally {
    await browser.close();
    await served.stop();
  }
}

if (import.meta.main) {
  const wanted = pictures.filter(({ name }) => process.argv.length <= 2 || process.argv.includes(name));
  const live = wanted.filter((picture) => picture.live);
  const recorded = wanted.filter((picture) => !picture.live);
  if (recorded.length > 0) await take(await serveSample(), recorded);
  if (live.length > 0) await take(await drilled(), live);
}

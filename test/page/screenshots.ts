// Takes the pictures of docs/images/ anew: the real page over the alerts of the recording that comes with the program, in
// a real browser. By hand: `node test/page/screenshots.ts`; look at them before they are committed.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { home } from "../live/sensor.ts";
import { openBrowser, serveSample, signIn } from "./page.fixture.ts";

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly theme: "light" | "dark";
  readonly height?: number;
  /** Brings the view to where it is taken. */
  readonly ready: (page: Page) => Promise<void>;
}

const seen = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();

const pictures: readonly Picture[] = [
  { name: "overview", path: "/?since=ever", theme: "light", ready: seen(".by-field tbody tr") },
  { name: "alerts", path: "/alerts?since=ever", theme: "dark", ready: seen(".cell-rule a") },
  { name: "rules", path: "/rules?state=fired&order=priority", theme: "light", ready: seen(".rules tbody tr") },
  {
    name: "playground",
    path: `/playground?rule=${encodeURIComponent("Credential file read by an unexpected program")}`,
    theme: "light",
    height: 1080,
    async ready(page) {
      await page.getByText(/^Sound: 1 rule/).waitFor();
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
const REST = 800;

if (import.meta.main) {
  const folder = join(home, "docs/images");
  mkdirSync(folder, { recursive: true });
  const served = await serveSample();
  const browser = await openBrowser();
  try {
    for (const { name, path, theme, height = HEIGHT, ready } of pictures) {
      const viewport = { width: WIDTH, height };
      const page = await (await browser.newContext({ viewport, colorScheme: theme })).newPage();
      await signIn(page, served, "admin");
      await page.goto(served.url + path);
      await ready(page);
      await page.mouse.move(0, 0);
      await page.waitForTimeout(REST);
      await page.screenshot({ path: join(folder, `${name}.png`) });
      await page.context().close();
    }
  } finally {
    await browser.close();
    await served.stop();
  }
}

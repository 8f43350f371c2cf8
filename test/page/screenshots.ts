// Takes screenshots of the page. Check them before they are committed.
//   node test/page/screenshots.ts [NAME …]               the images of docs/images/; those of a sensor require root
//   node test/page/screenshots.ts --all DIRECTORY [NAME …]  every view at three widths, in both themes; fails if a view
//                                                        is too wide or violates WCAG
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { home } from "../live/sensor.ts";
import { openBrowser, type Served, signIn, violations } from "./page.fixture.ts";
import { servers } from "./screenshot-servers.ts";
import { type Image, images, type View, views } from "./screenshot-views.ts";

const WIDTH = 1280;
const HEIGHT = 860;
/** Time for views to settle, in milliseconds. */
const SETTLE_TIME = 3000;
const SETTLE_TIME_ALL = 700;
/** Maximum size of an image in bytes. */
const MAX_SIZE = 200_000;

const widths = [1440, 1024, 390];
const themes = ["light", "dark"] as const;

/** Groups views by server, and calls `take` for each group with its server running. */
async function withServers<T extends View>(
  all: readonly T[],
  take: (served: Served, views: readonly T[], browser: Browser) => Promise<void>,
): Promise<void> {
  const browser = await openBrowser();
  try {
    for (const [name, own] of Map.groupBy(all, ({ server }) => server)) {
      const served = await servers[name]();
      try {
        await take(served, own, browser);
      } finally {
        await served.stop();
      }
    }
  } finally {
    await browser.close();
  }
}

async function openView(page: Page, served: Served, { path, ready }: View): Promise<void> {
  await signIn(page, served, "admin");
  await page.goto(served.url + path);
  await ready(page);
  await page.mouse.move(0, 0);
}

async function takeImages(served: Served, own: readonly Image[], browser: Browser): Promise<void> {
  const folder = join(home, "docs/images");
  mkdirSync(folder, { recursive: true });
  for (const image of own) {
    const viewport = { width: image.width ?? WIDTH, height: image.height ?? HEIGHT };
    const page = await (await browser.newContext({ viewport, colorScheme: image.theme })).newPage();
    await openView(page, served, image);
    await page.waitForTimeout(SETTLE_TIME);
    const target = image.panel === undefined ? page : page.getByRole("region", { name: image.panel });
    const path = join(folder, `${image.name}.png`);
    await target.screenshot({ path });
    const { size } = statSync(path);
    if (size > MAX_SIZE) console.error(`${path} has ${size} bytes, more than ${MAX_SIZE}.`);
    await page.context().close();
  }
}

/** Takes screenshots of whole pages, and reports those that can be scrolled horizontally or violate WCAG. */
function takeAll(folder: string) {
  return async (served: Served, own: readonly View[], browser: Browser): Promise<void> => {
    for (const view of own) {
      for (const width of widths) {
        const viewport = { width, height: width < 500 ? 844 : 900 };
        const page = await (await browser.newContext({ viewport })).newPage();
        await openView(page, served, view);
        for (const colorScheme of themes) {
          await page.emulateMedia({ colorScheme });
          await page.waitForTimeout(SETTLE_TIME_ALL);
          const name = `${view.name}-${width}-${colorScheme}`;
          await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
          for (const violation of await violations(page)) report(`${name}: ${violation}`);
        }
        const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
        if (wide > width) report(`${view.name} is ${wide} pixels wide on a screen of ${width} pixels.`);
        await page.context().close();
      }
    }
  };
}

function report(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}

if (import.meta.main) {
  const [first, folder, ...more] = process.argv.slice(2);
  const isAll = first === "--all";
  const names = isAll ? more : process.argv.slice(2);
  const isSelected = ({ name }: View): boolean => names.length === 0 || names.includes(name);
  if (isAll) {
    if (folder === undefined) throw new Error("Specify the directory for the screenshots.");
    mkdirSync(folder, { recursive: true });
    await withServers(views.filter(isSelected), takeAll(folder));
  } else await withServers(images.filter(isSelected), takeImages);
}

import { type Browser, chromium, type Page } from "playwright-core";
import { browserPath } from "../../test/parts/programs.ts";

/** Round-trip time in milliseconds and throughput in bytes per second of a slow mobile network ("Slow 3G"). */
const SLOW = { latency: 400, throughput: 50_000 };

/** Views, an element with their first data, and the target for its appearance in milliseconds. */
const VIEWS = [
  { title: "Overview", path: "/", data: ".answers tbody td", wanted: 3000 },
  { title: "Alerts", path: "/alerts", data: "[role=row] a", wanted: 5000 },
];

/** Pause between requests, in milliseconds, after which a view has loaded. */
const IDLE = 1500;

/** When a view showed its first data and had loaded, in milliseconds after the start of the navigation. */
interface Loading {
  readonly title: string;
  readonly wanted: number;
  readonly data: number;
  readonly complete: number;
  /** Bytes of the bodies of all responses, compressed. */
  readonly bytes: number;
  readonly requests: number;
}

/**
 * Measures how long views of the page at `url` take to load over a slow network, with an empty cache.
 * @returns undefined if there is no browser
 */
export async function loadSlowly(url: string, token: string): Promise<Loading[] | undefined> {
  const executablePath = browserPath();
  if (executablePath === undefined) return undefined;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const measured: Loading[] = [];
    for (const view of VIEWS) measured.push({ ...view, ...(await load(browser, url, token, view)) });
    return measured;
  } finally {
    await browser.close();
  }
}

async function load(browser: Browser, url: string, token: string, view: (typeof VIEWS)[number]) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${url}/rules#token=${token}`);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  await page.goto("about:blank");
  await slowDown(page);
  let [bytes, requests, last] = [0, 0, 0];
  const began = performance.now();
  page.on("requestfinished", async (request) => {
    requests++;
    last = performance.now() - began;
    bytes += (await request.sizes().catch(() => undefined))?.responseBodySize ?? 0;
  });
  await page.goto(url + view.path, { waitUntil: "commit" });
  // A locator waits up to half a second between two attempts.
  const isShown = `document.querySelector(${JSON.stringify(view.data)})?.offsetParent != null`;
  while (!(await page.evaluate(isShown))) await page.waitForTimeout(10);
  const data = performance.now() - began;
  while (performance.now() - began - last < IDLE) await page.waitForTimeout(100);
  await context.close();
  return { data, complete: Math.max(data, last), bytes, requests };
}

async function slowDown(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  const { latency, throughput } = SLOW;
  const speed = { latency, downloadThroughput: throughput, uploadThroughput: throughput };
  await devtools.send("Network.emulateNetworkConditions", { offline: false, ...speed });
}

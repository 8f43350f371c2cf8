import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LineageProcess } from "../../src/alert/background.ts";
import type { Entry } from "../../src/alert/entry.ts";
import { entry } from "../../src/journal/alerts.fixture.ts";
import { needs } from "../parts/needs.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveAlerts,
  signIn,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

const SECOND = 1_000_000_000n;
const start = BigInt(Date.now()) * 1_000_000n - 3600n * SECOND;
/** A name that an attacker might choose. */
const HOSTILE = '</text><script>alert(1)</script>\u202e"><img src=x>';
const SUBJECT = "Dropped program executed";

function process(pid: number, name: string): LineageProcess {
  const began = start + BigInt(pid) * SECOND;
  return { pid, began, name, cmdline: `${name} --x`, exepath: `/usr/bin/${name}`, account: "root" };
}

const above = [process(12, "sshd"), process(1, "systemd")];
const shell = process(20, "sh");
let count = 0;
/** An alert of a process, in the container `web` unless the fields say otherwise. */
function alertOf(
  milliseconds: number,
  rule: string,
  lineage: readonly LineageProcess[],
  changes: Partial<Entry> = {},
  fields: Readonly<Record<string, unknown>> = {},
): Entry {
  const [own] = lineage;
  return entry(
    ++count,
    { rule, time: start + BigInt(milliseconds) * 1_000_000n, ...(own && { background: { lineage } }), ...changes },
    {
      ...{ "proc.name": own?.name ?? null, "proc.pid": own?.pid ?? null },
      ...{ "container.id": "0123456789ab", "container.name": "web", ...fields },
    },
  );
}

/** Number of short-lived programs, each with an alert, which do not all have a lane. */
const PROGRAMS = 25;
const READS = 30;
const alerts: readonly Entry[] = [
  alertOf(70_000, "Download by shell", [process(60, "curl"), shell, ...above]),
  alertOf(100_000, SUBJECT, [shell, ...above], { priority: "Critical" }),
  ...Array.from({ length: READS }, (_, i) =>
    alertOf(140_000 + i * 10, "Credential file read", [process(125, "cat"), shell, ...above], { priority: "Error" }),
  ),
  ...[190_000, 191_000].map((at) => alertOf(at, HOSTILE, [process(150, HOSTILE), shell, ...above])),
  alertOf(230_000, "Signature matched", [], { source: "suricata", priority: "Notice" }),
  ...Array.from({ length: PROGRAMS }, (_, i) =>
    alertOf(250_000 + i * 2000, "Program started", [process(240 + i, `job-${i}`), shell, ...above]),
  ),
  alertOf(
    320_000,
    "Outbound connection",
    [process(300, "nc"), shell, ...above],
    {},
    { "container.id": "host", "container.name": "host" },
  ),
];
const TOTAL = alerts.length;

describe("the lanes of the timeline", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;

  beforeAll(async () => {
    served = await serveAlerts(alerts);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "viewer");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  const timeline = () => page.getByRole("region", { name: "Timeline" });
  const tree = () => page.getByRole("region", { name: "Process tree" });
  const lanes = () => timeline().getByRole("list", { name: /^Lanes by/ });
  const lane = (text: string) => lanes().getByRole("listitem").filter({ hasText: text });
  const brush = () => timeline().getByRole("slider", { name: /^Time axis of the related alerts/ });
  const status = () => timeline().getByRole("status").textContent();
  const listed = () => timeline().locator(".timeline > li").count();
  const focused = () => page.evaluate<string | null>("document.activeElement.getAttribute('aria-label')");
  const during = () => new URL(page.url()).searchParams.get("during");
  const rule = () => page.locator(".alert-head h1").textContent();

  async function openAlert(): Promise<void> {
    await page.goto(`${served.url}/alerts?since=ever&query=priority+%3D+critical`);
    await page.locator(".cell-rule a").first().click();
    await brush().waitFor();
  }
  /** Drags on the time axis between two shares of its width. */
  async function drag(from: number, to: number): Promise<void> {
    await brush().scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await brush().boundingBox())!;
    await page.mouse.move(x + width * from, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * to, y + height / 2, { steps: 3 });
    await page.mouse.up();
  }

  it("show one lane per process, with at most 20 lanes, and the number of the others", async () => {
    await openAlert();
    await eventually(() => lanes().getByRole("listitem").count()).toBe(20);
    expect(await lane("sh20").count()).toBe(1);
    expect(await lane("cat125").textContent()).toContain(`${READS} alerts`);
    expect(await lane("No process").count()).toBe(1);
    // Of 31 lanes, 19 are shown, those with several alerts among them.
    expect(await lanes().getByRole("listitem").last().textContent()).toMatch(/^12 other processes×1212 alerts/);
    expect(await status()).toContain(`${TOTAL} alerts`);
    expect(await listed()).toBe(TOTAL);
  });

  it("show hostile names as text", async () => {
    await openAlert();
    const hostile = lane("</text><script>alert(1)</script>\\u202e");
    await eventually(() => hostile.count()).toBe(1);
    const mark = hostile.getByRole("button", { name: /^2 alerts.*<script>alert\(1\)<\/script>\\u202e/ });
    await mark.hover();
    await eventually(() => timeline().locator("figcaption").textContent()).toContain("<img src=x>");
    expect(await page.locator("main script, main img").count()).toBe(0);
  });

  it("are switched to containers and sources, which is part of the URL and kept on the way back", async () => {
    await openAlert();
    await timeline().getByRole("button", { name: "container", exact: true }).click();
    await eventually(() => lanes().getByRole("listitem").count()).toBe(2);
    expect(await lane("web").textContent()).toContain(`${TOTAL - 1} alerts`);
    expect(await lane("host").textContent()).toContain("1 alert");
    await timeline().getByRole("button", { name: "source", exact: true }).click();
    await eventually(() => lane("suricata").count()).toBe(1);
    expect(new URL(page.url()).searchParams.get("lanes")).toBe("source");
    await lane("suricata").getByRole("link").click();
    await eventually(rule).toBe("Signature matched");
    await page.goBack();
    await eventually(() => lane("suricata").count()).toBe(1);
    await timeline().getByRole("button", { name: "process", exact: true }).click();
    await eventually(() => lane("sh20").count()).toBe(1);
    expect(new URL(page.url()).searchParams.has("lanes")).toBe(false);
  });

  it("mark the alert of the page, and show time, rule and priority of a mark under the pointer", async () => {
    await openAlert();
    const own = lanes().getByRole("link", {
      name: /^.*\d\d:\d\d:\d\d\.\d{3}, Dropped program executed, Critical, this alert$/,
    });
    await eventually(() => own.count()).toBe(1);
    expect(await own.getAttribute("aria-current")).toBe("true");
    expect(await own.locator(".ring").count()).toBe(1);
    expect(await lanes().locator(".ring").count()).toBe(1);
    await page.setViewportSize({ width: 390, height: 900 });
    await openAlert();
    const box = (await timeline().locator(".lane-rows").boundingBox())!;
    const ring = (await lanes().locator(".ring").boundingBox())!;
    expect(ring.y).toBeGreaterThan(box.y);
    expect(ring.y + ring.height).toBeLessThan(box.y + box.height);
    await page.setViewportSize({ width: 1440, height: 900 });
    await openAlert();
    await lane("curl60").getByRole("link").hover();
    const caption = timeline().locator("figcaption");
    await eventually(() => caption.textContent()).toMatch(/\d\d:\d\d:\d\d\.\d{3}.*Warning.*Download by shell/);
    await page.mouse.move(0, 0);
    await eventually(() => caption.textContent()).toContain("this alert");
  });

  it("open an alert by click", async () => {
    await openAlert();
    await lane("curl60").getByRole("link").click();
    await eventually(rule).toBe("Download by shell");
  });

  it("are reached with the keyboard, with one tab stop", async () => {
    await openAlert();
    await eventually(() => lanes().locator("[data-mark][tabindex='0']").count()).toBe(1);
    await lanes().locator("[data-mark][tabindex='0']").focus();
    expect(await focused()).toContain("this alert");
    await eventually(() => timeline().locator("figcaption").textContent()).toContain(SUBJECT);
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toMatch(new RegExp(`^${READS} alerts, .*Credential file read, highest priority Error$`));
    await page.keyboard.press("Enter");
    await eventually(status).toContain(`${READS} of ${TOTAL} alerts`);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toContain("Download by shell");
    await page.keyboard.press("Enter");
    await eventually(rule).toBe("Download by shell");
  });

  it("fold repeats into a mark that selects their time, which list and process tree follow", async () => {
    await openAlert();
    await lane("cat125").getByRole("button").click();
    await eventually(listed).toBe(READS);
    expect(await status()).toContain(`${READS} of ${TOTAL} alerts in the selected time range`);
    expect(await tree().locator(".in-selection").count()).toBe(0);
    expect(await tree().locator(".is-dimmed").count()).toBe(3);
    await timeline().getByRole("button", { name: "Clear selection" }).click();
    await eventually(listed).toBe(TOTAL);
    expect(await tree().locator(".is-dimmed").count()).toBe(0);
    expect(during()).toBeNull();
  });

  it("select a part of the time by drag, which is kept on the way back", async () => {
    await openAlert();
    // The names take 160 pixels; the first alerts follow.
    await drag(0.2, 0.4);
    await eventually(listed).toBe(2);
    expect(await status()).toContain(`2 of ${TOTAL} alerts`);
    expect(await tree().locator(".in-selection").allTextContents()).toEqual(["1 alert in the selected time range"]);
    expect(await tree().locator(".is-dimmed").count()).toBe(2);
    await timeline().getByRole("link", { name: "Download by shell" }).first().click();
    await eventually(rule).toBe("Download by shell");
    await brush().waitFor();
    expect(during()).toBeNull();
    await page.goBack();
    await eventually(listed).toBe(2);
    await page.reload();
    await eventually(listed).toBe(2);
    await page.keyboard.press("Escape");
    await eventually(listed).toBe(TOTAL);
  });

  it("select a part of the time with the keyboard", async () => {
    await openAlert();
    await brush().focus();
    await page.keyboard.press("ArrowRight");
    for (let i = 0; i < 20; i++) await page.keyboard.press("Shift+ArrowRight");
    expect(await brush().getAttribute("aria-valuetext")).toMatch(/\d\d:\d\d:\d\d\.\d{3}: \d+ alerts?$/);
    await page.keyboard.press("Enter");
    await eventually(status).toContain(`2 of ${TOTAL} alerts`);
    expect(await listed()).toBe(2);
    await page.keyboard.press("Escape");
    await eventually(listed).toBe(TOTAL);
    expect(await brush().getAttribute("aria-valuetext")).toBe("no selection");
  });

  it("mark a process that started in the selected time range", async () => {
    const time = (seconds: number): string => new Date(Number(start / 1_000_000n) + seconds * 1000).toISOString();
    await openAlert();
    const address = new URL(page.url());
    address.searchParams.set("during", `${time(10)}/${time(15)}`);
    await page.goto(address.href);
    await eventually(() => tree().locator(".in-selection").allTextContents()).toEqual([
      "started in the selected time range",
    ]);
    expect(await status()).toContain(`0 of ${TOTAL} alerts`);
    expect(await listed()).toBe(0);
  });

  it("share the selected time with the incident graph", async () => {
    await openAlert();
    await lane("cat125").getByRole("button").click();
    await eventually(listed).toBe(READS);
    await page.keyboard.press("i");
    await eventually(() => page.locator(".node.is-dimmed").count()).toBeGreaterThan(0);
    await page.keyboard.press("u");
    await eventually(listed).toBe(READS);
  });

  it("show only the selected time when enlarged, in which alerts are separate", async () => {
    await openAlert();
    const reads = () => lane("cat125").locator("[data-mark]").count();
    expect(await reads()).toBe(1);
    await lane("cat125").getByRole("button").click();
    const zoom = timeline().getByRole("button", { name: "Zoom in" });
    await zoom.click();
    await eventually(reads).toBeGreaterThan(5);
    expect(await lane("curl60").locator("[data-mark]").count()).toBe(0);
    await zoom.click();
    await eventually(reads).toBe(1);
  });

  describe.each([1440, 1024, 390])("%d pixels wide", (width) => {
    it.each(["light", "dark"] as const)("fit and conform to WCAG 2.2 AA, %s theme", async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await openAlert();
      await lane("cat125").waitFor();
      expect(await violations(page)).toEqual([]);
      await lane("cat125").getByRole("button").click();
      await eventually(listed).toBe(READS);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await violations(page)).toEqual([]);
    });
  });

  it("reports no errors and sends no request to other hosts", () => {
    expect(problems).toEqual({ errors: [], foreignRequests: [] });
  });
});

// An agent with a receiver that rejects alerts until it is repaired, and a Redis server.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Broker, startRedis } from "../../src/output/brokers.fixture.ts";
import { type Receiver, startReceiver } from "../../src/output/receiver.fixture.ts";
import { needs } from "../parts/needs.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveAgent,
  signIn,
  violations,
} from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

describe("the outputs of an agent", needs("browser", "redis-server"), () => {
  let status = 400;
  let receiver: Receiver;
  let redis: Broker;
  let served: Served;
  let browser: Browser;
  let page: Page;
  let problems: Problems;
  let intake: string;

  beforeAll(async () => {
    receiver = await startReceiver(() => ({ status, ...(status !== 200 && { body: "no <b>field</b> mapping" }) }));
    redis = await startRedis();
    served = await serveAgent([
      ...["http_output.enabled=true", `http_output.url=${receiver.url}/`],
      `outputs.redis.address=127.0.0.1:${redis.port}`,
    ]);
    intake = /other installations on (\S+\d)/.exec(served.output())?.[1] ?? "";
    for (const name of ["one", "two", "three"]) await send(name);
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin", "/rules");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    await redis?.remove();
    await receiver?.stop();
  });

  async function send(name: string): Promise<void> {
    const alert = {
      ...{ time: new Date().toISOString(), rule: "Sent", priority: "Warning", source: "syscall" },
      ...{ output: `sent ${name}`, output_fields: { "proc.name": name, "proc.cmdline": "<img src=x>\u202e" } },
    };
    const headers = { "content-type": "application/json" };
    expect((await fetch(intake, { method: "POST", headers, body: JSON.stringify(alert) })).status).toBe(200);
  }
  const indicator = (name: RegExp) => page.getByRole("navigation").locator("..").getByRole("link", { name });
  const letters = () => page.getByRole("region", { name: "Dead letters" }).locator("tbody tr");
  const state = () => page.locator(".output-state strong").textContent();
  const results = () => page.getByRole("status").allTextContents();
  /** Moves the focus with the Tab key. */
  async function tabTo(name: string): Promise<void> {
    const focused = (): Promise<unknown> => page.evaluate("document.activeElement?.textContent");
    for (let i = 0; i < 60 && (await focused()) !== name; i++) await page.keyboard.press("Tab");
    expect(await focused()).toBe(name);
  }
  const received = () => receiver.requests.map(({ body }) => /(?:Warning sent|Debug) (.*)/.exec(body)?.[1]);

  it("shows the reason of the failing output one step after the indicator in the header", async () => {
    await indicator(/^Health: Degraded: .*output http: rejecting/).click();
    await page.getByText(/^Reason, .*status 400: no <b>field<\/b> mapping/).waitFor();
    expect(new URL(page.url()).pathname).toBe("/outputs/http");
    expect(await state()).toBe("rejecting");
    await page.getByText("The receiver has rejected alerts, and has not accepted any since.").waitFor();
  });

  it("shows the failures in the history, as charts and as a table", async () => {
    const history = page.getByRole("region", { name: "History" });
    await eventually(() => history.getByRole("figure", { name: /^Failures/ }).textContent()).toMatch(/[1-3] failures?/);
    expect(await history.locator("rect.fill-output-failed").count()).toBeGreaterThan(0);
    await history.getByText("Show as table").click();
    const rows = async () => (await history.locator("tbody tr").allTextContents()).join("\n"); // one or two minutes
    await eventually(rows).toMatch(/\d:\d\d:\d\d0 ?0 ?[1-3]/);
    await history.getByText("Show as table").click();
  });

  it("lists dead letters with reasons, and shows one", async () => {
    await eventually(() => letters().count()).toBe(3);
    expect(await letters().first().textContent()).toMatch(/status 400.*Warning.*Sent.*sent three/);
    await letters().nth(1).getByRole("button", { name: "Show" }).click();
    const dialog = page.getByRole("dialog", { name: "Dead letter" });
    expect(await dialog.textContent()).toMatch(/Reasonstatus 400.*proc\.cmdline.*<img src=x>\\u202e.*proc\.name.*two/);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await eventually(() => dialog.count()).toBe(0);
  });

  it.each([
    ["light", 1440],
    ["dark", 1024],
    ["light", 390],
    ["dark", 390],
  ] as const)("conforms to WCAG 2.2 AA and fits the screen, %s theme, %d pixels wide", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    for (const path of ["/outputs", "/outputs/http"]) {
      await page.goto(served.url + path);
      await page
        .locator(path === "/outputs" ? ".outputs tbody tr" : ".dead-letters tbody tr")
        .first()
        .waitFor();
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const shots = process.env.EYAS_SHOTS;
      if (shots)
        await page.screenshot({
          path: `${shots}/${path.replaceAll("/", "-")}-${width}-${colorScheme}.png`,
          fullPage: true,
        });
    }
  });

  it("lists all outputs with their states, and opens one, by keyboard", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${served.url}/rules`);
    await page.getByRole("heading", { name: "Rules" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    const row = (name: string) => page.locator(".outputs tbody tr", { hasText: name });
    await eventually(() => row("http").textContent()).toMatch(/^httprejecting.*ago0–0.*3status 400/);
    await eventually(() => row("redis").textContent()).toMatch(/^redisup to date/);
    await tabTo("http");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "http" }).waitFor();
  });

  it("sends a test alert to the receiver, which rejects it", async () => {
    const before = receiver.requests.length;
    await page.getByRole("button", { name: "Send test alert" }).click();
    await eventually(results).toContain(
      "http rejected the test alert: status 400: no <b>field</b> mapping. A real alert would become a dead letter.",
    );
    expect(received().slice(before)).toEqual(["Test alert sent by the web UI of Eyas. No action is needed."]);
  });

  it("resends one dead letter by keyboard; the output is then healthy without a new alert", async () => {
    status = 200;
    const before = receiver.requests.length;
    await tabTo("Resend");
    await page.keyboard.press("Enter");
    await eventually(results).toContain("http accepted 1 alert.");
    expect(received().slice(before)).toEqual(["three"]);
    await eventually(() => letters().count()).toBe(2);
    await eventually(state).toBe("up to date");
    await indicator(/^Health: Healthy/).waitFor({ timeout: 60_000 });
  });

  it("resends the other dead letters, oldest first", async () => {
    const before = receiver.requests.length;
    await page.getByRole("button", { name: "Resend all" }).click();
    await eventually(results).toContain("http accepted 2 alerts.");
    expect(received().slice(before)).toEqual(["one", "two"]);
    await page.getByText("No dead letters.").waitFor();
    expect(await page.getByRole("button", { name: /^Resend/ }).count()).toBe(0);
  });

  it("tests an output with a real server", async () => {
    await page.goto(`${served.url}/outputs/redis`);
    await page.getByRole("button", { name: "Send test alert" }).click();
    await eventually(async () => (await results()).join()).toMatch(/redis accepted the test alert after \d+ ms\./);
  });

  it("records tests and resends in the audit log", async () => {
    await page.goto(`${served.url}/audit`);
    await eventually(() => page.getByRole("table").textContent()).toMatch(
      /test outputredis.*resend dead lettershttpall.*resend dead lettershttpalert [-0-9a-f]{36}.*test output failedhttpstatus 400.*test outputhttp/,
    );
  });

  it("links to the list if several outputs fail", async () => {
    status = 400;
    await redis.stop();
    await send("four");
    await indicator(/^Health: Degraded: .*output http: rejecting; output redis: unreachable/).click();
    await eventually(() => new URL(page.url()).pathname).toBe("/outputs");
    await eventually(() => page.locator(".outputs tbody tr .bad").allTextContents()).toContain("unreachable");
  });

  it("offers neither tests nor resends to viewers", async () => {
    const viewer = await (await browser.newContext()).newPage();
    await signIn(viewer, served, "viewer", "/outputs/http");
    await viewer.getByRole("region", { name: "Dead letters" }).getByText("Sent", { exact: true }).waitFor();
    expect(await viewer.getByRole("button", { name: /Send test|Resend/ }).count()).toBe(0);
    await viewer.context().close();
  });

  it("states that an output is unknown", async () => {
    await page.goto(`${served.url}/outputs/nothing`);
    await page.getByText("Output not found: it is not enabled.").waitFor();
  });

  it("causes no script errors, and no requests to other hosts", () => {
    const { errors, foreignRequests } = problems;
    expect({ errors: errors.filter((error) => !error.includes("404")), foreignRequests }).toEqual({
      errors: [],
      foreignRequests: [],
    });
  });
});

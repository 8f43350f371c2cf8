import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../parts/needs.ts";
import { openBrowser, type Served, serveAgent, signIn, violations } from "./page.fixture.ts";

const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

/** A receiver that rejects every alert until it is repaired. */
function openReceiver(): { readonly server: Server; repair(): void } {
  let status = 400;
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(status).end());
  }).listen(0, "127.0.0.1");
  return {
    server,
    repair() {
      status = 200;
    },
  };
}

describe("the health of an agent", needs("browser"), () => {
  const receiver = openReceiver();
  let served: Served;
  let browser: Browser;
  let page: Page;
  let intake: string;

  beforeAll(async () => {
    const { port } = receiver.server.address() as AddressInfo;
    served = await serveAgent([
      ...["http_output.enabled=true", `http_output.url=http://127.0.0.1:${port}/`, "responses.dry_run=true"],
    ]);
    intake = /other installations on (\S+\d)/.exec(served.output())?.[1] ?? "";
    browser = await openBrowser();
    page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await signIn(page, served, "admin");
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    receiver.server.close();
  });

  async function send(): Promise<void> {
    const alert = {
      ...{ time: new Date().toISOString(), rule: "Sent", priority: "Warning", source: "syscall" },
      ...{ output: "sent", output_fields: { "proc.name": "cat" } },
    };
    const headers = { "content-type": "application/json" };
    expect((await fetch(intake, { method: "POST", headers, body: JSON.stringify(alert) })).status).toBe(200);
  }
  const outputs = () => page.getByRole("region", { name: "Outputs" }).getByRole("row", { name: /^http/ });
  const indicator = (name: RegExp) => page.getByRole("navigation").locator("..").getByRole("link", { name });

  it("lists the alert intake among the sources", async () => {
    await send();
    const row = page.getByRole("region", { name: "Sources" }).getByRole("row", { name: /Alert intake/ });
    await eventually(() => row.textContent()).toMatch(/Alert intake\s*up\s*\d+\s*1/);
  });

  it("shows an output that rejects every alert as rejecting, in the header and in the overview", async () => {
    await eventually(() => outputs().locator(".bad").first().textContent()).toBe("rejecting");
    await indicator(/^Health: Degraded: .*output http: rejecting/).waitFor();
    await page.goto(`${served.url}/rules`);
    await indicator(/^Health: Degraded: .*output http: rejecting/).waitFor();
    await page.goto(served.url);
    await page.getByRole("region", { name: "Outputs" }).getByText(/400/).waitFor();
    expect(await outputs().textContent()).toMatch(/^http\s*rejecting\s*0\s*0\s*–\s*0\s*1\s*1\s*0$/);
    expect(await violations(page)).toEqual([]);
  });

  it("shows the output as up to date after it has accepted an alert", async () => {
    receiver.repair();
    await send();
    await eventually(() => outputs().locator(".good").first().textContent()).toBe("up to date");
    await indicator(/^Health: Healthy/).waitFor({ timeout: 60_000 });
  });

  it("states that responses are dry runs", async () => {
    await page.goto(`${served.url}/responses`);
    await page.getByText("Dry run: actions are only simulated.").waitFor();
    expect(await page.getByText("Responses are enabled.").count()).toBe(0);
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type Receiver, startReceiver } from "../../src/output/receiver.fixture.ts";
import { needs } from "../parts/needs.ts";
import { openBrowser, type Served, serveAgent } from "./page.fixture.ts";

const PAGE = "https://eyas.example.org";

describe("a link in a notification", needs("browser"), () => {
  const running: (Served | Receiver)[] = [];
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  test("opens its alert on the page, also for a user who is not signed in", async () => {
    const slack = await startReceiver();
    running.push(slack);
    const served = await serveAgent([`web_page.public_url=${PAGE}`, `outputs.slack.webhookurl=${slack.url}`]);
    running.push(served);
    await post(served, ["First", "Second"]);
    for (let i = 0; slack.requests.length < 2 && i < 1000; i++) await sleep(20);
    const links = new Map(slack.requests.map(({ body }) => linkIn(body)));
    expect([...links.keys()]).toEqual(["First", "Second"]);

    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const link = links.get("Second") ?? "";
      expect(link.startsWith(`${PAGE}/alerts/`)).toBe(true);
      const path = link.slice(PAGE.length);
      await page.goto(served.url + path);
      await page.getByLabel("Token").fill(served.tokens.viewer);
      await page.getByLabel("Token").press("Enter");
      await page.locator(".alert-head h1").waitFor();
      expect(await page.locator(".alert-head h1").textContent()).toBe("Second");
      expect(new URL(page.url()).pathname).toBe(path);
    } finally {
      await browser.close();
    }
  });
});

/** Posts alerts of other installations, with the given rules. */
async function post(served: Served, rules: readonly string[]): Promise<void> {
  const intake = /installations on (\S+\d)/.exec(served.output())?.[1] ?? "";
  for (const rule of rules) {
    const body = JSON.stringify({
      ...{ hostname: "node-1", output: `12:34:56.123456789: Critical ${rule}`, priority: "Critical", rule },
      ...{ source: "syscall", time: new Date().toISOString(), output_fields: { "proc.name": "sleep" } },
    });
    const answer = await fetch(intake, { method: "POST", body, headers: { "content-type": "application/json" } });
    expect(answer.status, await answer.text()).toBe(200);
  }
}

/** The rule and the link in a Slack message. */
function linkIn(body: string): readonly [string, string] {
  const message: { attachments: readonly { title: string; title_link: string }[] } = JSON.parse(body);
  const { title = "", title_link: link = "" } = message.attachments[0] ?? {};
  return [title, link];
}

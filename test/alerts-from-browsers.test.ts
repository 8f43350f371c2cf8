// The HTTP listener for alerts accepts the content type that `curl -d` sends. Browsers allow pages to send this content
// type to other origins without a preflight.
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { type AlertListener, openAlertListener } from "../src/agent/intake/alert-listener.ts";
import { defaultAlertOptions } from "../src/alert/alert.ts";
import { loadConfig } from "../src/config/load.ts";
import { needs } from "./parts/needs.ts";
import { browserPath } from "./parts/programs.ts";

let intake: AlertListener | undefined;
let site: Server | undefined;
let browser: Browser | undefined;
const kept: string[] = [];
afterEach(async () => {
  await browser?.close();
  site?.close();
  await intake?.close();
  browser = site = intake = undefined;
  kept.length = 0;
});

async function open(): Promise<AlertListener> {
  const { config } = await loadConfig(undefined, ["alert_intake.listen_port=0"]);
  intake = await openAlertListener(config.alert_intake, defaultAlertOptions, async (alerts) => {
    kept.push(...alerts.map(({ rule }) => rule));
    return undefined;
  });
  return intake;
}

/** The alert in the documentation of Falcosidekick. */
const alert = (rule: string): string =>
  JSON.stringify({
    output: "16:31:56.746609046: Error File below a known binary directory opened for writing (user=root)",
    ...{ hostname: "localhost", priority: "Error", rule, time: "2019-05-17T15:31:56.746609046Z" },
    output_fields: { "evt.time": 1507591916746609046n.toString(), "fd.name": "/bin/hack", "user.name": "root" },
  });

/** A page that posts a text with each kind of request that needs no CORS preflight: {@link WAYS}. */
const PAGE = `<!doctype html><title>A page</title><iframe name=there></iframe>
<script>
  async function post(url, body) {
    const type = "application/x-www-form-urlencoded";
    const headers = { "content-type": type };
    await fetch(url, { method: "POST", mode: "no-cors", body, headers }).catch(() => {});
    await fetch(url, { method: "POST", body, headers, referrerPolicy: "no-referrer" }).catch(() => {});
    navigator.sendBeacon(url, new Blob([body], { type }));
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("content-type", type);
    request.send(body);
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: url, target: "there" });
    const field = document.createElement("input");
    Object.assign(field, { name: body, value: "" });
    form.append(field);
    document.body.append(form);
    form.submit();
  }
</script>`;
const WAYS = 5;

/** Runs curl with `input`. @returns the status of the response */
async function curl(input: string, ...words: readonly string[]): Promise<number> {
  const asked = promisify(execFile)("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", ...words]);
  asked.child.stdin?.end(input);
  return Number((await asked).stdout);
}

test("curl posts alerts as in Falcosidekick's documentation", needs("curl"), async () => {
  const { url } = await open();
  expect(await curl(alert("of program_output"), "-d", "@-", url)).toBe(200);
  expect(await curl("", "-XPOST", url, `-d${alert("tried by hand")}`)).toBe(200);
  const large = alert("one that curl asks for first").replace("/bin/hack", "x".repeat(200_000));
  expect(await curl(large, "-H", "Expect: 100-continue", "-d", "@-", url)).toBe(200);
  const json = ["-H", "Content-Type: application/json", "-H", "Accept: application/json"];
  expect(await curl("", "-X", "POST", ...json, `${url}/test`)).toBe(200);
  expect(kept).toEqual(["of program_output", "tried by hand", "one that curl asks for first", "Test rule"]);
  expect(await curl("rule=Made+up&priority=Error", "-d", "@-", url)).toBe(400);
  expect(await curl(alert("of a page"), "-H", "Origin: https://evil.example", "-d", "@-", url)).toBe(403);
  expect(await curl(alert("of a page"), "-H", "Sec-Fetch-Site: cross-site", "-d", "@-", url)).toBe(403);
  expect(kept).toHaveLength(4);
});

test("a page in a browser cannot post alerts by requests without a CORS preflight", needs("browser"), async () => {
  const listener = await open();
  const opened = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end(PAGE);
  });
  site = opened;
  await new Promise<void>((resolve) => opened.listen(0, "127.0.0.1", resolve));
  const address = opened.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  browser = await chromium.launch({ executablePath: browserPath() ?? "", args: ["--no-sandbox"] });
  // Another site, and a site on the host of the listener.
  const hosts = ["localhost", "127.0.0.1"];
  for (const [i, host] of hosts.entries()) {
    const page = await browser.newPage();
    await page.goto(`http://${host}:${port}/`);
    await page.evaluate(`post(${JSON.stringify(listener.url)}, ${JSON.stringify(alert("of a page"))})`);
    await expect.poll(() => listener.answers.get(403), { timeout: 60_000 }).toBe(WAYS * (i + 1));
  }
  expect(Object.fromEntries(listener.answers)).toEqual({ 403: WAYS * hosts.length });
  expect(kept).toEqual([]);
});

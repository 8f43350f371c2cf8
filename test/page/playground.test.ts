import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eyas, home } from "../live/sensor.ts";
import { needs } from "../parts/needs.ts";
import {
  openBrowser,
  type Problems,
  recordProblems,
  type Served,
  serveSample,
  signIn,
  violations,
} from "./page.fixture.ts";

const sample = join(home, "samples/drill.scap.gz");
const attack = join(process.env.EYAS_SHARED ?? join(home, "../shared"), "conformance/traces/attack.scap.gz");
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000 });

const EDITED = `- rule: Accounts read
  desc: Made up
  condition: >
    evt.type in (open, openat, openat2) and fd.name = /etc/passwd
    and not proc.name in (password_files)
  output: '%proc.name read "accounts" | command=%proc.cmdline result=%evt.res'
  priority: NOTICE
  tags: [made_up]
- macro: fd_is_password_file
  condition: (fd.name = /etc/hosts)
`;

interface Row {
  readonly time: string;
  readonly rule: string;
  readonly message: string;
}

describe("the playground", needs("browser"), () => {
  let served: Served;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: Problems;
  /** Names of the server's rule files, in order. */
  let loaded: string[] = [];

  beforeAll(async () => {
    served = await serveSample();
    browser = await openBrowser();
    context = await browser.newContext();
    page = await context.newPage();
    problems = recordProblems(page, served);
    await signIn(page, served, "admin");
    const { files } = await (await context.request.get(`${served.url}/api/v1/rules/files`)).json();
    loaded = files.map(({ name }: { name: string }) => name);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });
  beforeEach(async () => {
    await page.setViewportSize({ width: 1400, height: 1000 });
    await page.evaluate("localStorage.removeItem('eyas-drafts')"); // drafts survive a reload
    await page.goto(`${served.url}/playground`);
    await waitForCheck(/^Valid/);
  });

  /** Waits for the result of a check. */
  async function waitForCheck(summary: RegExp): Promise<void> {
    await eventually(() => page.locator(".diagnostics [role=status]").textContent()).toMatch(summary);
  }

  async function write(text: string): Promise<void> {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(text);
  }

  async function selectCapture(file: string | { name: string; buffer: Buffer }): Promise<void> {
    await page.getByRole("combobox", { name: "Capture" }).selectOption({ label: "Local file…" });
    const given = typeof file === "string" ? file : { ...file, mimeType: "application/octet-stream" };
    await page.getByLabel("Capture file").setInputFiles(given);
  }

  async function run(scope: "edited" | "all"): Promise<void> {
    await page.getByRole("combobox", { name: "Rules", exact: true }).selectOption(scope);
    await page.getByRole("button", { name: "Run", exact: true }).click();
  }

  /** Returns the alerts listed after the run. */
  async function rows(): Promise<Row[]> {
    await page.locator(".explain-form").waitFor();
    for (const more = page.getByRole("button", { name: /^Show \d+ more$/ }); (await more.count()) > 0; ) {
      await more.click();
    }
    return page.locator(".matches tbody tr").evaluateAll((all) =>
      all.map((row) => ({
        time: row.querySelector("time")?.dateTime ?? "",
        rule: row.querySelector(".rule")?.textContent?.trim() ?? "",
        message: row.querySelector(".output")?.textContent ?? "",
      })),
    );
  }

  /** Returns the alerts of `eyas replay` with the server's rule files and the edited one. */
  function replayed(capture: string): Row[] {
    const written = join(served.folder, "edited.yaml");
    writeFileSync(written, EDITED);
    const rules = [...loaded, written].flatMap((name) => ["-r", name]);
    const options = ["-o", "json_include_message_property=true"];
    const { stdout } = spawnSync(eyas, ["replay", capture, ...rules, "--json", ...options], {
      encoding: "utf8",
      maxBuffer: 1 << 27,
    });
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { time, rule, message } = JSON.parse(line);
        return { time, rule, message };
      });
  }

  const captures = [
    ["the sample capture", sample, "recording"],
    ["the attack", attack, "shared captures"],
  ] as const;
  for (const [name, capture, part] of captures) {
    it(`gives the alerts of eyas replay for edited rules, on ${name}`, needs("browser", part), async () => {
      await write(EDITED);
      await waitForCheck(/^Valid: 1 rule/);
      await selectCapture(capture);
      await run("all");
      const theirs = replayed(capture);
      const ours = await rows();
      expect(ours).toEqual(theirs);
      expect(ours.filter(({ rule }) => rule === "Accounts read").length).toBeGreaterThan(0);
      await page
        .getByRole("button", { name: /^Explain event/ })
        .first()
        .click();
      await page.getByText("Alert as JSON").click();
      const json = await page.locator(".alert-json pre").textContent();
      const { time, rule } = theirs[0]!;
      expect(JSON.parse(json ?? "")).toMatchObject({ time, rule, hostname: hostname() });
    });
  }

  it("edits a loaded rule and runs it on a sample", async () => {
    await page.goto(`${served.url}/rules/${encodeURIComponent("Sensitive file accessed through path traversal")}`);
    await page.getByRole("link", { name: "Edit in playground" }).click();
    await eventually(() => page.locator(".cm-content").textContent()).toContain("- rule: Sensitive file accessed");
    await run("edited");
    expect(new Set((await rows()).map(({ rule }) => rule))).toEqual(
      new Set(["Sensitive file accessed through path traversal"]),
    );
    expect(await violations(page)).toEqual([]);
  });

  it("explains why a rule fired and why another one did not", async () => {
    await write(
      `${EDITED}- rule: Never\n  desc: x\n  condition: evt.type = execve and proc.name = nobody\n  output: x\n  priority: INFO\n`,
    );
    await waitForCheck(/^Valid: 2 rules/);
    await run("edited");
    await rows();
    await page
      .getByRole("button", { name: /^Explain event/ })
      .first()
      .click();
    const explanation = page.getByRole("region", { name: "Explanation" });
    await eventually(() => explanation.textContent()).toContain("matched");
    expect(await explanation.locator(".condition-tree").textContent()).toContain("fd.name = /etc/passwd");
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: /^Explain closest event.*Never/ }).click();
    await eventually(() => explanation.textContent()).toContain("1 comparison not met");
    expect(await explanation.textContent()).toContain("proc.name = nobody");
    await page.getByLabel("Event", { exact: true }).fill("99999999");
    await page.getByRole("button", { name: "Explain", exact: true }).click();
    await eventually(() => explanation.textContent()).toMatch(/Event 99999999 does not exist/);
    expect(await violations(page)).toEqual([]);
  });

  it("shows the diagnostics of eyas check with their positions", async () => {
    const broken = join(home, "src/rule/fifty-mistakes.yaml");
    await write(readFileSync(broken, "utf8"));
    await waitForCheck(/^Invalid/);
    const { stdout } = spawnSync(eyas, ["check", ...loaded, broken, "--json"], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    const said = new Set<string>();
    for (const { errors, warnings } of JSON.parse(stdout).results) {
      for (const { line, column, message, rule } of [...errors, ...warnings]) {
        said.add(`${line}:${column} ${message}${rule === undefined ? "" : ` (rule “${rule}”)`}`);
      }
    }
    const shown = await page.locator(".diagnostics li").evaluateAll((all) =>
      all.map((one) => {
        const place = one.querySelector(".position")?.textContent?.replace("Go to ", "") ?? "";
        const text = one.querySelector(":scope > span:last-child")?.textContent ?? "";
        return `${place} ${text.replace(/^(?:error|warning) /, "").replace(/ LOAD_\w+$/, "")}`;
      }),
    );
    expect(shown.length).toBeGreaterThan(40);
    expect([...shown].sort()).toEqual([...said].sort());
    expect(await page.getByRole("button", { name: "Run" }).isDisabled()).toBe(true);
    expect(await page.locator(".cm-lint-marker-error").count()).toBeGreaterThan(0);
    expect(await violations(page)).toEqual([]);
    await page
      .getByRole("button", { name: /^Go to/ })
      .last()
      .click();
    expect(await page.locator(".cm-content").evaluate((one) => one.matches(":focus"))).toBe(true);
  });

  it("completes fields with their descriptions, and Escape then Tab leaves the editor", async () => {
    await write("- macro: made_up\n  condition: proc.pnam");
    await page.keyboard.press("Control+Space");
    await page.locator(".cm-tooltip-autocomplete li", { hasText: /^proc\.pname/ }).waitFor();
    await eventually(() => page.locator(".cm-completionInfo").textContent()).toContain("parent");
    await page.waitForTimeout(100); // a list that has just opened ignores Enter
    await page.keyboard.press("Enter");
    await eventually(() => page.locator(".cm-content").textContent()).toContain("condition: proc.pname");
    await page.keyboard.press("Tab");
    const isInEditor = () => page.evaluate<boolean>("document.activeElement.classList.contains('editor')");
    expect(await isInEditor()).toBe(true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await isInEditor()).toBe(false);
  });

  it("does not run shortcuts for keys typed in the editor", async () => {
    await write("# ");
    await page.keyboard.type("g o / ? g a j u", { delay: 20 });
    expect(await page.locator(".cm-content").textContent()).toBe("# g o / ? g a j u");
    expect(new URL(page.url()).pathname).toBe("/playground");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  it("shows hostile rules as text", async () => {
    const name = "<img src=x onerror='document.title=1'>\u202egpj</option>";
    const output = "<script>document.title=2</script>\u001b[31m %proc.name";
    const rule = {
      rule: name,
      desc: "x",
      condition: "evt.type = execve and proc.name = cat",
      output,
      priority: "INFO",
    };
    await write(`[${JSON.stringify(rule)}]`);
    await waitForCheck(/^Valid: 1 rule/);
    await run("edited");
    const [first] = await rows();
    const shown = name.replace("\u202e", "\\u202e");
    expect(first?.rule).toBe(shown);
    expect(first?.message).toMatch(/^<script>document\.title=2<\/script>\\x1b\[31m cat$/);
    expect(await page.locator(".explain-form option").first().textContent()).toBe(shown);
    await page
      .getByRole("button", { name: /^Explain event/ })
      .first()
      .click();
    await eventually(() => page.locator(".rule-verdict summary").textContent()).toBe(`${shown} matched`);
    expect(await page.title()).toBe("Playground · Eyas");
    expect(await page.locator("img[src='x'], main script").count()).toBe(0);
  });

  it.each<[string, Buffer, RegExp]>([
    ["a page of markup", Buffer.from("<script>document.title = 'gone'</script>".repeat(500)), /^Not a capture/],
    ["zstd", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24, 0]), /zstd -d/],
    ["an empty file", Buffer.alloc(0), /^Not a capture/],
    ["truncated gzip", readFileSync(sample).subarray(0, 30), /end of file/],
    ["a gzip bomb", Buffer.concat(Array(200).fill(bomb())), /^Not a capture/],
  ])("rejects %s as a capture with the reason", async (name, buffer, reason) => {
    await selectCapture({ name: `${name}.scap`, buffer });
    await run("edited");
    await eventually(() => page.locator(".running [role=alert]").textContent()).toMatch(reason);
    expect(await page.title()).toBe("Playground · Eyas");
  });

  it("stops a run", async () => {
    const large = join(served.folder, "large.scap");
    const whole = gunzipSync(readFileSync(sample));
    writeFileSync(large, Buffer.concat(Array.from({ length: 60 }, () => whole)));
    await selectCapture(large);
    // Runs in the page, since a run may end before a command from the test arrives.
    const stopped = page.evaluate(`(async () => {
      const stop = () => [...document.querySelectorAll("button:enabled")].find((each) => each.textContent === "Stop");
      while (document.querySelector("[role=progressbar], progress") === null || stop() === undefined)
        await new Promise((resolve) => setTimeout(resolve, 5));
      stop()?.click();
    })()`);
    await run("all");
    await stopped;
    await eventually(() => page.locator(".summary [role=status]").textContent()).toMatch(/, stopped$/);
    // The next run starts immediately.
    await selectCapture(sample);
    await run("edited");
    await eventually(() => page.locator(".summary [role=status]").textContent()).toMatch(/in 10,324 events/);
  });

  it("is loaded on first use only", async () => {
    const asked: string[] = [];
    const note = (request: { url(): string }): void => void asked.push(request.url());
    page.on("request", note);
    await page.goto(`${served.url}/rules`);
    await page.locator(".rules tbody tr").first().waitFor();
    const before = [...asked];
    await page.getByRole("link", { name: "Playground" }).click();
    await waitForCheck(/^Valid/);
    page.off("request", note);
    expect(before.filter((url) => url.includes("/assets/worker-"))).toEqual([]);
    const scripts = asked.slice(before.length).filter((url) => url.endsWith(".js"));
    const sizes = await Promise.all(scripts.map(async (url) => (await (await context.request.get(url)).body()).length));
    expect(scripts.some((url) => url.includes("/assets/worker-"))).toBe(true);
    expect(Math.max(...sizes)).toBeGreaterThan(300_000);
  });

  it("allows eval in the worker's Content-Security-Policy only", async () => {
    const evaluated = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          // Deferred, so that it runs as code of the page and not of the debugger.
          setTimeout(() => {
            try {
              resolve(String(new Function("return 1")()));
            } catch (error) {
              resolve(error instanceof Error ? error.name : "");
            }
          });
        }),
    );
    expect(evaluated).toBe("EvalError");
    const html = await context.request.get(`${served.url}/playground`);
    expect(html.headers()["content-security-policy"]).toContain("script-src 'self';");
    const script = await page.evaluate(
      () => performance.getEntriesByType("resource").find(({ name }) => name.includes("/assets/worker-"))?.name ?? "",
    );
    const worker = await context.request.get(script);
    expect(worker.headers()["content-security-policy"]).toBe("default-src 'none'; script-src 'self' 'unsafe-eval'");
  });

  it("sends no request to other hosts and violates no Content-Security-Policy", () => {
    // The test above violates the policy on purpose.
    const errors = problems.errors.filter((text) => !text.includes("unsafe-eval"));
    expect({ ...problems, errors }).toEqual({ errors: [], foreignRequests: [] });
  });
});

/** Returns a gzip member that decompresses to 5 MB of zeros. */
function bomb(): Buffer {
  return Buffer.from(spawnSync("gzip", ["-9"], { input: Buffer.alloc(5_000_000), maxBuffer: 1 << 20 }).stdout);
}

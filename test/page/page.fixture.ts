import { spawn, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { buildUi } from "../../scripts/build-ui.ts";
import type { Entry } from "../../src/alert/entry.ts";
import { addUser } from "../../src/api/users.ts";
import { openWriter } from "../../src/journal/write.ts";
import { ended, eyas, home, pause } from "../live/sensor.ts";
import { browserPath } from "../parts/programs.ts";

export type Role = "viewer" | "responder" | "admin";

/** A served page, and tokens for signing in. */
export interface Served {
  /** URL without a trailing slash. */
  readonly url: string;
  readonly folder: string;
  readonly tokens: Readonly<Record<Role, string>>;
  /** Returns the output of the program so far. */
  output(): string;
  stop(): Promise<void>;
}

const START_TIMEOUT = 120_000;

/** Serves the page with the alerts of the sample capture. */
export async function serveSample(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const journal = join(folder, "journal.db");
  const sample = join(home, "samples/drill.scap.gz");
  spawnSync(eyas, ["replay", sample, "--journal", "-o", `journal.path=${journal}`], { stdio: "ignore" });
  return serve(folder, ["page", "--journal", journal]);
}

/**
 * Serves the page with alerts.
 * @param more additional options of `eyas page`
 */
export async function serveAlerts(alerts: readonly Entry[], ...more: readonly string[]): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const journal = join(folder, "journal.db");
  store(journal, alerts);
  return serve(folder, ["page", "--journal", journal, ...more]);
}

function store(journal: string, alerts: readonly Entry[]): void {
  const writer = openWriter(journal, { maxAge: 0, maxSize: 0 });
  writer.append(alerts);
  writer.close();
}

/**
 * Serves the page of a sensor on this host.
 * @param rules rules in addition to the default rules
 * @param responses response rules, which only run dry
 * @throws Error with the output of the program if the sensor cannot start
 */
export async function serveSensor(rules: string, responses = ""): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const own = join(folder, "own.yaml");
  writeFileSync(own, rules);
  const responsesFile = join(folder, "responses.yaml");
  writeFileSync(responsesFile, responses);
  const files = [join(home, "rules/syscall.yaml"), own].flatMap((file) => ["-r", file]);
  return serve(folder, [
    "run",
    ...files,
    "-o",
    `journal.path=${join(folder, "journal.db")}`,
    "-o",
    "web_page.enabled=true",
    "-o",
    "web_page.recent_events_size=16MB",
    ...(responses === "" ? [] : ["-o", `responses.rules_files=[${responsesFile}]`, "-o", "responses.dry_run=true"]),
  ]);
}

/**
 * Serves the page of an agent without a sensor, which receives alerts from other installations.
 * @param options configuration keys, `key=value`
 * @param alerts the initial alerts of its journal
 */
export async function serveAgent(options: readonly string[], alerts: readonly Entry[] = []): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const journal = join(folder, "journal.db");
  if (alerts.length > 0) store(journal, alerts);
  const all = [
    ...["engine.kind=nodriver", `journal.path=${journal}`, "stdout_output.enabled=false"],
    ...["web_page.enabled=true", "alert_intake.enabled=true", "alert_intake.listen_port=0"],
    ...["alert_intake.require_token=never", ...options],
  ];
  return serve(folder, ["run", ...all.flatMap((option) => ["-o", option])]);
}

async function serve(folder: string, command: readonly string[]): Promise<Served> {
  await builtUi();
  const users = join(folder, "users.json");
  // Writes the file without `eyas users add`, which would need three more processes per server.
  // test/page-commands.test.ts tests the command.
  const tokenOf = (role: Role): string => addUser(users, role, role);
  const tokens = { viewer: tokenOf("viewer"), responder: tokenOf("responder"), admin: tokenOf("admin") };
  const child = spawn(eyas, [...command, "-o", "web_page.listen_port=0", "-o", `web_page.users_file=${users}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const listen = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + START_TIMEOUT; Date.now() < end && child.exitCode === null; await pause(50)) {
    const url = /[Ww]eb UI(?: is at|:) (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
    if (url !== undefined) return { url, folder, tokens, output: () => output, stop };
  }
  await stop();
  throw new Error(output.trim());
}

let building: Promise<unknown> | undefined;

/** Builds the page, unless it is built and no source is newer. */
export async function builtUi(): Promise<void> {
  const built = statSync(join(home, "ui/built/index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isNewer = (file: string): boolean => statSync(join(home, file)).mtimeMs > built;
  const sources = globSync("{ui,ui-shared,src}/**/*.{ts,tsx,css,html}", {
    cwd: home,
    exclude: ["ui/built/**", "**/*.test.ts"],
  });
  if (!sources.some(isNewer)) return;
  building ??= buildUi();
  await building;
}

export async function openBrowser(): Promise<Browser> {
  const executablePath = browserPath();
  if (executablePath === undefined) throw new Error("there is no browser; add it to needs() of the test");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}

/** Errors that a page has reported. */
export interface Problems {
  /** Script errors and violations of the Content-Security-Policy. */
  readonly errors: string[];
  /** URLs of requests to other hosts. */
  readonly foreignRequests: string[];
}

/** Records the errors of a page from now on. */
export function recordProblems(page: Page, served: Served): Problems {
  const errors: string[] = [];
  const foreignRequests: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    // The response to the first request for the session is 401.
    if (message.type() === "error" && !message.text().includes("401")) errors.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${served.url}/`) && !/^(?:data|blob):/.test(url)) foreignRequests.push(url);
  });
  return { errors, foreignRequests };
}

/** Opens the page with a token in the hash, as in the URL that `npm start` prints. */
export async function signIn(page: Page, served: Served, role: Role, path = "/"): Promise<void> {
  await page.goto(`${served.url}${path}#token=${served.tokens[role]}`);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Rules to check: WCAG 2.2 levels A and AA, and the best practices of axe. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Elements that resemble earlier ones. They are removed from the page during the check to save time. */
const REPEATED = "tbody tr:nth-child(n + 20), li li:nth-child(n + 5)";

/** Script that runs axe in the page and returns the violations. Comment nodes replace repeated elements meanwhile. */
const CHECK = `(async () => {
  const repeated = [...document.querySelectorAll(${JSON.stringify(REPEATED)})]
    .filter((element) => !element.contains(document.activeElement))
    .map((element) => {
      const place = document.createComment("");
      element.replaceWith(place);
      return { element, place };
    });
  try {
    const options = { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ["violations"], preload: false };
    return (await axe.run(document, options)).violations;
  } finally {
    for (const { element, place } of repeated) place.replaceWith(element);
  }
})()`;

/** Returns the violations that axe finds in the current view, one line per element. */
export async function violations(page: Page): Promise<string[]> {
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe);
  const found: readonly Violation[] = await page.evaluate(CHECK);
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

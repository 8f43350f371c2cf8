import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { buildUi } from "../../scripts/build-ui.ts";
import { ended, eyas, home, pause } from "../live/sensor.ts";
import { browserPath } from "../parts/programs.ts";

export type Role = "viewer" | "responder" | "admin";

/** A page that is served, and those who may sign in. */
export interface Served {
  /** Where, without a slash at the end. */
  readonly url: string;
  readonly folder: string;
  readonly tokens: Readonly<Record<Role, string>>;
  /** What the program printed so far. */
  said(): string;
  stop(): Promise<void>;
}

const PATIENCE = 30_000;
const ROLES: readonly Role[] = ["viewer", "responder", "admin"];

/** The page over the alerts of the recording that comes with the program. */
export async function serveSample(): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const journal = join(folder, "journal.db");
  const sample = join(home, "samples/drill.scap.gz");
  spawnSync(eyas, ["replay", sample, "--journal", "-o", `journal.path=${journal}`], { stdio: "ignore" });
  return serve(folder, ["page", "--journal", journal]);
}

/**
 * The page of a sensor that watches this machine.
 * @param rules rules beside the default ones
 * @param responses response rules; they are tried without doing anything
 * @throws with what it said, where it can't watch here
 */
export async function serveSensor(rules: string, responses = ""): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const own = join(folder, "own.yaml");
  writeFileSync(own, rules);
  const answers = join(folder, "responses.yaml");
  writeFileSync(answers, responses);
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
    ...(responses === "" ? [] : ["-o", `responses.rules_files=[${answers}]`, "-o", "responses.dry_run=true"]),
  ]);
}

async function serve(folder: string, command: readonly string[]): Promise<Served> {
  await builtUi();
  const users = join(folder, "users.json");
  const tokens = { viewer: "", responder: "", admin: "" };
  for (const role of ROLES) {
    const added = spawnSync(eyas, ["users", "add", role, "--role", role, "--file", users], { encoding: "utf8" });
    tokens[role] = added.stdout.trim();
  }
  const child = spawn(eyas, [...command, "-o", "web_page.listen_port=0", "-o", `web_page.users_file=${users}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const listen = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const stop = async (): Promise<void> => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (const end = Date.now() + PATIENCE; Date.now() < end && child.exitCode === null; await pause(50)) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (url !== undefined) return { url, folder, tokens, said: () => said, stop };
  }
  await stop();
  throw new Error(said.trim());
}

let building: Promise<unknown> | undefined;

/** Builds the page where scripts/setup.sh has not. */
async function builtUi(): Promise<void> {
  if (existsSync(join(home, "ui/built/index.html"))) return;
  building ??= buildUi();
  await building;
}

export async function openBrowser(): Promise<Browser> {
  const executablePath = browserPath();
  if (executablePath === undefined) throw new Error("there is no browser; the test has to name it in needs()");
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** What a browser met with on a page that it should not have. */
export interface Troubles {
  /** Errors of scripts, and what the page's policy refused. */
  readonly errors: string[];
  /** Addresses of other hosts that it asked for. */
  readonly strangers: string[];
}

/** Notes what goes wrong on a page, from now on. */
export function watchTroubles(page: Page, served: Served): Troubles {
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    // Who is signed in is asked before anybody is: the answer is 401.
    if (message.type() === "error" && !message.text().includes("401")) errors.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${served.url}/`) && !/^(?:data|blob):/.test(url)) strangers.push(url);
  });
  return { errors, strangers };
}

/** Opens the page as the address that `npm start` prints does: with a token behind the hash. */
export async function signIn(page: Page, served: Served, role: Role, path = "/"): Promise<void> {
  await page.goto(`${served.url}${path}#token=${served.tokens[role]}`);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The rules that are held: WCAG 2.2 up to AA, and what axe advises beside it. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Rows of long tables that are made as those before them: each costs axe time. */
const REPEATED = ["tbody tr:nth-child(n + 20)"];

/** What axe finds wrong with what is shown now, a line for each element. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(
    async (values) => {
      const { axe } = globalThis as unknown as { axe: { run(context: unknown, options: unknown): Promise<AxeResult> } };
      const found = await axe.run({ exclude: values.repeated }, { runOnly: values.tags, resultTypes: ["violations"] });
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
    },
    { tags: TAGS, repeated: REPEATED },
  );
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly target: readonly string[] }[];
  }[];
}

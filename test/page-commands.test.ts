// The commands `eyas page` and `eyas users`, and the page over TLS.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { home } from "../src/agent/home.ts";
import { entry, newJournal } from "../src/journal/alerts.fixture.ts";
import { openWriter } from "../src/journal/write.ts";
import { makeCertificates } from "../src/output/transport/certificates.fixture.ts";

const launcher = join(home, "bin/eyas");
let child: ChildProcess | undefined;

afterEach(async () => {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child?.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
});

function journalWith(count: number): string {
  const file = newJournal();
  const writer = openWriter(file, { maxAge: 0, maxSize: 0 });
  writer.append(Array.from({ length: count }, (_, i) => entry(i)));
  writer.close();
  return file;
}

/** Starts the page. @returns the output, which contains the URL */
async function page(...words: readonly string[]): Promise<string> {
  const started = spawn(launcher, ["page", ...words], { stdio: ["ignore", "ignore", "pipe"] });
  child = started;
  let output = "";
  return new Promise((resolve, reject) => {
    started.stderr.on("data", (bytes: Buffer) => {
      output += bytes.toString("utf8");
      if (output.endsWith("\n")) resolve(output.trim());
    });
    started.once("exit", () => reject(new Error(output)));
  });
}

const run = (...words: readonly string[]) => spawnSync(launcher, words, { encoding: "utf8" });

test("eyas page serves a journal and prints the token once, in the hash of its address", async () => {
  const journal = journalWith(3);
  const output = await page("--journal", journal, "--listen", "127.0.0.1:0");
  const [, url, token = ""] = /^Web UI: (http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]{43})$/.exec(output) ?? [];
  const get = (path: string, bearer: string) =>
    fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${bearer}` } });
  const answer = (await (await get("/alerts", token)).json()) as { alerts: unknown[] };
  expect(answer.alerts).toHaveLength(3);
  expect(await (await get("/status", token)).json()).toMatchObject({
    watching: false,
    rules: { loaded: expect.any(Number) },
  });
  const pause = await fetch(`${url}/api/v1/exceptions`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ yaml: "- rule: x" }),
  });
  expect([pause.status, await pause.text()]).toEqual([422, expect.stringContaining("does not watch a machine")]);

  const users = join(journal, "../page-users.json");
  expect(statSync(users).mode & 0o777).toBe(0o600);
  const viewer = run("users", "add", "vera", "--file", users).stdout.trim();
  expect(viewer).toMatch(/^[\w-]{43}$/);
  await expect.poll(async () => (await get("/alerts", viewer)).status).toBe(200);
  expect((await get("/users/audit", viewer)).status).toBe(403);
  expect(run("users", "list", "--file", users).stdout).toBe(
    "admin                    admin\nvera                     viewer\n",
  );
  const renewed = run("users", "renew", "vera", "--file", users).stdout.trim();
  await expect.poll(async () => (await get("/alerts", viewer)).status).toBe(401);
  expect((await get("/alerts", renewed)).status).toBe(200);
  expect(run("users", "remove", "vera", "--file", users).status).toBe(0);
  await expect.poll(async () => (await get("/alerts", renewed)).status).toBe(401);
  for (const secret of [viewer, renewed, token]) expect(readFileSync(users, "utf8")).not.toContain(secret);

  child?.kill("SIGTERM");
  expect(await new Promise((resolve) => child?.once("exit", resolve))).toBe(0);
  expect(await page("--journal", journal, "--listen", "127.0.0.1:0")).toMatch(/^Web UI: http:\/\/127\.0\.0\.1:\d+$/);
});

test.each([
  [["page", "--journal", "/nowhere/journal.db"], "No journal at /nowhere/journal.db"],
  [["page", "--journal", journalWith(1), "--listen", "nowhere"], 'Invalid --listen "nowhere": expected ADDRESS:PORT'],
  [
    ["page", "--journal", journalWith(1), "--listen", "127.0.0.1:0", "-o", "web_page.certificate=/nowhere.pem"],
    "Cannot read /nowhere.pem (web_page.certificate)",
  ],
  [
    ["users", "add", "vera", "--role", "king", "--file", "/tmp/none"],
    'Invalid --role "king": expected viewer, responder, admin',
  ],
  [
    ["users", "add", "../vera", "--file", join(mkdtempSync(join(tmpdir(), "eyas-")), "users")],
    "is not a valid user name",
  ],
  [
    ["users", "renew", "vera", "--file", "/nowhere/users.json"],
    "Cannot read the users of the web UI from /nowhere/users.json",
  ],
])("eyas %j fails with %j", (words, message) => {
  const { status, stderr } = run(...words);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});

test("over TLS the session cookie is Secure", async () => {
  const { at, read } = makeCertificates();
  const settings = [`web_page.certificate=${at("server.crt")}`, `web_page.key=${at("server.key")}`];
  const output = await page(
    "--journal",
    journalWith(1),
    "--listen",
    "127.0.0.1:0",
    ...settings.flatMap((each) => ["-o", each]),
  );
  const [, url, token] = /(https:\/\/\S+)\/#token=(\S+)$/.exec(output) ?? [];
  const cookies = await new Promise<readonly string[]>((resolve, reject) => {
    const asked = request(`${url}/api/v1/session`, {
      method: "POST",
      ca: read("ca.crt"),
      headers: { "content-type": "application/json" },
    });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.headers["set-cookie"] ?? []);
    });
    asked.on("error", reject);
    asked.end(JSON.stringify({ token }));
  });
  expect(cookies[0]).toMatch(/; HttpOnly; SameSite=Strict; Max-Age=129600; Secure$/);
});

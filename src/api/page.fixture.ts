import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../alert/entry.ts";
import { openWriter, type Writer } from "../journal/write.ts";
import type { DirectAnswer, DirectTask } from "../output/direct/messages.ts";
import type {
  AgentRequest,
  AgentResponse,
  AgentView,
  ExceptionRequest,
  LoadedRules,
  RuleSettingRequest,
} from "./agent-view.ts";
import { digestOf } from "./exceptions/entries.ts";
import { metadataLine } from "./exceptions/metadata.ts";
import { openPage, type PageSettings } from "./open.ts";
import { type RuleSetting, type RuleSettings, settingsText, versionOf } from "./rule-settings/settings.ts";
import type { TestFleet } from "./store/elasticsearch/fleet.fixture.ts";
import type { Role } from "./user.ts";
import { addUser } from "./users.ts";

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed JSON; undefined for other content. */
  readonly json: unknown;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Role of the user who sends the request; undefined sends no token. */
  readonly as?: Role;
}

/** A page with a temporary journal and a fake agent that records the requests it receives. */
export interface TestPage {
  readonly url: string;
  readonly folder: string;
  readonly journal: string;
  readonly writer: Writer;
  /** Appends alerts to the store of the page. */
  append(entries: readonly Entry[]): Promise<void>;
  readonly requests: readonly AgentRequest[];
  readonly tokens: Readonly<Record<Role, string>>;
  /** @param path path of the request, which is sent without normalization */
  ask(path: string, asking?: Asking): Promise<Answered>;
  close(): Promise<void>;
}

const noRules: LoadedRules = {
  rules: [],
  files: [],
  warnings: [],
  leftOut: [],
  added: { statics: {}, sources: [], switched: {} },
};

const exceptionText = `${metadataLine({ id: "0123456789012345", user: "ada", time: "2026-01-01T00:00:00.000Z", reason: "A backup", expires: "2099-01-01T00:00:00Z" })}
- rule: File read
  exceptions:
    - name: program_and_file
      values:
        - [cat, /etc/file-3]
  override:
    exceptions: append`;

/** The first exception in the page's exceptions file. */
export const EXCEPTION = { id: "0123456789012345", version: digestOf(exceptionText) };

const exceptionsText = `# Exceptions created in the web UI.

${exceptionText}

- rule: Gone
  exceptions:
    - {name: by_hand, fields: [proc.name, fd.name], comps: [=, startswith], values: [[tar, /srv], [cp, /data]]}
  override: {exceptions: append}
`;

/** The response of the fake agent to a change: exceptions with the word `bad` are rejected, edits are in conflict. */
function changed(request: ExceptionRequest): AgentResponse {
  if ("yaml" in request && request.yaml.includes("bad")) return { refused: "That is bad." };
  if ("yaml" in request && request.yaml.includes("late")) return { refused: "Too late.", code: "conflict" };
  return { done: true, file: "exceptions.yaml", ids: [EXCEPTION.id] };
}

const SET: RuleSetting = {
  ...{ rule: "File read", state: "shadow", priority: "Error", user: "ada", time: "2026-01-02T00:00:00.000Z" },
  reason: "too many",
};
const SETTINGS: RuleSettings = {
  rules: [SET],
  changes: [{ rule: SET.rule, user: SET.user, time: SET.time, after: SET }],
};

/** Version of the setting of the rule "File read". */
export const SETTING_VERSION: string = versionOf(SET);

/** The response of the fake agent to a change of a rule: texts with the word `bad` are rejected. */
function changedRule(request: RuleSettingRequest): AgentResponse {
  if (request.change === "set" && request.yaml?.includes("bad")) return { refused: "That is bad." };
  if (request.version !== SETTING_VERSION) return { refused: "Too late.", code: "conflict" };
  return { done: true, file: "page-rules.json" };
}

/**
 * @param entries the initial alerts of the store
 * @param fleet the fleet's store, which replaces the journal
 * @param more additional settings of the page
 */
export async function openTestPage(
  entries: readonly Entry[],
  rules: LoadedRules = noRules,
  fleet?: TestFleet,
  more: Partial<PageSettings> = {},
): Promise<TestPage> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-page-"));
  const built = join(folder, "built");
  mkdirSync(join(built, "assets"), { recursive: true });
  writeFileSync(join(built, "index.html"), "<!doctype html><title>Eyas</title>");
  writeFileSync(join(built, "assets/main-abc.js"), "console.log(1)");
  writeFileSync(join(built, "assets/worker-abc.js"), "console.log(2)");
  writeFileSync(join(folder, "secret.txt"), "secret");
  const samples = join(folder, "samples");
  mkdirSync(samples);
  writeFileSync(join(samples, "drill.scap"), "scap");
  const journal = join(folder, "journal.db");
  const writer = openWriter(journal, { maxAge: 0, maxSize: 0 });
  const append = async (more: readonly Entry[]): Promise<void> => {
    if (fleet === undefined) writer.append(more);
    else await fleet.append(more);
  };
  if (entries.length > 0) await append(entries);
  const exceptions = join(folder, "exceptions.yaml");
  writeFileSync(exceptions, exceptionsText);
  const pageRules = join(folder, "page-rules.json");
  writeFileSync(pageRules, settingsText(SETTINGS));
  const users = join(folder, "users.json");
  const tokens = {
    viewer: addUser(users, "vera", "viewer"),
    responder: addUser(users, "rita", "responder"),
    admin: addUser(users, "ada", "admin"),
  };
  const requests: AgentRequest[] = [];
  const sensor: AgentView = {
    status: () => ({
      version: "1",
      hostname: "node-1",
      started: "2026-01-01T00:00:00Z",
      watching: true,
      health: [{ name: "sensor", state: "ok", reason: "", since: "2026-01-01T00:00:00Z" }],
      sources: [{ name: "syscall", events: 1, rate: 0, lag: 0, drops: 0, state: "up" }],
      outputs: [
        {
          ...{ name: "stdout", state: "up to date", since: "2026-01-01T00:00:00Z", waiting: 0, lag: 0, rate: 0.5 },
          ...{ delivered: 1, retried: 0, refused: 0, lost: 0 },
        },
      ],
      exhausted: [],
      dryRun: false,
      rules: { loaded: rules.rules.length, warnings: 0 },
    }),
    rules: () => rules,
    ruleFigures: () => new Map(),
    outputHistory: () => [
      { time: "2026-01-01T00:00:00Z", delivered: 1, retried: 0, refused: 0, lost: 0, waiting: 2, lag: 0.5 },
    ],
    async request(sent) {
      requests.push(sent);
      if (sent.kind === "except") return changed(sent.request);
      if (sent.kind === "rule") return changedRule(sent.request);
      if (sent.kind === "deliver") return { done: true, delivery: delivered(sent.task) };
      return { done: true, bytes: new Uint8Array([1, 2, 3]) };
    },
  };
  const place = { address: "127.0.0.1", port: 0, certificate: "", key: "", hosts: ["eyas.example"] };
  const page = await openPage(
    {
      ...place,
      users,
      journal,
      built,
      samples,
      captures: join(folder, "captures", "eyas"),
      exceptions,
      rules: pageRules,
      ...(fleet && { fleet: fleet.settings }),
      ...more,
    },
    sensor,
  );
  return {
    url: page.url,
    folder,
    journal,
    writer,
    append,
    requests,
    tokens,
    ask: (path, { as, headers, ...asking } = {}) =>
      send(page.url, path, {
        ...asking,
        headers: { ...headers, ...(as && { authorization: `Bearer ${tokens[as]}` }) },
      }),
    async close() {
      await page.close();
      writer.close();
      await fleet?.close();
    },
  };
}

/** The result of a delivery of the fake agent. A receiver rejects the alert with the ID `bad`. */
function delivered(task: DirectTask): Exclude<DirectAnswer, { readonly failure: string }> {
  if (task.kind === "test")
    return { test: { outcome: "rejected", reason: "status 400", milliseconds: 7, uuid: "id", warnings: ["Slow."] } };
  return {
    resent: task.alert === "bad" ? { taken: 0, left: 1, reason: "status 400" } : { taken: 3, left: 0, next: 9 },
  };
}

function send(url: string, path: string, { method = "GET", headers = {}, body }: Asking): Promise<Answered> {
  const content = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const type =
      content === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(content)) };
    const asked = request({ hostname, port, path, method, headers: { ...type, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(content);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

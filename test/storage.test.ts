// The variables of Falcosidekick for S3 (a stand-in that verifies requests) and for email (a real server).
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { home, sample } from "../src/agent/home.ts";
import { accessKey, startBucket } from "../src/output/receiver/s3/s3.fixture.ts";
import { readMail } from "../src/output/receiver/smtp/mail.fixture.ts";
import { needs } from "./parts/needs.ts";

const capture = sample();
const running: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

/** Starts a mail server without TLS. Received emails are in `mails`. */
async function startMail() {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData(stream, _session, done) {
      let text = "";
      stream.on("data", (chunk) => {
        text += Buffer.from(chunk).toString("latin1");
      });
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  running.push({ stop: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { mails, hostport: `127.0.0.1:${port}` };
}

function eyas(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(join(home, "bin/eyas"), words, { env: { ...process.env, ...environment } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

test.each([
  ["from the journal", ["run", "-o", "engine.kind=replay", "-o", `engine.replay.capture_file=${capture}`]],
  [
    "from memory",
    ["run", "-o", "engine.kind=replay", "-o", `engine.replay.capture_file=${capture}`, "-o", "journal.enabled=false"],
  ],
  ["of a replay", ["replay", `${capture}`]],
])(
  "alerts %s are in objects and in a few emails, each once",
  { ...needs("recording"), timeout: 30_000 },
  async (_, words) => {
    const bucket = await startBucket("alerts");
    running.push(bucket);
    const { mails, hostport } = await startMail();
    const journal = join(mkdtempSync(join(tmpdir(), "eyas-storage-")), "journal.db");
    const settings = words[0] === "run" ? ["-o", `journal.path=${journal}`] : [];
    const { status, stdout, stderr } = await eyas([...words, ...settings, "-o", "json_output=true"], {
      AWS_S3_BUCKET: "alerts",
      AWS_S3_ENDPOINT: bucket.url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESSKEYID: accessKey.accesskeyid,
      AWS_SECRETACCESSKEY: accessKey.secretaccesskey,
      SMTP_HOSTPORT: hostport,
      SMTP_TLS: "false",
      SMTP_FROM: "eyas@example.org",
      SMTP_TO: "a@example.org,b@example.org",
      SMTP_OUTPUTFORMAT: "text",
    });
    expect(status, stderr).toBe(0);
    const alerts = stdout.split("\n").filter((line) => line.startsWith("{"));
    expect(alerts.length).toBeGreaterThan(0);
    const stored = [...bucket.objects.values()].flatMap(({ text }) => text.trimEnd().split("\n"));
    const outputs = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).output).sort();
    expect(outputs(stored)).toEqual(outputs(alerts));
    expect(bucket.objects.size).toBeLessThanOrEqual(3);
    const texts = mails.map((raw) => readMail(raw).parts.get("text/plain") ?? "").join("");
    expect(texts.match(/^\[[A-Z][a-z]+\] /gm)).toHaveLength(alerts.length);
    expect(mails.length).toBeLessThanOrEqual(3);
  },
);

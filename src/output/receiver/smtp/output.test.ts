import { createServer, type Server } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, test } from "vitest";
import { OutputQueue } from "../../dispatch/queue.ts";
import { alertAbout, hostile, noCertificates } from "../../receiver.fixture.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { readMail } from "./mail.fixture.ts";
import { mailAbout } from "./mail.ts";
import { type SmtpKeys, smtpOutput } from "./output.ts";

const keys: SmtpKeys = {
  hostport: "",
  from: "eyas@example.org",
  to: ["ops@example.org, night@example.org"],
  tls: true,
  authmechanism: "plain",
  user: "",
  password: "",
  token: "",
  identity: "",
  trace: "",
  outputformat: "html",
  interval: 0,
  checkcert: true,
  timeout: 5000,
};

const running: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

const { at, read } = makeCertificates();
const trusted = { ...noCertificates, tlsclient: { cacertfile: at("ca.crt") } };

/** An email that the server received. */
interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  readonly user: unknown;
}

interface Choices extends SMTPServerOptions {
  /** Response code to a command; undefined accepts it. */
  readonly answer?: (mails: number) => number | undefined;
}

/** A real mail server (the package smtp-server) with a certificate for 127.0.0.1. */
async function start({ answer, ...options }: Choices = {}) {
  const mails: Received[] = [];
  let asked = 0;
  const server = new SMTPServer({
    cert: read("server.crt"),
    key: read("server.key"),
    authOptional: true,
    ...options,
    onData(stream, { envelope, secure, user }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
      stream.on("end", () => {
        const code = stream.sizeExceeded ? 552 : answer?.(asked++);
        if (code !== undefined) return done(Object.assign(new Error("So it is"), { responseCode: code }));
        mails.push({
          from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString("latin1"),
          secure,
          user,
        });
        done();
      });
    },
  });
  server.on("error", () => {}); // errors of individual connections
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  running.push({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  return { mails, hostport: `127.0.0.1:${portOf(server.server)}` };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function open(hostport: string, changes: Partial<SmtpKeys> = {}, certificates = trusted) {
  const output = smtpOutput({ ...keys, hostport, ...changes }, certificates);
  running.push(output);
  return output;
}

describe("a real mail server", () => {
  test("an alert is sent as one email, over TLS, to all recipients", async () => {
    const { mails, hostport } = await start();
    const alert = alertAbout("somebody reads /etc/shadow", { priority: "Critical" });
    expect(await open(hostport).deliver([alert])).toEqual({ outcome: "delivered" });
    expect(mails).toMatchObject([
      { from: "eyas@example.org", to: ["ops@example.org", "night@example.org"], secure: true, user: false },
    ]);
    const { headers, parts } = readMail(mails[0]?.raw ?? "");
    expect(headers.get("subject")).toBe("[Critical] somebody reads /etc/shadow");
    expect(headers.get("to")).toBe("ops@example.org, night@example.org");
    expect(headers.get("auto-submitted")).toBe("auto-generated");
    expect(headers.get("importance")).toBe("High");
    expect(parts.get("text/plain")).toMatch(
      /^\[Critical\] somebody reads \/etc\/shadow\r\n {2}rule: A shell\r\n {2}time: 2026-07-30T12:34:56\.123456789Z\r\n/,
    );
    expect(parts.get("text/plain")).toContain("\r\n  proc.pid: 4711\r\n");
    expect(parts.get("text/html")).toContain("<code>4711</code>");
  });

  test("each alert in an email has its link, if the link is known", async () => {
    const { mails, hostport } = await start();
    const link = "https://eyas.example.org/alerts/1";
    await open(hostport).deliver([alertAbout("a", { link }), alertAbout("b")]);
    const { parts } = readMail(mails[0]?.raw ?? "");
    expect(parts.get("text/plain")?.split(`\r\n  link: ${link}\r\n`)).toHaveLength(2);
    expect(parts.get("text/plain")?.match(/link/g)).toHaveLength(1);
    expect(parts.get("text/html")?.match(/<a [^>]*>[^<]*<\/a>/g)).toEqual([`<a href="${link}">Open alert in Eyas</a>`]);
  });

  test("a thousand alerts are sent as one email, with their number by rule and all alerts", async () => {
    const { mails, hostport } = await start();
    const batch = Array.from({ length: 1000 }, (_, i) =>
      alertAbout(`alert ${i}.`, i === 7 ? { priority: "Emergency", rule: "Escape" } : {}),
    );
    expect(await open(hostport, { outputformat: "text" }).deliver(batch)).toEqual({ outcome: "delivered" });
    expect(mails).toHaveLength(1);
    const { headers, parts } = readMail(mails[0]?.raw ?? "");
    expect(headers.get("subject")).toBe("[Emergency] 1000 alerts: Escape, A shell");
    const text = parts.get("text/plain") ?? "";
    expect([...parts.keys()]).toEqual(["text/plain"]);
    expect(text).toMatch(/^1000 alerts\r\n\r\n {5}1 {2}Emergency {2}Escape\r\n {3}999 {2}Warning {2}A shell\r\n\r\n/);
    expect(batch.filter(({ message }) => !text.includes(message))).toEqual([]);
  });

  test("alerts of an interval are sent as one email", async () => {
    const { mails, hostport } = await start();
    const lost: number[] = [];
    const queue = new OutputQueue(open(hostport, { interval: 400 }), {
      ...{ failing() {}, warning() {}, recovered() {}, rejected() {}, async deadLetters() {}, ended() {} },
      lost: (alerts) => lost.push(alerts),
    });
    for (let i = 0; i < 20; i++) {
      queue.add([{ alert: alertAbout(`alert ${i}.`), after: 0 }]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await queue.stop(5000);
    const subjects = mails.map(({ raw }) => readMail(raw).headers.get("subject") ?? "");
    const counts = subjects.map((subject) => Number(/ (\d+) alerts: /.exec(subject)?.[1] ?? 1));
    expect([counts.reduce((sum, each) => sum + each, 0), lost]).toEqual([20, []]);
    expect(mails.length).toBeLessThanOrEqual(3);
  });

  test("no text of an alert adds a header, a recipient or markup", async () => {
    const { mails, hostport } = await start();
    const evil = `x\r\nBcc: evil@example.org\r\n\r\n.\r\nMAIL FROM:<evil@example.org>\r\n<script>alert("&")</script>${hostile}`;
    const batch = [alertAbout(evil, { rule: evil, tags: [evil] })];
    expect(await open(hostport).deliver(batch)).toEqual({ outcome: "delivered" });
    expect(await open(hostport).deliver([...batch, ...batch])).toEqual({ outcome: "delivered" });
    expect(mails.map(({ to }) => to.length)).toEqual([2, 2]);
    for (const { raw } of mails) {
      const { headers, parts } = readMail(raw);
      expect([...headers.keys()].sort()).toEqual([
        "auto-submitted",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "subject",
        "to",
      ]);
      expect(headers.get("subject")).toMatch(/^\[Warning\] (2 alerts: )?x Bcc: evil@example\.org \. MAIL FROM/);
      const html = parts.get("text/html") ?? "";
      expect(html).not.toMatch(/<script|<a |<!channel/);
      expect(html).toContain("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;");
      expect(parts.get("text/plain")).not.toMatch(/^(Bcc|MAIL)/m);
    }
  });

  test("the output authenticates; with a wrong password, alerts are retried, and the reason does not contain the password", async () => {
    const { mails, hostport } = await start({
      authOptional: false,
      authMethods: ["PLAIN"],
      onAuth({ username, password, authzid }, _session, done) {
        if (password === "right") done(null, { user: `${username} for ${authzid}` });
        else done(Object.assign(new Error(`no: ${password}`), { responseCode: 535 }));
      },
    });
    const user = { user: "eyas", identity: "team" };
    expect(await open(hostport, { ...user, password: "right" }).deliver([alertAbout("x")])).toEqual({
      outcome: "delivered",
    });
    expect(mails).toMatchObject([{ user: "eyas for team" }]);
    const delivery = await open(hostport, { ...user, password: "wr0ng" }).deliver([alertAbout("x")]);
    expect(delivery).toEqual({
      outcome: "retry",
      reason: expect.stringMatching(/535 no: \*\*\*/),
      persistent: true,
    });
    expect(await open(hostport).deliver([alertAbout("x")])).toEqual({
      outcome: "retry",
      reason: expect.stringMatching(/530/),
      persistent: true,
    });
  });

  test("a temporary failure of authentication is not persistent", async () => {
    const { hostport } = await start({
      authMethods: ["PLAIN"],
      onAuth: (_auth, _session, done) => done(Object.assign(new Error("later"), { responseCode: 454 })),
    });
    expect(await open(hostport, { user: "eyas", password: "right" }).deliver([alertAbout("x")])).toEqual({
      outcome: "retry",
      reason: expect.stringMatching(/454 later/),
    });
  });

  const refusal = Object.assign(new Error("not you"), { responseCode: 554 });
  test.each<[string, SMTPServerOptions]>([
    ["client", { onConnect: (_session, done) => done(refusal) }],
    ["sender", { onMailFrom: (_address, _session, done) => done(refusal) }],
    ["recipients", { onRcptTo: (_address, _session, done) => done(refusal) }],
  ])("if a server rejects the %s before it receives alerts, the alerts are retried", async (_, options) => {
    const { hostport } = await start(options);
    expect(await open(hostport).deliver([alertAbout("x")])).toEqual({
      outcome: "retry",
      reason: expect.stringMatching(/554 not you/),
      persistent: true,
    });
  });

  test("temporary failures (4xx) request a retry of the email, and permanent failures (5xx) reject it", async () => {
    const codes = [451, 421, 554];
    const { mails, hostport } = await start({ answer: () => codes.shift() });
    const output = open(hostport);
    expect(await output.deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/451 So it is/),
    });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/421 So it is/),
    });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({
      outcome: "rejected",
      reason: expect.stringMatching(/554 So it is/),
    });
    expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(mails).toHaveLength(1);
  });

  test("an email that is too large for the server is split", async () => {
    const { mails, hostport } = await start({ size: 40_000 });
    const batch = Array.from({ length: 60 }, (_, i) => alertAbout(`alert ${i}. ${"x".repeat(500)}`));
    expect(await open(hostport, { outputformat: "text" }).deliver(batch)).toEqual({ outcome: "delivered" });
    const all = mails.map(({ raw }) => readMail(raw).parts.get("text/plain")).join("");
    expect(mails.length).toBeGreaterThan(1);
    expect(batch.filter((_, i) => !all.includes(`[Warning] alert ${i}. `))).toEqual([]);
  });

  test("no email is sent without TLS if it is required, or to a server with an invalid certificate", async () => {
    const plain = await start({ hideSTARTTLS: true, disabledCommands: ["STARTTLS", "AUTH"] });
    expect(await open(plain.hostport).deliver([alertAbout("x")])).toMatchObject({
      outcome: expect.not.stringMatching("delivered"),
    });
    expect(await open(plain.hostport, { tls: false }).deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
    expect(plain.mails).toMatchObject([{ secure: false }]);
    const { mails, hostport } = await start();
    expect(await open(hostport, {}, noCertificates).deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/certificate/),
    });
    expect(mails).toEqual([]);
    expect(await open(hostport, { checkcert: false }, noCertificates).deliver([alertAbout("x")])).toEqual({
      outcome: "delivered",
    });
  });

  test("an unreachable server and a server without a greeting request a retry", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    running.push({ close: () => new Promise((resolve) => silent.close(resolve)) });
    const output = open(`127.0.0.1:${portOf(silent)}`, { timeout: 100 });
    expect(await output.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
    const { hostport } = await start();
    await running.pop()?.close();
    expect(await open(hostport).deliver([alertAbout("x")])).toMatchObject({
      outcome: "retry",
      reason: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

test.each([
  ["oauthbearer", { user: "a,b=c", token: "t0ken" }, "OAUTHBEARER", "n,a=a=2Cb=3Dc,\x01auth=Bearer t0ken\x01\x01"],
  ["external", { identity: "team" }, "EXTERNAL", "team"],
  ["anonymous", { trace: "eyas@node" }, "ANONYMOUS", "eyas@node"],
] as const)("%s authenticates as specified (stand-in)", async (authmechanism, who, mechanism, words) => {
  const said: string[] = [];
  const server = createServer((socket) => {
    socket.write("220 here\r\n");
    socket.on("data", (chunk) => {
      const line = String(chunk).trim();
      said.push(line);
      if (line.startsWith("EHLO")) socket.write(`250-here\r\n250 AUTH ${mechanism}\r\n`);
      else socket.write(line.startsWith("AUTH") ? "334 eyJ9\r\n" : `535 no to ${said[1]}\r\n`);
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  running.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  const output = open(`127.0.0.1:${portOf(server)}`, { tls: false, authmechanism, ...who });
  expect(await output.deliver([alertAbout("x")])).toMatchObject({
    outcome: "retry",
    persistent: true,
    reason: expect.stringMatching(`no to AUTH ${mechanism} \\*\\*\\*$`),
  });
  const [, start, words64] = /^(AUTH \S+) (.*)$/.exec(said[1] ?? "") ?? [];
  expect([start, Buffer.from(words64 ?? "", "base64").toString()]).toEqual([`AUTH ${mechanism}`, words]);
  expect(said[2]).toBe(authmechanism === "oauthbearer" ? "AQ==" : "*");
});

test("a subject contains the highest priority and a few rules, and has a limited length", () => {
  const alerts = ["a", "b", "c", "d", "e"].map((rule) => alertAbout("x", { rule: rule.repeat(80) }));
  const { subject } = mailAbout(alerts);
  expect(subject).toMatch(/^\[Warning\] 5 alerts: a{80}, b{80}, c+…$/);
  expect(subject).toHaveLength(200);
  expect(mailAbout(["a", "b", "c", "d"].map((rule) => alertAbout("x", { rule }))).subject).toBe(
    "[Warning] 4 alerts: a, b, c and 1 more",
  );
});

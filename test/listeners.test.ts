import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { bodyOf, eventText } from "../bench/audit/events.ts";
import { podsIn, type Running, startRun } from "../bench/audit/run.ts";
import { home } from "../src/agent/home.ts";
import { openReader } from "../src/journal/read.ts";
import { makeCertificates } from "../src/output/transport/certificates.fixture.ts";
import { parseQuery } from "../src/query/parse.ts";
import { needs } from "./parts/needs.ts";

let running: Running | undefined;
afterEach(async () => {
  await running?.end("SIGKILL");
  running = undefined;
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Starts `eyas run` with a listener for audit events over mutual TLS with a token. */
async function open() {
  const ours = makeCertificates();
  const others = makeCertificates();
  const folder = mkdtempSync(join(tmpdir(), "eyas-listeners-"));
  const [journal, port] = [join(folder, "journal.db"), await freePort()];
  const token = join(folder, "token");
  writeFileSync(token, "s3cret\n");
  const eyas = await startRun(
    journal,
    port,
    `sources.k8s_audit.from=https://127.0.0.1:${port}/k8s-audit`,
    `sources.k8s_audit.certificate=${ours.at("server.crt")}`,
    `sources.k8s_audit.key=${ours.at("server.key")}`,
    `sources.k8s_audit.client_authority=${ours.at("ca.crt")}`,
    `sources.k8s_audit.token_file=${token}`,
    "sources.k8s_audit.max_body=1MiB",
  );
  running = eyas;
  return { eyas, ours, others, folder, journal, port };
}

type Certificates = ReturnType<typeof makeCertificates>;

interface Request {
  readonly body?: string | Buffer;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly identity?: Certificates;
}

function sender(port: number, ours: Certificates) {
  const ca = readFileSync(ours.at("ca.crt"));
  return ({ body = "", path = "/k8s-audit", method = "POST", headers = {}, identity = ours }: Request) =>
    new Promise<number | undefined>((resolve, reject) => {
      const own = { cert: identity.read("client.crt"), key: identity.read("client.key") };
      const usual = { "content-type": "application/json", authorization: "Bearer s3cret" };
      const options = { host: "127.0.0.1", port, path, method, ca, ...own, headers: { ...usual, ...headers } };
      const asked = request(options, (response) => void text(response).then(() => resolve(response.statusCode)));
      asked.on("error", reject).end(body);
    });
}

const now = (): string => new Date().toISOString();
const one = (number: number): string => eventText(number, now(), 1);

test("invalid requests get the right status, and other requests are not affected", {
  ...needs("openssl"),
  timeout: 300_000,
}, async () => {
  const { eyas, ours, others, journal, port } = await open();
  const post = sender(port, ours);
  // A valid sender during the whole test.
  let done = false;
  let good = 0;
  const steady = (async () => {
    while (!done) {
      expect(await post({ body: one(good++) })).toBe(200);
      await sleep(5);
    }
  })();
  // Clients with incomplete requests.
  const slow = Array.from({ length: 30 }, (_, i) => {
    const own = { cert: ours.read("client.crt"), key: ours.read("client.key"), ca: ours.read("ca.crt") };
    const socket = connect({ host: "127.0.0.1", port, ...own });
    socket.on("error", () => {});
    socket.write("POST /k8s-audit HTTP/1.1\r\nhost: x\r\nauthorization: Bearer s3cret\r\n");
    if (i % 2 === 0) socket.write('content-type: application/json\r\ncontent-length: 100000\r\n\r\n{"kind":');
    return socket;
  });

  const large = `[${new Array(700).fill(one(1_000_000)).join()}]`;
  const fat = one(2_000_005).replace("xxx", "x".repeat(300 * 1024));
  const answers: Readonly<Record<string, Request>> = {
    "400 no JSON": { body: '{"kind":"Event",' },
    "400 nothing": { body: " " },
    "400 no audit event": { body: '{"kind":"Pod"}' },
    "400 without a time": { body: one(1_000_000).replace("stageTimestamp", "timestamp") },
    "400 no gzip": { body: "x", headers: { "content-encoding": "gzip" } },
    "401 no token": { body: one(1_000_000), headers: { authorization: "" } },
    "401 the wrong token": { body: one(1_000_000), headers: { authorization: "Bearer s3crets" } },
    "403 another authority's certificate": { body: one(1_000_000), identity: others },
    "404 another path": { body: one(1_000_000), path: "/" },
    "405 another method": { method: "GET" },
    "413 a body that is too large": { body: large },
    "413 one that inflates to that": { body: gzipSync(large), headers: { "content-encoding": "gzip" } },
    "200 an event that is too large, without its largest values": { body: fat },
    "415 another type": { body: one(1_000_000), headers: { "content-type": "text/plain" } },
    "415 an unknown coding": { body: one(1_000_000), headers: { "content-encoding": "br" } },
    "200 a part that is none, and one that is there again": { body: `[${one(2_000_000)},{"kind":"Pod"},${fat}]` },
    "200 compressed": { body: gzipSync(one(2_000_001)), headers: { "content-encoding": "gzip" } },
    "200 as the API server asks": { body: bodyOf(2_000_002, 3, 1), path: "/k8s-audit?timeout=30s" },
  };
  for (const [what, wanted] of Object.entries(answers)) {
    const status = await post(wanted);
    expect([what, status]).toEqual([what, Number(what.slice(0, 3))]);
  }
  done = true;
  await steady;
  for (const socket of slow) socket.destroy();
  expect(await eyas.figure("eyas_events_total", 'source="k8s_audit"')).toBe(good + 6);
  await eyas.end("SIGTERM");
  running = undefined;
  const pods = podsIn(journal, "Pod exec or attach session opened");
  expect(pods.size).toBe(good + 6);
  expect(pods.has("load-1000000")).toBe(false);
  expect(eyas.said()).not.toContain("s3cret");
  // The second rejection is reported at the end, since an origin has at most one such alert per minute.
  const reader = openReader(journal);
  const found = [...(reader?.find(parseQuery(["rule=Eyas internal: request too large"]), "oldest") ?? [])];
  reader?.close();
  const rejected = found.map(({ names, values }) =>
    ["eyas.peers", "eyas.bytes"].map((name) => values[names.indexOf(name)]),
  );
  expect(rejected).toEqual([
    ['"127.0.0.1"', `${large.length}`],
    ['"127.0.0.1"', undefined],
  ]);
});

test("a Kubernetes client is accepted with the API server's kubeconfig, and rejected without its credentials", {
  ...needs("openssl", "kubectl"),
  timeout: 300_000,
}, async () => {
  const { ours, others, folder, port } = await open();
  const shipped = readFileSync(join(home, "deploy/kubernetes/audit-webhook.yaml"), "utf8");
  const tokenFile = `tokenFile: ${join(folder, "token")}`;
  const withToken = shipped.replace("client-certificate:", `${tokenFile}\n      client-certificate:`);
  const answer = (text: string, files: Certificates): string => {
    const config = join(folder, "webhook.yaml");
    const authority = `certificate-authority: ${ours.at("ca.crt")}`;
    const placed = text.replace("127.0.0.1:9765", `127.0.0.1:${port}`).replace(/certificate-authority: .*/, authority);
    writeFileSync(config, placed.replaceAll("/etc/kubernetes/eyas/", `${files.at("")}/`));
    // kubectl posts without the JSON content type, which is checked last.
    const words = ["--kubeconfig", config, "create", "--raw", "/k8s-audit?timeout=30s", "-f", config];
    return spawnSync("kubectl", words, { encoding: "utf8" }).stderr;
  };
  expect(answer(withToken, ours)).toContain("The content type must be application/json");
  expect(answer(shipped, ours)).toContain("must be logged in");
  expect(answer(withToken, others)).toContain(
    "The client certificate is invalid, or a configured authority did not issue it.",
  );
});

import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { needs } from "../../../../test/parts/needs.ts";
import { asJson, asText } from "../../output.ts";
import { alertAbout, hostile, type Receiver, startReceiver } from "../../receiver.fixture.ts";
import { makeCertificates } from "../../transport/certificates.fixture.ts";
import { type HttpOutputKeys, httpOutput } from "./output.ts";

const keys: HttpOutputKeys = {
  url: "",
  user_agent: "falcosecurity/falco",
  insecure: false,
  ca_cert: "",
  ca_bundle: "",
  ca_path: "/etc/ssl/certs",
  mtls: false,
  client_cert: "/etc/ssl/certs/client.crt",
  client_key: "/etc/ssl/certs/client.key",
  echo: false,
  compress_uploads: false,
  keep_alive: false,
  max_consecutive_timeouts: 5,
};
const running: Receiver[] = [];
afterEach(async () => {
  for (const receiver of running.splice(0)) await receiver.stop();
});

async function receiver(...given: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...given);
  running.push(started);
  return started;
}

test("each alert is sent in one request, as a line in the configured format (stand-in)", async () => {
  const { url, requests } = await receiver();
  const batch = [alertAbout("one"), alertAbout(hostile)];
  const changed = { ...keys, url: `${url}/in?x=y`, user_agent: "mine/1" };
  expect(await httpOutput(asText, false, changed).deliver(batch)).toEqual({ outcome: "delivered" });
  expect(await httpOutput(asJson, true, { ...changed, compress_uploads: true }).deliver(batch)).toEqual({
    outcome: "delivered",
  });
  expect(requests.map(({ body }) => body)).toEqual([...batch.map(asText), ...batch.map(asJson)]);
  expect(requests[0]).toMatchObject({
    method: "POST",
    path: "/in?x=y",
    headers: { "content-type": "text/plain", "user-agent": "mine/1", connection: "close" },
  });
  expect(requests[3]).toMatchObject({ headers: { "content-type": "application/json", "content-encoding": "gzip" } });
});

test("connections are reused with keep_alive (stand-in)", async () => {
  const sockets = new Set<unknown>();
  const { url } = await receiver((_, response) => {
    sockets.add(response.socket);
    return {};
  });
  const batch = [alertAbout("one"), alertAbout("two"), alertAbout("three")];
  const kept = httpOutput(asJson, true, { ...keys, url, keep_alive: true });
  await kept.deliver(batch);
  await kept.close();
  expect(sockets.size).toBe(1);
});

test("an unreadable file or directory of CA certificates, or an unknown CA, requests a retry (stand-in)", async () => {
  const { url } = await receiver();
  const folder = mkdtempSync(join(tmpdir(), "eyas-ca-"));
  writeFileSync(join(folder, "some.pem"), "no certificate");
  const https = url.replace("http:", "https:");
  for (const change of [{ ca_cert: join(folder, "none") }, { ca_path: join(folder, "none") }, { ca_path: folder }, {}])
    expect(await httpOutput(asJson, true, { ...keys, url: https, ...change }).deliver([alertAbout("x")])).toMatchObject(
      {
        outcome: "retry",
      },
    );
});

test("a rejected alert does not block later ones (stand-in)", async () => {
  const { url } = await receiver(({ body }) => (body.includes("two") ? { status: 422, body: "why not" } : {}));
  const batch = [alertAbout("one"), alertAbout("two"), alertAbout("three")];
  expect(await httpOutput(asText, false, { ...keys, url }).deliver(batch)).toEqual({
    outcome: "partly",
    reason: "status 422: why not",
    retry: [],
    rejected: [{ alert: batch[1], reason: "status 422: why not" }],
  });
});

test("each key for certificates has an effect", needs("openssl"), async () => {
  const { at, read } = makeCertificates();
  const folder = mkdtempSync(join(tmpdir(), "eyas-ca-"));
  copyFileSync(at("ca.crt"), join(folder, "ca.pem"));
  const server = { cert: read("server.crt"), key: read("server.key") };
  const [open, strict] = [
    await receiver(undefined, server),
    await receiver(undefined, { ...server, ca: read("ca.crt"), requestCert: true }),
  ];
  const outcome = async ({ url }: Receiver, change: Partial<HttpOutputKeys>): Promise<string> => {
    const output = httpOutput(asJson, true, { ...keys, url, ...change });
    const delivery = await output.deliver([alertAbout("x")]);
    await output.close();
    return delivery.outcome;
  };
  expect(await outcome(open, {})).toBe("retry");
  for (const change of [
    { insecure: true },
    { ca_cert: at("ca.crt") },
    { ca_bundle: at("ca.crt") },
    { ca_path: folder },
  ])
    expect({ change, outcome: await outcome(open, change) }).toEqual({ change, outcome: "delivered" });
  // `ca_cert` takes precedence
  expect(await outcome(open, { ca_cert: at("client.crt"), ca_bundle: at("ca.crt") })).toBe("retry");
  const client = { ca_cert: at("ca.crt"), client_cert: at("client.crt"), client_key: at("client.key") };
  expect(await outcome(strict, client)).toBe("retry");
  expect(await outcome(strict, { ...client, mtls: true })).toBe("delivered");
  expect(await outcome(strict, { ...client, mtls: true, client_key: at("server.key") })).toBe("retry");
});

test("a directory of CA certificates is read again after Kubernetes replaced its files", needs("openssl"), async () => {
  const [first, second] = [makeCertificates(), makeCertificates()];
  const folder = mkdtempSync(join(tmpdir(), "eyas-ca-"));
  const put = (version: string, file: string) => {
    mkdirSync(join(folder, version));
    copyFileSync(file, join(folder, version, "ca.crt"));
    symlinkSync(version, join(folder, "..new"));
    renameSync(join(folder, "..new"), join(folder, "..data"));
  };
  put("..v1", first.at("ca.crt"));
  symlinkSync("..data/ca.crt", join(folder, "ca.crt"));
  const [old, renewed] = [
    await receiver(undefined, { cert: first.read("server.crt"), key: first.read("server.key") }),
    await receiver(undefined, { cert: second.read("server.crt"), key: second.read("server.key") }),
  ];
  const now = performance.now();
  const clock = vi.spyOn(performance, "now").mockReturnValue(now);
  onTestFinished(() => clock.mockRestore());
  const output = httpOutput(asJson, true, { ...keys, url: old.url, ca_path: folder });
  expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  put("..v2", first.at("ca.crt"));
  rmSync(join(folder, "..v1"), { recursive: true });
  clock.mockReturnValue(now + 60_000);
  expect(await output.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  await output.close();
  const other = httpOutput(asJson, true, { ...keys, url: renewed.url, ca_path: folder });
  expect(await other.deliver([alertAbout("x")])).toMatchObject({ outcome: "retry" });
  copyFileSync(second.at("ca.crt"), join(folder, "new.pem"));
  expect(await other.deliver([alertAbout("x")])).toEqual({ outcome: "delivered" });
  await other.close();
});

test("the responses of the receiver are printed only with echo (stand-in)", async () => {
  const { url } = await receiver(() => ({ body: "thanks" }));
  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  onTestFinished(() => write.mockRestore());
  for (const echo of [false, true]) await httpOutput(asText, false, { ...keys, url, echo }).deliver([alertAbout("x")]);
  expect(printed).toEqual(["thanks\n"]);
});

test("a request that times out is sent again max_consecutive_timeouts times (stand-in)", async () => {
  // Request deadlines: signals that the test aborts.
  const deadlines: AbortController[] = [];
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
    deadlines.push(new AbortController());
    return deadlines.at(-1)?.signal ?? new AbortController().signal;
  });
  onTestFinished(() => timeout.mockRestore());
  const { url, requests } = await receiver(() => undefined);
  const delivery = httpOutput(asText, false, { ...keys, url, max_consecutive_timeouts: 2 }).deliver([alertAbout("x")]);
  for (let sent = 1; sent <= 3; sent++) {
    await vi.waitUntil(() => requests.length === sent);
    deadlines.at(-1)?.abort(new DOMException("late", "TimeoutError"));
  }
  expect(await delivery).toMatchObject({ outcome: "retry" });
  expect(requests.length).toBe(3);
});

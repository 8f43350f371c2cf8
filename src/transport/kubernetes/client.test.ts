import { mkdtempSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { makeCertificates } from "../../output/transport/certificates.fixture.ts";
import { clusterAt } from "../../response/actions/kubernetes/cluster.ts";
import { pathText } from "./path.ts";

const certificates = makeCertificates();
const ending: (() => void)[] = [];
afterEach(() => {
  for (const end of ending.splice(0)) end();
});

/** A server with the given responses, and a kubeconfig for it. */
async function serve(
  answer: (request: IncomingMessage) => { status: number; headers?: Record<string, string>; body?: string },
  user: object,
) {
  const tls = { cert: certificates.read("server.crt"), key: certificates.read("server.key") };
  const server = createServer(
    { ...tls, ca: certificates.read("ca.crt"), requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { status, headers, body } = answer(request);
      if (status === 0) return; // no response
      response.writeHead(status, headers).end(body ?? "{}");
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ending.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const kubeconfig = join(mkdtempSync(join(tmpdir(), "eyas-kube-")), "config");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name: "c",
          cluster: {
            server: `https://127.0.0.1:${port}/k8s/clusters/one/`,
            "certificate-authority": certificates.at("ca.crt"),
          },
        },
      ],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  return clusterAt({ kubeconfig, context: "" });
}

const signal = AbortSignal.timeout(10_000);
const path = ["api", "v1", "namespaces", "shop"];

describe("an API server", () => {
  it("is requested below the path of its address, with a client certificate", async () => {
    const asked: unknown[] = [];
    const cluster = await serve(
      (request) => {
        asked.push(request.url, request.socket instanceof TLSSocket && request.socket.getPeerCertificate().subject.CN);
        return { status: 200 };
      },
      { "client-certificate": certificates.at("client.crt"), "client-key": certificates.at("client.key") },
    );
    await cluster.request({ path, query: { "a b": "c&d" }, signal });
    expect(asked).toEqual(["/k8s/clusters/one/api/v1/namespaces/shop?a+b=c%26d", "client"]);
  });

  it("gets a new token if it rejects the cached token", async () => {
    const tokenFile = join(mkdtempSync(join(tmpdir(), "eyas-kube-")), "token");
    writeFileSync(tokenFile, "old");
    const cluster = await serve(
      ({ headers }) => {
        const isNew = headers.authorization === "Bearer new";
        writeFileSync(tokenFile, "new");
        return isNew ? { status: 200, body: '{"kind":"Namespace"}' } : { status: 401 };
      },
      { tokenFile },
    );
    expect(await cluster.request({ path, signal })).toEqual({ kind: "Namespace" });
  });

  it("that responds with status 429 gets the request again, unless the call is final", async () => {
    let asked = 0;
    const busy = await serve(
      () => (++asked % 3 === 0 ? { status: 200 } : { status: 429, headers: { "retry-after": "0" } }),
      { token: "t" },
    );
    await busy.request({ path, signal });
    expect(asked).toBe(3);
    await expect(busy.request({ path, isFinal: true, signal })).rejects.toThrow("limits the rate of requests (429)");
    expect(asked).toBe(4);
  });

  it("that is unavailable gets read requests again, but no change is sent twice", async () => {
    const methods: unknown[] = [];
    const cluster = await serve(
      ({ method }) => {
        methods.push(method);
        return { status: 503, headers: { "retry-after": "0" } };
      },
      { token: "t" },
    );
    await expect(cluster.request({ path, signal })).rejects.toThrow("responded with status 503");
    await expect(cluster.request({ method: "POST", path, body: {}, signal })).rejects.toThrow("status 503");
    expect(methods).toEqual(["GET", "GET", "GET", "POST"]);
  });

  it.each([
    [
      { status: 403, body: '{"message":"no\\u001b[2J\\nway","reason":"Forbidden"}' },
      "the API server does not allow the request (403): no [2J way",
    ],
    [{ status: 500, body: "<html>secret</html>" }, "the API server responded with status 500"],
    [{ status: 302, headers: { location: "https://elsewhere/" } }, "the API server responded with status 302"],
    [{ status: 200, body: "<html>" }, "the API server's response is not JSON"],
  ])("that responds with %j: %s", async (answer, words) => {
    const cluster = await serve(() => answer, { token: "t" });
    await expect(cluster.request({ path, signal })).rejects.toMatchObject({ message: words });
  });

  it("that is unreachable causes an error without sent data", async () => {
    const cluster = await serve(() => ({ status: 0 }), { token: "secret-token" });
    for (const end of ending.splice(0)) end();
    await expect(cluster.request({ path, signal })).rejects.toThrow("cannot connect to the API server: ECONNREFUSED");
  });

  it("is not requested after the timeout", async () => {
    const cluster = await serve(() => ({ status: 0 }), { token: "t" });
    const late = AbortSignal.timeout(100);
    await expect(cluster.request({ path, signal: late })).rejects.toThrow();
    expect(late.aborted).toBe(true);
  });

  it("is unknown outside a cluster without a kubeconfig", async () => {
    const { KUBECONFIG, KUBERNETES_SERVICE_HOST } = process.env;
    delete process.env.KUBECONFIG;
    delete process.env.KUBERNETES_SERVICE_HOST;
    try {
      await expect(clusterAt({ kubeconfig: "", context: "" })).rejects.toThrow("the API server is unknown");
    } finally {
      if (KUBECONFIG !== undefined) process.env.KUBECONFIG = KUBECONFIG;
      if (KUBERNETES_SERVICE_HOST !== undefined) process.env.KUBERNETES_SERVICE_HOST = KUBERNETES_SERVICE_HOST;
    }
  });
});

it("segments of a path are escaped", () => {
  expect(pathText(["a/b", "c?d=e#f", "%2e", "g h"])).toBe("/a%2Fb/c%3Fd%3De%23f/%252e/g%20h");
  for (const part of ["", ".", ".."]) expect(() => pathText(["a", part])).toThrow("not a valid path segment");
});

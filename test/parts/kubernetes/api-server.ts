import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificates } from "../../../src/output/transport/certificates.fixture.ts";
import { endChild, freePort, startChild } from "../child.ts";
import type { PartName } from "../parts.ts";
import { apiServerPath } from "./parts.ts";

/** Parts that {@link startApiServer} needs. */
export const apiServerParts = ["kube-apiserver", "etcd", "kubectl", "openssl"] as const satisfies readonly PartName[];

/** A process of kube-apiserver. */
export interface ApiServerProcess {
  readonly url: URL;
  /**
   * Restarts the process; etcd keeps running.
   * @param signal signal that ends it; default: SIGTERM, and SIGKILL a few seconds later
   */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Stops the process gracefully, so that it sends its remaining audit events. etcd keeps running. */
  stop(): Promise<void>;
}

/** A kube-apiserver with a separate etcd, without controllers, scheduler and kubelets. */
export interface RealApiServer extends ApiServerProcess {
  /** A directory with `ca.crt` and the `token` of the service account eyas/eyas. */
  readonly folder: string;
  /** Path of the kubeconfig file of an administrator. */
  readonly admin: string;
  readonly eyas: string;
  /** Tokens of an administrator, of a user without rights, and of the controllers. */
  readonly tokens: Readonly<Record<"admin" | "eve" | "controller", string>>;
  /** Runs `kubectl …` as an administrator. @returns the output */
  kubectl(input: unknown, ...words: readonly string[]): string;
  /** Starts another API server with the same etcd. @param more flags that replace flags of the first server */
  another(...more: readonly string[]): Promise<ApiServerProcess>;
  /** Removes all old versions of objects from etcd, as an API server does every five minutes. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** Tokens with user and groups, in the format of --token-auth-file. */
const USERS = {
  admin: { token: "admin-token", account: "admin,1,system:masters" },
  eyas: { token: "eyas-token", account: "system:serviceaccount:eyas:eyas,2" },
  eve: { token: "eve-token", account: "eve,3" },
  controller: { token: "controller-token", account: "system:kube-controller-manager,4" },
} as const;
/** Maximum time until the server is ready, in milliseconds, on a busy machine. */
const PATIENCE = 120_000;
/** Number of attempts, since another program may take a port first. */
const ATTEMPTS = 3;
const LOG_END = 2000;
/** Maximum time for the server to complete requests and send its last audit events, in milliseconds. */
const GRACE = 120_000;

/**
 * @param more flags for kube-apiserver in addition to the flags that every test needs
 * @throws Error with the end of the log if it does not become ready
 */
export async function startApiServer(...more: readonly string[]): Promise<RealApiServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(more);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function start(more: readonly string[]): Promise<RealApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "eyas-kube-apiserver-"));
  const at = (name: string): string => join(folder, name);
  const certificates = makeCertificates();
  writeFileSync(at("ca.crt"), certificates.read("ca.crt"));
  execFileSync("openssl", ["genrsa", "-out", at("accounts.key"), "2048"], { stdio: "pipe" });
  const accounts = Object.values(USERS).map(({ token, account }) => `${token},${account}\n`);
  writeFileSync(at("tokens.csv"), accounts.join(""));
  writeFileSync(at("token"), USERS.eyas.token);
  mkdirSync(at("home"));

  const [client, peer, firstPort] = [await freePort(), await freePort(), await freePort()];
  const url = new URL(`https://127.0.0.1:${firstPort}`);
  const [store, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const run = (program: string, words: readonly string[]): ChildProcess => {
    const log = openSync(at("log"), "a");
    return startChild(program, words, { stdio: ["ignore", log, log], cwd: folder });
  };
  const etcd = run("etcd", [
    ...["--data-dir", at("etcd"), "--listen-client-urls", store, "--advertise-client-urls", store],
    ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers],
    ...["--initial-cluster", `default=${peers}`, "--unsafe-no-fsync"],
  ]);
  const startServer = (port: number, flags: readonly string[]): ChildProcess =>
    run(apiServerPath, [
      ...[`--etcd-servers=${store}`, "--bind-address=127.0.0.1", `--secure-port=${port}`],
      ...["--advertise-address=127.0.0.1", "--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true"],
      ...[
        `--tls-cert-file=${certificates.at("server.crt")}`,
        `--tls-private-key-file=${certificates.at("server.key")}`,
      ],
      ...[`--cert-dir=${at("certificates")}`, `--token-auth-file=${at("tokens.csv")}`],
      ...[`--service-account-key-file=${at("accounts.key")}`],
      ...[`--service-account-signing-key-file=${at("accounts.key")}`],
      ...["--service-account-issuer=https://kubernetes.default.svc"],
      // There is no controller that creates the default service account of each namespace, which pods need.
      ...["--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"],
      ...flags,
    ]);

  const kubeconfig = (user: keyof typeof USERS): string => {
    const config = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
      clusters: [{ name: "test", cluster: { server: url.origin, "certificate-authority": at("ca.crt") } }],
      users: [{ name: user, user: { token: USERS[user].token } }],
      contexts: [{ name: "test", context: { cluster: "test", user } }],
    };
    writeFileSync(at(`${user}.kubeconfig`), JSON.stringify(config));
    return at(`${user}.kubeconfig`);
  };
  const { admin: user, eve, controller } = USERS;
  const tokens = { admin: user.token, eve: eve.token, controller: controller.token };
  const [admin, eyas] = [kubeconfig("admin"), kubeconfig("eyas")];

  function kubectl(input: unknown, ...words: readonly string[]): string {
    return execFileSync("kubectl", words, {
      encoding: "utf8",
      maxBuffer: 64 << 20,
      env: { PATH: process.env.PATH, HOME: at("home"), KUBECONFIG: admin },
      ...(input !== undefined && { input: typeof input === "string" ? input : JSON.stringify(input) }),
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  /** Sends a request to etcd. */
  async function ask(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${store}/v3/kv/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd responded with status ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  async function compact(): Promise<void> {
    const range = (await ask("range", { key: btoa("/"), limit: 1 })) as {
      readonly header: { readonly revision: string };
    };
    await ask("compaction", { revision: range.header.revision, physical: true });
  }

  const ends: (() => Promise<void>)[] = [];

  /** Starts an API server and waits until it is ready. */
  async function open(port: number, flags: readonly string[]): Promise<ApiServerProcess> {
    const { origin } = new URL(`https://127.0.0.1:${port}`);
    let child = startServer(port, flags);
    ends.push(() => endChild(child));

    async function ready(): Promise<void> {
      for (const end = Date.now() + PATIENCE; ; await sleep(200)) {
        try {
          if (kubectl(undefined, `--server=${origin}`, "get", "--raw", "/readyz") === "ok") return;
        } catch {
          if (Date.now() < end && child.exitCode === null && etcd.exitCode === null) continue;
          throw new Error(`The API server is not ready: ${readFileSync(at("log"), "utf8").slice(-LOG_END)}`);
        }
      }
    }

    await ready();
    return {
      url: new URL(origin),
      stop: () => endChild(child, "SIGTERM", GRACE),
      async restart(signal) {
        await (signal === undefined ? endChild(child) : endChild(child, signal, GRACE));
        child = startServer(port, flags);
        await ready();
      },
    };
  }

  async function close(): Promise<void> {
    for (const end of ends) await end();
    await endChild(etcd);
  }

  try {
    const first = await open(firstPort, more);
    const another = async (...flags: readonly string[]) => open(await freePort(), flags);
    return { ...first, ...{ folder, admin, eyas, tokens, kubectl, close, another, compact } };
  } catch (error) {
    await close();
    throw error;
  }
}

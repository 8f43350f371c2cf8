import { createClient } from "@redis/client";
import { readTls } from "../../../transport/tls.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson, type Facts } from "../../facts.ts";
import { delivered, type Output, reasonOf } from "../../output.ts";
import { secretsOf } from "../../transport/address.ts";
import { type SharedCertificates, tlsWith } from "../../transport/certificates.ts";
import { openConnection } from "../../transport/connection.ts";
import { inGroups } from "../../transport/in-groups.ts";
import type { BrokerKeys } from "../../transport/keys.ts";

export interface RedisKeys extends BrokerKeys {
  /** `host:port`, `redis://…` or `rediss://…`. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  readonly database: number;
  readonly storagetype: "list" | "hashmap" | "stream";
  readonly key: string;
  /** Approximate number of entries that a stream keeps; 0: all. */
  readonly maxlength: number;
  readonly tls: boolean;
  /** Paths of PEM files. Empty: the certificates shared by all receivers. */
  readonly certfile: string;
  readonly keyfile: string;
  readonly cacertfile: string;
}

/** Maximum number of alerts per command or transaction. */
const GROUP = 500;

/** Redis and compatible servers: alerts in a list, a hash by ID, or a stream. */
export function redisOutput(keys: RedisKeys, certificates: SharedCertificates): Output {
  const { address, password, timeout, mutualtls } = keys;
  const url = new URL(address.includes("://") ? address : `redis://${address}`);
  const secure = keys.tls || mutualtls || url.protocol === "rediss:";
  const link = openConnection({
    where: url.host,
    timeout,
    secrets: [password, ...secretsOf(url)],
    async connect(lost, givenUp) {
      const client = newClient(url, secure, keys, certificates);
      client.on("error", lost);
      givenUp.addEventListener("abort", () => client.isOpen && client.destroy());
      return client.connect();
    },
    disconnect: (client) => client.isOpen && client.destroy(),
    isPersistent: (error) => /^(WRONGPASS|NOAUTH|NOPERM)\b/.test(reasonOf(error)),
  });
  return {
    name: "redis",
    remote: true,
    deliver: (batch) =>
      inGroups(batch, GROUP, (group) =>
        link.use(async (client) => {
          await store(client, group.map(factsOf), keys);
          return delivered;
        }),
      ),
    reopen: link.close,
    close: link.close,
  };
}

type Client = ReturnType<typeof newClient>;

function newClient(url: URL, secure: boolean, keys: RedisKeys, certificates: SharedCertificates) {
  const { username, password, database, timeout } = keys;
  const user = username || decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const to = { host, port: Number(url.port || 6379), connectTimeout: timeout, reconnectStrategy: false } as const;
  return createClient({
    RESP: 2,
    ...(user !== "" && { username: user }),
    password: password || decodeURIComponent(url.password),
    database: database || Number(url.pathname.slice(1) || 0),
    disableOfflineQueue: true,
    socket: secure ? { ...to, ...readTls(tlsWith(ours(certificates, keys), keys)), tls: true } : to,
  });
}

async function store(client: Client, alerts: readonly Facts[], { storagetype, key, maxlength }: RedisKeys) {
  if (storagetype === "list")
    return client.rPush(
      key,
      alerts.map((facts) => eventJson(facts)),
    );
  if (storagetype === "hashmap")
    return client.hSet(
      key,
      alerts.flatMap((facts) => [facts.id, eventJson(facts)]),
    );
  const trim =
    maxlength === 0 ? {} : ({ TRIM: { strategy: "MAXLEN", strategyModifier: "~", threshold: maxlength } } as const);
  const all = client.multi();
  for (const facts of alerts) all.xAdd(key, "*", { uuid: facts.id, alert: eventJson(facts) }, trim);
  return all.exec();
}

/** Replaces shared certificates with the certificates that are set for this output. */
function ours(shared: SharedCertificates, { certfile, keyfile, cacertfile }: RedisKeys): SharedCertificates {
  const { mutualtlsclient: common } = shared;
  return {
    ...shared,
    mutualtlsclient: {
      certfile: certfile || common.certfile,
      keyfile: keyfile || common.keyfile,
      cacertfile: cacertfile || common.cacertfile,
    },
  };
}

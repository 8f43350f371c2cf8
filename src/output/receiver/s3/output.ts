import { hash } from "node:crypto";
import { Agent } from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type ObjectCannedACL, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import type { Alert } from "../../../alert/alert.ts";
import { excerpt, withoutSecrets } from "../../../transport/text.ts";
import { readTls, systemTls } from "../../../transport/tls.ts";
import { factsOf } from "../../alert-facts.ts";
import { eventJson } from "../../facts.ts";
import { type Delivery, delivered, type Output, reasonOf } from "../../output.ts";
import type { SharedCertificates } from "../../transport/certificates.ts";
import { afterColon, meaningOf, waitOf } from "../../transport/http-answer.ts";
import { eachGroup, inGroups } from "../../transport/in-groups.ts";

export interface S3Keys {
  readonly bucket: string;
  readonly prefix: string;
  /** URL of an S3-compatible store. Empty: AWS. */
  readonly endpoint: string;
  readonly pathstyle: boolean;
  readonly layout: "batch" | "falcosidekick";
  readonly enablecompression: boolean;
  /** Maximum size of an object before compression, in bytes. */
  readonly batchsize: number;
  /** Minimum interval between objects, in milliseconds. */
  readonly interval: number;
  readonly objectcannedacl: ObjectCannedACL | "none";
  readonly checkcert: boolean;
  /** Request timeout, in milliseconds. */
  readonly timeout: number;
}

export interface AwsKeys {
  readonly s3: S3Keys;
  readonly region: string;
  readonly accesskeyid: string;
  readonly secretaccesskey: string;
}

/** An object to store. */
interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly type: string;
  readonly encoding: "gzip" | undefined;
}

const compress = promisify(gzip);

/** S3 objects with alerts. Object names are derived from the alerts, so that a retry overwrites the object. */
export function s3Output(keys: AwsKeys, certificates: SharedCertificates): Output {
  const { bucket, layout, batchsize, objectcannedacl: acl, timeout, interval } = keys.s3;
  const secrets = [keys.secretaccesskey, keys.accesskeyid];
  let client: S3Client | undefined;

  async function put({ key, body, type, encoding }: StoredObject): Promise<Delivery> {
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: type,
      ContentEncoding: encoding,
      ChecksumAlgorithm: "CRC32",
      ...(acl !== "none" && { ACL: acl }),
    });
    const signal = AbortSignal.timeout(timeout);
    try {
      client ??= openClient(keys, certificates);
      await client.send(command, { abortSignal: signal });
      return delivered;
    } catch (error) {
      if (signal.aborted)
        return { outcome: "retry", reason: `no response within ${timeout / 1000} s`, unreachable: true };
      const delivery = classify(error, secrets);
      // The cause may be expired credentials or certificates, which an open client would continue to use.
      const answered = error instanceof S3ServiceException;
      if (delivery.outcome === "retry" && (delivery.persistent === true || !answered)) reopen();
      return delivery;
    }
  }

  const reopen = (): void => {
    client?.destroy();
    client = undefined;
  };
  return {
    name: "aws.s3",
    remote: true,
    ...(layout === "batch" && { interval }),
    async deliver(batch) {
      const stored = new Map(batch.map((alert) => [alert, storedOf(alert)]));
      const of = (group: readonly Alert[]): Stored[] => group.flatMap((alert) => stored.get(alert) ?? []);
      if (layout === "falcosidekick") return inGroups(batch, 1, async (group) => put(single(of(group), keys.s3)));
      const groups = groupsOf(of(batch), batchsize).map((group) => group.map(({ alert }) => alert));
      return eachGroup(groups, async (group) => put(await together(of(group), keys.s3)));
    },
    reopen,
    async close() {
      reopen();
    },
  };
}

/**
 * Reads the files with credentials again for each client. The SDK passes the configuration of a client to its providers
 * of credentials, which otherwise keep the content of these files as long as the process runs.
 */
const fresh = { ignoreCache: true };

function openClient(
  { s3: keys, region, accesskeyid, secretaccesskey }: AwsKeys,
  certificates: SharedCertificates,
): S3Client {
  const { endpoint, pathstyle, checkcert, timeout } = keys;
  const { cacertfile } = certificates.tlsclient;
  const tls = { ...systemTls, check: checkcert, moreAuthorities: cacertfile === "" ? [] : [cacertfile] };
  const place = region || (endpoint !== "" && !process.env.AWS_REGION ? "us-east-1" : "");
  return new S3Client({
    ...fresh,
    maxAttempts: 1, // the dispatcher retries
    requestHandler: {
      connectionTimeout: timeout,
      requestTimeout: timeout,
      httpsAgent: new Agent({ keepAlive: true, ...readTls(tls) }),
    },
    ...(place !== "" && { region: place }),
    ...(endpoint !== "" && { endpoint, forcePathStyle: pathstyle }),
    ...(accesskeyid !== "" && { credentials: { accessKeyId: accesskeyid, secretAccessKey: secretaccesskey } }),
  });
}

/** An alert as a line of an object. */
interface Stored {
  readonly alert: Alert;
  readonly id: string;
  /** UTC date: `2026-01-31`. */
  readonly day: string;
  /** UTC time: `23:59:59.000000001Z`. */
  readonly clock: string;
  readonly line: string;
}

function storedOf(alert: Alert): Stored {
  const facts = factsOf(alert);
  const [day = "", clock = ""] = facts.isoTime.split("T");
  return { alert, id: facts.id, day, clock, line: `${eventJson(facts)}\n` };
}

/** Groups consecutive alerts of the same day, up to a size. */
function groupsOf(batch: readonly Stored[], most: number): Stored[][] {
  const groups: Stored[][] = [];
  let bytes = 0;
  for (const one of batch) {
    const size = Buffer.byteLength(one.line);
    const last = groups.at(-1);
    if (last === undefined || last[0]?.day !== one.day || bytes + size > most) {
      groups.push([one]);
      bytes = 0;
    } else last.push(one);
    bytes += size;
  }
  return groups;
}

/** Object with many alerts: `prefix/2026-01-31/235959.000000001Z-<hash of the alert IDs>.ndjson.gz`. */
async function together(group: readonly Stored[], { prefix, enablecompression }: S3Keys): Promise<StoredObject> {
  const sum = hash("sha256", group.map(({ id }) => id).join("\n")).slice(0, 32);
  const { day = "", clock = "" } = group[0] ?? {};
  const key = under(prefix, `${day}/${clock.replaceAll(":", "")}-${sum}.ndjson`);
  const lines = Buffer.from(group.map(({ line }) => line).join(""));
  const type = "application/x-ndjson";
  if (!enablecompression) return { key, body: lines, type, encoding: undefined };
  return { key: `${key}.gz`, body: await compress(lines), type, encoding: "gzip" };
}

/**
 * Object in Falcosidekick's layout. The name contains the ID as well as the time, because several alerts can have the
 * same time.
 */
function single([one]: readonly Stored[], { prefix }: S3Keys): StoredObject {
  const { id = "", day = "", clock = "", line = "" } = one ?? {};
  const key = under(prefix, `${day}/${day}T${clock}-${id}.json`);
  return { key, body: Buffer.from(line.trimEnd()), type: "application/json", encoding: undefined };
}

function under(prefix: string, name: string): string {
  const clean = prefix.replace(/^\/+|\/+$/g, "");
  return clean === "" ? name : `${clean}/${name}`;
}

/**
 * Whether an object is too large, which is the only permanent error. Other errors are transient, or an administrator
 * can fix their cause, such as keys, permissions or the bucket.
 */
const isTooLarge = (status: number, name: string): boolean => status === 413 || name === "EntityTooLarge";
/** Transient errors that have the status of a persistent error. */
const transient: ReadonlySet<string> = new Set(["OperationAborted", "RequestTimeout"]);

function classify(error: unknown, secrets: readonly string[]): Delivery {
  const words = withoutSecrets(reasonOf(error), secrets);
  const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
  if (!(error instanceof S3ServiceException) || status === 0)
    return { outcome: "retry", reason: excerpt(words), unreachable: true };
  const reason = `status ${status} ${error.name}${afterColon(words)}`;
  if (isTooLarge(status, error.name)) return { outcome: "rejected", reason };
  const wait = waitOf(error.$response?.headers["retry-after"]);
  const persistent = meaningOf(status) !== "transient" && !transient.has(error.name);
  return { outcome: "retry", reason, ...(wait !== undefined && { wait }), ...(persistent && { persistent }) };
}

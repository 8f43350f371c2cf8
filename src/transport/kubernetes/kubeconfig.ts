import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { type Facts, factsOf, listOf, textAt } from "../json.ts";
import type { TlsMaterial } from "../tls.ts";
import { type Credentials, type Identity, remembering } from "./credentials.ts";
import { openIdToken } from "./openid.ts";

/** Timeout of a credential plugin, in milliseconds, and maximum size of its output, in bytes. */
const LONGEST_RUN = 30_000;
const LONGEST_ANSWER = 1 << 20;

/**
 * Reads credentials from a kubeconfig. Runs credential plugins as kubectl does.
 * @param context name of the context; empty: the current context
 * @throws Error with a message for the user
 */
export async function kubeconfigCredentials(file: string, context: string): Promise<Credentials> {
  const first = await load(file, context);
  const server = textAt(first.cluster, "server");
  if (!URL.canParse(server)) throw new Error(`${file} has no valid API server address`);
  let stated: Stated | undefined = first;
  const ask = async (): Promise<Identity> => {
    stated ??= await load(file, context);
    return identityOf(stated);
  };
  return remembering(new URL(server), ask, () => {
    stated = undefined;
  });
}

interface Stated {
  readonly folder: string;
  readonly server: string;
  readonly cluster: Facts;
  readonly user: Facts;
  /** The last token and refresh token of an OpenID provider, which replace the tokens in the file; empty at first. */
  readonly renewed: { token: string; refreshToken: string };
}

async function load(file: string, wanted: string): Promise<Stated> {
  let config: Facts;
  try {
    config = factsOf(parse(await readFile(file, "utf8")));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new Error(code.startsWith("E") ? `cannot read ${file}: ${code}` : `${file} is not valid YAML`);
  }
  const name = wanted || textAt(config, "current-context");
  const context = named(config.contexts, name, "context");
  if (context === undefined) throw new Error(`${file} has no ${name === "" ? "current context" : `context "${name}"`}`);
  const cluster = named(config.clusters, textAt(context, "cluster"), "cluster");
  if (cluster === undefined) throw new Error(`${file} has no cluster for its context "${name}"`);
  const user = textAt(context, "user");
  return {
    folder: dirname(resolve(file)),
    server: textAt(cluster, "server"),
    cluster,
    user: named(config.users, user, "user") ?? {},
    renewed: { token: "", refreshToken: "" },
  };
}

async function identityOf(stated: Stated): Promise<Identity> {
  const { folder, cluster, user } = stated;
  const ca = await bytesOf(folder, cluster, "certificate-authority");
  const cert = await bytesOf(folder, user, "client-certificate");
  const key = await bytesOf(folder, user, "client-key");
  const servername = textAt(cluster, "tls-server-name");
  const tls: TlsMaterial = {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(servername !== "" && { servername }),
    ...(cluster["insecure-skip-tls-verify"] === true && { rejectUnauthorized: false }),
  };
  const tokenFile = textAt(user, "tokenFile");
  const token = tokenFile === "" ? textAt(user, "token") : (await readFile(resolve(folder, tokenFile), "utf8")).trim();
  if (token !== "") return { authorization: `Bearer ${token}`, tls };
  const username = textAt(user, "username");
  if (username !== "") {
    const pair = Buffer.from(`${username}:${textAt(user, "password")}`).toString("base64");
    return { authorization: `Basic ${pair}`, tls };
  }
  const provided = await provide(stated);
  return { ...provided, tls: { ...tls, ...provided.tls } };
}

/** Gets the identity from a credential plugin or an OpenID provider. */
async function provide(stated: Stated): Promise<Identity> {
  if (typeof stated.user.exec === "object" && stated.user.exec !== null) return fromProgram(stated);
  if (factsOf(stated.user["auth-provider"]).name === "oidc") return fromOpenId(stated);
  return { authorization: undefined, tls: {} };
}

const run = promisify(execFile);

/** Runs a credential plugin as kubectl does, without a shell. */
async function fromProgram({ folder, server, cluster, user }: Stated): Promise<Identity> {
  const exec = factsOf(user.exec);
  const command = textAt(exec, "command");
  const spec = { interactive: false, ...(exec.provideClusterInfo === true && { cluster: { ...cluster, server } }) };
  const about = { apiVersion: textAt(exec, "apiVersion"), kind: "ExecCredential", spec };
  const variables = listOf(exec.env).map((each) => [textAt(each, "name"), textAt(each, "value")] as const);
  const env = { ...process.env, ...Object.fromEntries(variables), KUBERNETES_EXEC_INFO: JSON.stringify(about) };
  const words = Array.isArray(exec.args) ? exec.args.map(String) : [];
  const program = command.includes("/") ? resolve(folder, command) : command;
  let status: Facts;
  try {
    const { stdout } = await run(program, words, { env, timeout: LONGEST_RUN, maxBuffer: LONGEST_ANSWER });
    status = factsOf(factsOf(JSON.parse(stdout)).status);
  } catch {
    // the output may contain secrets
    throw new Error(`the credential plugin ${basename(command)} returned no credentials`);
  }
  const token = textAt(status, "token");
  const cert = textAt(status, "clientCertificateData");
  const key = textAt(status, "clientKeyData");
  return {
    authorization: token === "" ? undefined : `Bearer ${token}`,
    tls: { ...(cert !== "" && { cert }), ...(key !== "" && { key }) },
    until: untilOf(textAt(status, "expirationTimestamp")),
  };
}

/** Time before expiry at which credentials are no longer used, in milliseconds. */
const AHEAD = 10_000;

/** Time until which credentials are used, in milliseconds since the epoch; infinity without an expiry. */
function untilOf(time: string): number {
  const end = Date.parse(time);
  return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end - AHEAD;
}

/** Gets a token from an OpenID provider and renews it if it has expired. Renewed tokens are not written to the file. */
async function fromOpenId({ folder, user, renewed }: Stated): Promise<Identity> {
  const config = factsOf(factsOf(user["auth-provider"]).config);
  const { token, until, refreshToken } = await openIdToken({
    issuer: textAt(config, "idp-issuer-url"),
    clientId: textAt(config, "client-id"),
    clientSecret: textAt(config, "client-secret"),
    refreshToken: renewed.refreshToken || textAt(config, "refresh-token"),
    idToken: renewed.token || textAt(config, "id-token"),
    ca: await bytesOf(folder, config, "idp-certificate-authority"),
  });
  renewed.token = token;
  renewed.refreshToken = refreshToken;
  return { authorization: `Bearer ${token}`, tls: {}, until };
}

/** Reads the file at a key, or decodes the base64 text at `KEY-data`. */
async function bytesOf(folder: string, facts: Facts, key: string): Promise<Buffer | undefined> {
  const data = textAt(facts, `${key}-data`);
  if (data !== "") return Buffer.from(data, "base64");
  const path = textAt(facts, key);
  return path === "" ? undefined : readFile(resolve(folder, path));
}

function named(list: unknown, name: string, key: string): Facts | undefined {
  for (const facts of listOf(list)) {
    if (facts.name === name) return factsOf(facts[key]);
  }
  return undefined;
}

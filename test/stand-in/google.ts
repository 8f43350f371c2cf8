import { generateKeyPairSync, randomUUID, verify } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";

/**
 * A stand-in for the Google services that responses need: the metadata server, the token endpoint, the Cloud Functions
 * API (v2), and uploads of the Cloud Storage API (v1). It rejects undocumented requests.
 */
export interface Google {
  readonly url: string;
  /** URLs of functions, by `locations/…/functions/…`. */
  readonly functions: Map<string, string>;
  /** Objects by bucket and name, such as `evidence/captures/x`. Uploads to buckets other than `evidence` fail. */
  readonly objects: Map<string, string>;
  /** Issued tokens, with their purpose. */
  readonly tokens: Map<string, string>;
  /** `METHOD path` of all requests. */
  readonly asked: string[];
  /** The key of a service account in Google's format. */
  readonly credentials: string;
  stop(): Promise<void>;
}

type Reply = { readonly status: number; readonly body?: string; readonly json?: unknown };

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const account = { email: "eyas@shop-1.iam.gserviceaccount.com", project: "shop-1" };

export async function startGoogle(): Promise<Google> {
  let credentials = "";
  const google: Google = {
    url: "",
    functions: new Map(),
    objects: new Map(),
    tokens: new Map(),
    asked: [],
    get credentials() {
      return credentials;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function give(what: string): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { sub: account.email, exp: Math.floor(Date.now() / 1000) + 3600, jti: randomUUID() };
    const token = `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
    google.tokens.set(token, what);
    return token;
  }

  function metadata(request: IncomingMessage, url: URL): Reply {
    if (request.headers["metadata-flavor"] !== "Google" || request.method !== "GET") return { status: 403 };
    const asked = url.pathname.replace("/computeMetadata/v1/", "");
    const keysOf = [...url.searchParams.keys()].sort().join();
    if (asked === "project/project-id" && keysOf === "") return { status: 200, body: account.project };
    if (asked === "instance/service-accounts/default/token" && keysOf === "")
      return { status: 200, json: { access_token: give("api"), expires_in: 3599, token_type: "Bearer" } };
    if (asked === "instance/service-accounts/default/identity" && keysOf === "audience,format")
      return { status: 200, body: `${give(`for ${url.searchParams.get("audience")}`)}\n` };
    return { status: 404 };
  }

  function exchange(request: IncomingMessage, body: string): Reply {
    const refused: Reply = { status: 400, json: { error: "invalid_grant", error_description: `Invalid JWT: ${body}` } };
    const form = new URLSearchParams(body);
    if (request.method !== "POST" || request.headers["content-type"] !== "application/x-www-form-urlencoded")
      return { status: 400 };
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") return refused;
    const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const good = verify(
      "sha256",
      Buffer.from(`${header}.${claims}`),
      keys.publicKey,
      Buffer.from(signature, "base64url"),
    );
    if (!good) return refused;
    const {
      iss,
      aud,
      iat,
      exp,
      scope,
      target_audience: audience,
    } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    const now = Date.now() / 1000;
    if (iss !== account.email || aud !== `${google.url}/token` || !(iat <= now + 1 && exp > now && exp - iat <= 3600))
      return refused;
    if (typeof audience === "string" && scope === undefined)
      return { status: 200, json: { id_token: give(`for ${audience}`) } };
    if (scope !== "https://www.googleapis.com/auth/cloud-platform") return refused;
    return { status: 200, json: { access_token: give("api"), expires_in: 3599, token_type: "Bearer" } };
  }

  function functions(request: IncomingMessage, url: URL): Reply {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (google.tokens.get(token) !== "api")
      return { status: 401, json: { error: { status: "UNAUTHENTICATED", token } } };
    const name = url.pathname.replace(`/v2/projects/${account.project}/`, "");
    const address = google.functions.get(decodeURIComponent(name));
    if (request.method !== "GET" || address === undefined)
      return { status: 404, json: { error: { status: "NOT_FOUND" } } };
    return { status: 200, json: { name, state: "ACTIVE", environment: "GEN_2", serviceConfig: { uri: address } } };
  }

  function storage(request: IncomingMessage, url: URL, body: string): Reply {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (google.tokens.get(token) !== "api") return { status: 401, json: { error: { message: `Invalid ${token}` } } };
    const [, bucket = ""] = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(url.pathname) ?? [];
    const name = url.searchParams.get("name") ?? "";
    if (request.method !== "POST" || url.searchParams.get("uploadType") !== "media" || name === "")
      return { status: 400, json: { error: { message: "Required" } } };
    if (bucket !== "evidence")
      return { status: 404, json: { error: { message: "The specified bucket does not exist." } } };
    const key = `${bucket}/${name}`;
    if (url.searchParams.get("ifGenerationMatch") === "0" && google.objects.has(key))
      return { status: 412, json: { error: { message: "At least one precondition did not hold." } } };
    google.objects.set(key, body);
    return { status: 200, json: { kind: "storage#object", bucket, name } };
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString("utf8");
    google.asked.push(`${request.method} ${request.url}`);
    const url = new URL(request.url ?? "", "http://google");
    const isMetadata = url.pathname.startsWith("/computeMetadata/");
    const reply = isMetadata
      ? metadata(request, url)
      : url.pathname === "/token"
        ? exchange(request, body)
        : url.pathname.startsWith("/upload/")
          ? storage(request, url, body)
          : functions(request, url);
    response.writeHead(reply.status, isMetadata ? { "metadata-flavor": "Google" } : {});
    response.end(reply.body ?? (reply.json === undefined ? "" : JSON.stringify(reply.json)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  credentials = JSON.stringify({
    type: "service_account",
    project_id: account.project,
    private_key: keys.privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: account.email,
    token_uri: `${url}/token`,
  });
  return Object.defineProperty(google, "url", { value: url });
}

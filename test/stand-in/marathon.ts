import { generateKeyPairSync, randomUUID, sign, verify } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";

export interface App {
  readonly id: string;
  instances: number;
  tasks: string[];
  /** Whether deployments lock the app. */
  locked: boolean;
}

/**
 * A stand-in for Marathon in DC/OS and the login of DC/OS, for killing tasks,
 * restarting and scaling apps. It rejects undocumented paths, methods, queries,
 * bodies and headers.
 */
export interface Marathon {
  /** URL of Marathon behind DC/OS. */
  readonly url: string;
  readonly apps: Map<string, App>;
  /** Executed operations. */
  readonly done: string[];
  /** Methods of the logins. */
  readonly logins: string[];
  /** `METHOD path` of all requests, including rejected ones. */
  readonly asked: string[];
  /** Validity of tokens, in seconds. */
  life: number;
  /** User whose basic authentication is accepted as well. */
  basic: { readonly username: string; readonly password: string } | undefined;
  add(id: string, tasks: number): App;
  /** Returns a token for an operator. */
  tokenOf(uid: string): string;
  revokeTokens(): void;
  stop(): Promise<void>;
}

const account = generateKeyPairSync("rsa", { modulusLength: 2048 });

export const people = {
  user: { uid: "falcon", password: 'pä"ss\\wörd' },
  service: { uid: "eyas", private_key: account.privateKey.export({ type: "pkcs8", format: "pem" }).toString() },
} as const;

type Reply = { readonly status: number; readonly json?: unknown };
const message = (status: number, text: string): Reply => ({ status, json: { message: text } });

export async function startMarathon(): Promise<Marathon> {
  const issuer = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const issued = new Map<string, { readonly uid: string; readonly exp: number }>();

  const marathon: Marathon = {
    url: "",
    apps: new Map(),
    done: [],
    logins: [],
    asked: [],
    life: 600,
    basic: undefined,
    add(id, tasks) {
      const name = id.slice(1).replaceAll("/", "_");
      const list = Array.from({ length: tasks }, () => `${name}.instance-${randomUUID()}._app.1`);
      const app: App = { id, instances: tasks, tasks: list, locked: false };
      marathon.apps.set(id, app);
      return app;
    },
    tokenOf(uid) {
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const exp = Math.floor(Date.now() / 1000) + marathon.life;
      const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode({ uid, exp, jti: randomUUID() })}`;
      const token = `${text}.${sign("sha256", Buffer.from(text), issuer.privateKey).toString("base64url")}`;
      issued.set(token, { uid, exp });
      return token;
    },
    revokeTokens: () => issued.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function login(request: IncomingMessage, body: string): Reply {
    const refused = message(401, `invalid credentials: ${body}`);
    if (request.method !== "POST") return { status: 405 };
    if (request.headers["content-type"] !== "application/json") return { status: 415 };
    const given = JSON.parse(body);
    const kind = Object.keys(given).sort().join();
    if (kind === "password,uid") {
      if (given.uid !== people.user.uid || given.password !== people.user.password) return refused;
    } else if (kind === "token,uid") {
      const [header = "", claims = "", signature = ""] = String(given.token).split(".");
      const good = verify(
        "sha256",
        Buffer.from(`${header}.${claims}`),
        account.publicKey,
        Buffer.from(signature, "base64url"),
      );
      const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
      const now = Date.now() / 1000;
      // A login token is valid only for a short time.
      const timely = good && read(claims).exp > now && read(claims).exp < now + 600;
      const named = good && read(claims).uid === people.service.uid && given.uid === people.service.uid;
      if (!timely || !named || read(header).alg !== "RS256") return refused;
    } else return { status: 400 };
    marathon.logins.push(`${given.uid} by ${kind === "token,uid" ? "key" : "password"}`);
    return { status: 200, json: { token: marathon.tokenOf(given.uid) } };
  }

  function mayEnter({ headers: { authorization = "" } }: IncomingMessage): boolean {
    const { basic } = marathon;
    if (basic !== undefined)
      return authorization === `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString("base64")}`;
    const token = issued.get(authorization.replace(/^token=/, ""));
    return authorization.startsWith("token=") && token !== undefined && token.exp > Date.now() / 1000;
  }

  /** Whether a query has only these keys, each once and with a boolean value. */
  function isQuery(url: URL, ...known: readonly string[]): boolean {
    const keys = [...url.searchParams.keys()];
    const flags = [...url.searchParams.values()].every((value) => value === "true" || value === "false");
    return new Set(keys).size === keys.length && keys.every((key) => known.includes(key)) && flags;
  }

  const isSet = (url: URL, key: string): boolean => url.searchParams.get(key) === "true";

  function control(request: IncomingMessage, url: URL, body: string): Reply {
    if (!mayEnter(request)) return message(401, `Invalid token ${request.headers.authorization}`);
    const path = url.pathname.replace("/service/marathon/v2/apps", "");
    const task = /^(\/.+)\/tasks\/([^/]+)$/.exec(path);
    const route = `${request.method} ${task !== null ? "task" : path.endsWith("/restart") ? "restart" : "app"}`;
    const id = decodeURIComponent(task?.[1] ?? path.replace(/\/restart$/, ""));
    const app = marathon.apps.get(id);
    const missing = message(404, `App '${id}' does not exist`);
    const deployment = { version: new Date().toISOString(), deploymentId: randomUUID() };
    const locked = (): Reply | undefined =>
      app?.locked && !isSet(url, "force") ? message(409, `App is locked by one or more deployments.`) : undefined;
    if (route === "DELETE task") {
      if (!isQuery(url, "scale", "wipe", "force") || body !== "") return message(400, "Bad request");
      if (isSet(url, "scale") && isSet(url, "wipe")) return message(400, "You cannot use scale and wipe together.");
      const name = decodeURIComponent(task?.[2] ?? "");
      if (app === undefined || !app.tasks.includes(name)) return message(404, `Task '${name}' does not exist`);
      const refused = isSet(url, "scale") ? locked() : undefined;
      if (refused) return refused;
      app.tasks = app.tasks.filter((one) => one !== name);
      if (isSet(url, "scale")) app.instances--;
      else app.tasks.push(name.replace(/instance-[\w-]+/, `instance-${randomUUID()}`));
      marathon.done.push(
        `kill ${name}${isSet(url, "scale") ? " with scale" : ""}${isSet(url, "wipe") ? " and wipe" : ""}`,
      );
      return { status: 200, json: isSet(url, "scale") ? deployment : { task: { id: name, appId: id } } };
    }
    if (route === "POST restart") {
      if (!isQuery(url, "force") || body !== "") return message(400, "Bad request");
      if (app === undefined) return missing;
      const refused = locked();
      if (refused) return refused;
      marathon.done.push(`restart ${id}`);
      return { status: 200, json: deployment };
    }
    if (route === "PUT app") {
      if (!isQuery(url, "force")) return message(400, "Bad request");
      if (request.headers["content-type"] !== "application/json") return message(415, "Unsupported media type");
      const given = JSON.parse(body);
      if (Object.keys(given).join() !== "instances" || !Number.isInteger(given.instances))
        return message(422, "Object is not valid");
      if (app === undefined) return missing;
      const refused = locked();
      if (refused) return refused;
      app.instances = given.instances;
      marathon.done.push(`scale ${id} to ${given.instances}`);
      return { status: 200, json: deployment };
    }
    return message(404, "Not found");
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url: path = "" } = request;
    marathon.asked.push(`${method} ${path}`);
    const url = new URL(path, "http://master");
    const reply = url.pathname.startsWith("/service/marathon/v2/apps/")
      ? control(request, url, body)
      : path === "/acs/api/v1/auth/login"
        ? login(request, body)
        : { status: 404 };
    const text = "json" in reply ? JSON.stringify(reply.json) : "";
    response.writeHead(reply.status, { "content-type": "application/json" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(marathon, { url: `http://127.0.0.1:${port}/service/marathon` });
}

import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";

/** A running instance. When it is terminated, a new instance gets its index. */
export interface Instance {
  guid: string;
  readonly host: string;
}

export interface App {
  readonly guid: string;
  state: "STARTED" | "STOPPED";
  /** Instances by process type, in the order of their indexes. */
  readonly processes: Readonly<Record<string, Instance[]>>;
}

/** An executed operation and its user. */
export interface Done {
  readonly what: "terminate" | "restart" | "stop";
  readonly app: string;
  readonly type?: string;
  readonly index?: number;
  /** User or client that the token was issued to. */
  readonly by: string;
}

/**
 * A stand-in for Cloud Foundry: the API of the Cloud Controller, version 3, and the UAA, for terminating
 * instances, stopping and restarting apps, process stats, and tokens. It rejects undocumented
 * paths, methods, queries, bodies and headers.
 */
export interface CloudFoundry {
  /** URL of the Cloud Controller, which reports the URL of the UAA to clients. */
  readonly url: string;
  readonly apps: Map<string, App>;
  readonly done: Done[];
  /** Grant types of the issued tokens, such as `password`. */
  readonly grants: string[];
  /** `METHOD path` of all requests, including rejected ones. */
  readonly asked: string[];
  /** Whether the stats include `instance_guid`, as in newer versions. */
  providesGuids: boolean;
  /** Validity of tokens, in seconds. */
  life: number;
  /** Overrides responses of the Cloud Controller. */
  interrupt: (method: string, path: string) => { readonly status: number; readonly body: string } | undefined;
  add(app?: Partial<App>): App;
  /** Revokes all access tokens. */
  revokeTokens(): void;
  revokeRefreshTokens(): void;
  stop(): Promise<void>;
}

export const people = {
  user: { username: "falcon", password: "päss & wörd+%" },
  client: { client_id: "eyas", client_secret: "cl:ient=s&cret" },
  /** This client may only read apps. */
  reader: { client_id: "reader", client_secret: "only reads" },
} as const;

interface Grant {
  readonly by: string;
  readonly scopes: readonly string[];
  readonly until: number;
}

type Reply = { readonly status: number; readonly json?: unknown };

const error = (status: number, code: number, title: string, detail: string): Reply => ({
  status,
  json: { errors: [{ code, title: `CF-${title}`, detail }] },
});
const unknownRequest = error(404, 10_000, "NotFound", "Unknown request");
const notFound = (what: string): Reply => error(404, 10_010, "ResourceNotFound", `${what} not found`);
const oauthError = (status: number, name: string, description: string): Reply => ({
  status,
  json: { error: name, error_description: description },
});

export async function startCloudFoundry(tls?: { readonly cert: Buffer; readonly key: Buffer }): Promise<CloudFoundry> {
  const tokens = new Map<string, Grant>();
  const refreshTokens = new Map<string, string>();

  const cf: CloudFoundry = {
    url: "",
    apps: new Map(),
    done: [],
    grants: [],
    asked: [],
    providesGuids: true,
    life: 600,
    interrupt: () => undefined,
    add(given = {}) {
      const app: App = {
        guid: randomUUID(),
        state: "STARTED",
        processes: { web: [newInstance(), newInstance()], worker: [newInstance()] },
        ...given,
      };
      cf.apps.set(app.guid, app);
      return app;
    },
    revokeTokens: () => tokens.clear(),
    revokeRefreshTokens: () => refreshTokens.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function signIn(request: IncomingMessage, url: URL, body: string): Reply {
    const { authorization = "", "content-type": type, accept = "" } = request.headers;
    if (url.pathname !== "/uaa/oauth/token" || url.search !== "") return { status: 404 };
    if (request.method !== "POST") return oauthError(405, "method_not_allowed", "Request method not supported");
    if (type !== "application/x-www-form-urlencoded") return { status: 415 };
    if (!accept.includes("application/json")) return { status: 406 };
    const basic = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization)?.[1];
    if (basic === undefined) return oauthError(401, "unauthorized", "An Authentication object was not found");
    const whole = Buffer.from(basic, "base64").toString("utf8");
    const [id, secret] = [whole.slice(0, whole.indexOf(":")), whole.slice(whole.indexOf(":") + 1)];
    const clients: Readonly<Record<string, string>> = {
      cf: "",
      [people.client.client_id]: people.client.client_secret,
      [people.reader.client_id]: people.reader.client_secret,
    };
    if (clients[id] !== secret) return oauthError(401, "unauthorized", `Bad credentials for ${whole}`);
    const form = new URLSearchParams(body);
    const grant = form.get("grant_type") ?? "";
    const wanted: Readonly<Record<string, readonly string[]>> = {
      password: ["grant_type", "password", "username"],
      client_credentials: ["grant_type"],
      refresh_token: ["grant_type", "refresh_token"],
    };
    if (!Object.hasOwn(wanted, grant)) return oauthError(400, "unsupported_grant_type", "Unsupported grant type");
    if ([...form.keys()].sort().join() !== wanted[grant]!.join())
      return oauthError(400, "invalid_request", "Parameters");
    const allowed = id === "cf" ? ["password", "refresh_token"] : ["client_credentials"];
    if (!allowed.includes(grant)) return oauthError(401, "invalid_client", `Unauthorized grant type: ${grant}`);
    let by = id;
    if (grant === "password") {
      const [username, password] = [form.get("username") ?? "", form.get("password")];
      if (username !== people.user.username || password !== people.user.password)
        return oauthError(401, "unauthorized", `Bad credentials: ${password}`);
      by = username;
    }
    if (grant === "refresh_token") {
      const known = refreshTokens.get(form.get("refresh_token") ?? "");
      // Each refresh token is valid once.
      refreshTokens.delete(form.get("refresh_token") ?? "");
      if (known === undefined)
        return oauthError(401, "invalid_token", `The token was revoked: ${form.get("refresh_token")}`);
      by = known;
    }
    cf.grants.push(grant);
    const access = randomBytes(24).toString("base64url");
    const scopes = by === people.reader.client_id ? ["cloud_controller.read"] : ["cloud_controller.write"];
    tokens.set(access, { by, scopes, until: Date.now() + cf.life * 1000 });
    const refresh = `${randomBytes(16).toString("base64url")}-r`;
    if (id === "cf") refreshTokens.set(refresh, by);
    return {
      status: 200,
      json: {
        access_token: access,
        token_type: "bearer",
        expires_in: cf.life,
        scope: scopes.join(" "),
        jti: randomUUID(),
        ...(id === "cf" && { refresh_token: refresh }),
      },
    };
  }

  function control(request: IncomingMessage, url: URL, body: string): Reply {
    const { method = "" } = request;
    if (url.pathname === "/" && method === "GET") {
      return { status: 200, json: { links: { self: { href: cf.url }, uaa: { href: `${cf.url}/uaa` } } } };
    }
    const shown = /^bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (shown === undefined) return error(401, 10_002, "NotAuthenticated", "Authentication error");
    const grant = tokens.get(shown);
    if (grant === undefined || grant.until <= Date.now())
      return error(401, 1000, "InvalidAuthToken", `Invalid Auth Token ${shown}`);
    if (url.search !== "") return error(400, 10_005, "BadQueryParameter", "Unknown query parameter(s)");
    if (body !== "") return error(400, 1001, "MessageParseError", "A body was not expected");
    const parts = url.pathname.split("/").slice(1);
    if (parts.shift() !== "v3" || parts.shift() !== "apps") return unknownRequest;
    // Rails decodes each path segment once, including slashes.
    const [guid = "", ...rest] = parts.map(decodeURIComponent);
    const app = cf.apps.get(guid);
    const { by } = grant;
    const mayNot = grant.scopes.includes("cloud_controller.write")
      ? undefined
      : error(403, 10_003, "NotAuthorized", "You are not authorized to perform the requested action");
    const route = `${method} ${rest.length} ${rest[0]}`;
    if (route === "GET 3 processes" && rest[2] === "stats") {
      if (app === undefined) return notFound("App");
      const [, type = ""] = rest;
      const list = Object.hasOwn(app.processes, type) ? app.processes[type] : undefined;
      if (list === undefined) return notFound("Process");
      return { status: 200, json: { resources: list.map((one, index) => stats(one, type, index)) } };
    }
    if (route === "DELETE 4 processes" && rest[2] === "instances") {
      if (app === undefined) return notFound("App");
      const [, type = "", , number = ""] = rest;
      const list = Object.hasOwn(app.processes, type) ? app.processes[type] : undefined;
      if (list === undefined) return notFound("Process");
      const index = Number(number);
      if (!/^\d+$/.test(number) || list[index] === undefined) return notFound("Instance");
      if (mayNot) return mayNot;
      list[index] = newInstance();
      cf.done.push({ what: "terminate", app: app.guid, type, index, by });
      return { status: 204 };
    }
    const what = rest[1];
    if (route === "POST 2 actions" && (what === "restart" || what === "stop")) {
      if (app === undefined) return notFound("App");
      if (mayNot) return mayNot;
      app.state = what === "stop" ? "STOPPED" : "STARTED";
      cf.done.push({ what, app: app.guid, by });
      return { status: 200, json: { guid: app.guid, state: app.state } };
    }
    return unknownRequest;
  }

  function stats(one: Instance, type: string, index: number): unknown {
    return {
      type,
      index,
      ...(cf.providesGuids && { instance_guid: one.guid }),
      state: "RUNNING",
      routable: true,
      usage: {},
      host: one.host,
      instance_internal_ip: "10.255.0.7",
      instance_ports: [],
      uptime: 60,
      mem_quota: 1 << 28,
      disk_quota: 1 << 30,
      log_rate_limit: -1,
      fds_quota: 16_384,
      isolation_segment: null,
      details: null,
    };
  }

  const listen = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString("utf8");
    const { method = "", url: path = "" } = request;
    cf.asked.push(`${method} ${path}`);
    const url = new URL(path, "http://cf");
    const own = url.pathname.startsWith("/uaa/") ? undefined : cf.interrupt(method, path);
    if (own !== undefined) {
      response.writeHead(own.status, { "content-type": "text/plain" }).end(own.body);
      return;
    }
    const { status, json } = url.pathname.startsWith("/uaa/")
      ? signIn(request, url, body)
      : control(request, url, body);
    if (json === undefined) response.writeHead(status).end();
    else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  };
  const server = tls ? createTlsServer(tls, listen) : createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(cf, { url: `${tls ? "https" : "http"}://127.0.0.1:${port}` });
}

function newInstance(): Instance {
  // Diego uses this format, in which the last group has four digits.
  return { guid: randomUUID().slice(0, 28), host: "10.0.16.9" };
}

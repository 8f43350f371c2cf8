import type { IncomingMessage, ServerResponse } from "node:http";
import type { TlsOptions } from "node:tls";
import { type Room, readBody, wrongBody } from "../server/body.ts";
import { type Limits, listenFor } from "../server/listener.ts";
import { limitRate } from "../server/rate.ts";
import type { Assets } from "./assets.ts";
import { dataHeaders, pageHeaders } from "./headers.ts";
import { hostCheck, isFromElsewhere } from "./host.ts";
import { isObject, mistakeIn } from "./json-schema.ts";
import { badRequest, notFound, Refusal } from "./refusal.ts";
import { type Answer, BASE, type Call, type Route, type RouteTable } from "./route.ts";
import { cookieOf } from "./session.ts";
import { isEqual, type Role, roles, type User, type Users } from "./users.ts";

/** Where the page listens. */
export interface PagePlace {
  readonly address: string;
  /** 0 takes one that is free. */
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly renewed?: () => TlsOptions | undefined;
  /** Names it may be asked for under, beside addresses and `localhost`. */
  readonly hosts: readonly string[];
}

export interface OpenPage {
  readonly url: string;
  close(): Promise<void>;
}

const LIMITS: Limits = {
  headerBytes: 16_384,
  headers: 64,
  headersTime: 10_000,
  requestTime: 30_000,
  idleTime: 60_000,
  connections: 256,
};
/** Bytes of a body. */
const MOST_BODY = 65_536;
/** Characters of an address with its query. */
const MOST_ADDRESS = 8192;
/** Characters of a parameter. */
const MOST_PARAMETER = 4096;
/** Wrong tokens that a client may show in a second. */
const TRIES = 5;
/** Milliseconds that answers get at the end. */
const FAREWELL = 500;

const NOBODY: User = { name: "", role: "viewer" };

/**
 * Serves the page and its API.
 * @throws Error with one sentence: the address is taken or not this machine's, or the certificate can't be used
 */
export async function servePage(place: PagePlace, routes: RouteTable, users: Users, assets: Assets): Promise<OpenPage> {
  const secure = place.tls !== undefined;
  const isOurs = hostCheck(place.hosts);
  const tries = limitRate(TRIES);
  const room: Room = { most: 16 * MOST_BODY, used: 0 };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isApi = (request.url ?? "").startsWith(BASE);
    try {
      if (!isOurs(request))
        throw new Refusal(421, "unknown_host", "This is not the name of this server (web_page.hosts).");
      if ((request.url ?? "").length > MOST_ADDRESS)
        throw new Refusal(414, "too_long", `An address may have ${MOST_ADDRESS} characters.`);
      const url = URL.parse(request.url ?? "", "http://here");
      if (url === null) throw badRequest("The address of the request is none.");
      if (isApi) await sendAnswer(request, response, await answer(request, url));
      else sendAsset(request, response, url.pathname);
    } catch (error) {
      sendRefusal(request, response, error instanceof Refusal ? error : broken(error), isApi);
    }
  }

  async function answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
    const { route, path, methods } = routes.find(method, url.pathname.slice(BASE.length));
    if (route === undefined) {
      if (methods.length === 0) throw notFound("There is nothing here; /api/v1/openapi.json says what there is.");
      throw new Refusal(405, "method", `Only ${methods.join(" and ")} is answered here.`, {
        allow: methods.join(", "),
      });
    }
    if (isFromElsewhere(request, secure)) throw new Refusal(403, "cross_site", "Pages of other places get no answer.");
    const address = request.socket.remoteAddress ?? "";
    const user = signedIn(request, route, address);
    const query = queryOf(route, url.searchParams);
    const body = route.method === "POST" ? await bodyOf(request, route) : {};
    const isWelcome = (): boolean => route.role === undefined || isAtLeast(userOf(request), route.role);
    return route.take({ path, query, body, user, isWelcome, address, request } satisfies Call);
  }

  /** Whose token or session a request shows. */
  function userOf(request: IncomingMessage): User | undefined {
    const bearer = bearerOf(request);
    const cookie = cookieOf(request);
    if (bearer !== undefined) return users.withToken(bearer);
    return cookie === undefined ? undefined : users.withCookie(cookie, Date.now());
  }

  /** Who asks. @throws Refusal where he may not */
  function signedIn(request: IncomingMessage, route: Route, address: string): User {
    if (route.role === undefined) return NOBODY;
    const bearer = bearerOf(request);
    const user = userOf(request);
    if (user === undefined) {
      if (bearer !== undefined) slowDown(address);
      throw new Refusal(
        401,
        "not_signed_in",
        "This takes a session or a token: POST /api/v1/session, or Authorization: Bearer TOKEN.",
        {
          "www-authenticate": "Bearer",
        },
      );
    }
    if (bearer === undefined && route.method !== "GET") {
      const shown = request.headers["x-eyas-csrf"];
      if (typeof shown !== "string" || !isEqual(shown, users.csrf(cookieOf(request) ?? "")))
        throw new Refusal(403, "csrf", "The header x-eyas-csrf has to hold what GET /api/v1/session says.");
    }
    if (!isAtLeast(user, route.role))
      throw new Refusal(403, "role", `This takes the role ${route.role}; ${user.name} is ${user.role}.`);
    return user;
  }

  /** @throws Refusal where a client shows too many wrong tokens */
  function slowDown(address: string): void {
    const wait = tries.ask(address);
    if (wait > 0)
      throw new Refusal(429, "too_many_tries", "So many wrong tokens are too many; wait a moment.", {
        "retry-after": `${wait}`,
      });
  }

  async function bodyOf(request: IncomingMessage, { body: schema }: Route): Promise<Readonly<Record<string, unknown>>> {
    const wrong = wrongBody(request, MOST_BODY);
    const read = wrong === undefined ? await readBody(request, MOST_BODY, room) : { refusal: wrong };
    if (read === undefined) throw badRequest("The request ended before its body did.");
    if ("refusal" in read)
      throw new Refusal(read.refusal.status, "body", read.refusal.body.trim(), read.refusal.headers);
    try {
      if (read.body.length === 0 && schema === undefined) return {};
      const type = (request.headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();
      if (type !== "application/json") throw new Refusal(415, "type", "A body has to be application/json.");
      const value = parsed(read.body);
      const mistake = mistakeIn(value, schema ?? { type: "object" }, {}, "The body");
      if (mistake !== undefined || !isObject(value)) throw badRequest(`${mistake ?? "The body is no object"}.`);
      return value;
    } finally {
      read.done();
    }
  }

  const listener = await listenFor(
    {
      address: place.address,
      port: place.port,
      tls: place.tls,
      ...(place.renewed && { renewed: place.renewed }),
      limits: LIMITS,
      name: "The web page",
      keys: { address: "web_page.listen_address", port: "web_page.listen_port" },
    },
    (request, response) => void respond(request, response),
    () => {},
  );

  function sendAsset(request: IncomingMessage, response: ServerResponse, path: string): void {
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new Refusal(405, "method", "Only GET and HEAD are answered here.", { allow: "GET, HEAD" });
    const asset = assets.find(path);
    if (asset === undefined) {
      const built = assets.find("/") !== undefined;
      throw notFound(
        built ? "There is no such page." : "The web page is not built: node scripts/build-ui.ts builds it.",
      );
    }
    const { bytes, encoding } = asset.body(String(request.headers["accept-encoding"] ?? ""));
    const coding = encoding === undefined ? {} : { "content-encoding": encoding };
    response.writeHead(200, { ...asset.headers, ...coding, "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  }

  return { url: listener.url, close: () => listener.close(FAREWELL) };
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

function isAtLeast(user: User | undefined, role: Role): boolean {
  return user !== undefined && roles.indexOf(user.role) >= roles.indexOf(role);
}

/** What a query says, as far as the route takes it. @throws Refusal */
function queryOf({ query = {} }: Route, given: URLSearchParams): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of given) {
    if (!Object.hasOwn(query, name)) {
      const known = Object.keys(query);
      throw badRequest(
        `There is no parameter "${name.slice(0, 40)}"${known.length === 0 ? "" : `; ${known.join(", ")} are`}.`,
      );
    }
    if (found.has(name)) throw badRequest(`The parameter "${name}" is given twice.`);
    if (value.length > MOST_PARAMETER)
      throw badRequest(`The parameter "${name}" has more than ${MOST_PARAMETER} characters.`, "too_long");
    if (value === "") continue;
    const { schema } = query[name];
    const isNumber = schema.type === "integer" || schema.type === "number";
    if (isNumber && !/^-?\d{1,15}(\.\d+)?$/.test(value)) throw badRequest(`The parameter "${name}" is no number.`);
    const mistake = mistakeIn(isNumber ? Number(value) : value, schema, {}, `The parameter "${name}"`);
    if (mistake !== undefined) throw badRequest(`${mistake}.`);
    found.set(name, value);
  }
  for (const [name, { required }] of Object.entries(query))
    if (required && !found.has(name)) throw badRequest(`The parameter "${name}" is missing.`);
  return found;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw badRequest("The body is no JSON.");
  }
}

async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { headers = {} } = answer;
  if ("stream" in answer) {
    response.writeHead(200, { ...dataHeaders, "content-type": answer.type, ...headers });
    if (request.method === "HEAD") response.end();
    else await answer.stream(response);
    return;
  }
  const isJson = "json" in answer;
  const bytes = isJson ? Buffer.from(JSON.stringify(answer.json)) : answer.bytes;
  const type = isJson ? "application/json" : answer.type;
  response.writeHead(200, { ...dataHeaders, "content-type": type, "content-length": bytes.length, ...headers });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function sendRefusal(request: IncomingMessage, response: ServerResponse, refusal: Refusal, isApi: boolean): void {
  if (response.headersSent) {
    response.destroy(); // half an answer must not look like a whole one
    return;
  }
  const { status, code, message, headers } = refusal;
  const body = isApi ? JSON.stringify({ error: { code, message } }) : `${message}\n`;
  const unread = !request.complete && request.method !== "GET" && request.method !== "HEAD";
  response.writeHead(status, {
    ...(isApi ? dataHeaders : { ...pageHeaders, "cache-control": "no-store" }),
    ...headers,
    ...(unread && { connection: "close" }),
    "content-type": isApi ? "application/json" : "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function broken(error: unknown): Refusal {
  return new Refusal(
    500,
    "failed",
    `This could not be answered: ${error instanceof Error ? error.message : String(error)}.`,
  );
}

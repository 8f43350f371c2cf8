import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// A stand-in for an API server with failures that a real one (real-api-server.built.test.ts) does not produce on
// demand: expired versions, timeouts, invalid responses, overload. It implements reads as documented by Kubernetes:
// paged lists, resource versions, watches with bookmarks, 410 for expired versions, metadata only, bearer tokens, RBAC.
// Undocumented requests get 400.

type Facts = { readonly [key: string]: unknown };

/** An object, in the form of its manifest. */
export interface Manifest extends Facts {
  readonly metadata: Facts & { readonly name: string };
}

/** A request, in terms of RBAC. */
export interface RecordedRequest {
  readonly verb: "get" | "list" | "watch";
  readonly group: string;
  readonly resource: string;
  readonly query: URLSearchParams;
}

type Behaviour = "well" | "hangs" | "talks garbage" | "goes away" | "is too busy";

interface Watcher {
  readonly kind: string;
  readonly fits: (object: Facts) => boolean;
  readonly response: ServerResponse;
}

const LIST = /^\/(?:api\/v1|apis\/([a-z0-9.]+)\/v1(?:alpha1)?)(?:\/namespaces\/([^/]+))?\/([a-z]+)(?:\/([^/]+))?$/;
const GONE = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
const PARAMETERS = new Set(
  "fieldSelector limit continue resourceVersion watch allowWatchBookmarks timeoutSeconds".split(" "),
);

/** Creates a self-signed certificate for 127.0.0.1, as `ca.crt` in a directory. */
export function certificate(folder: string): { readonly key: Buffer; readonly cert: Buffer } {
  const [key, cert] = [join(folder, "server.key"), join(folder, "ca.crt")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=kube-apiserver", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
    ],
    { stdio: "pipe" },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

export class ApiServer {
  /** All requests. */
  readonly asked: RecordedRequest[] = [];
  /** Accepted tokens. */
  tokens = new Set(["first"]);
  behaviour: Behaviour = "well";
  /** Whether a watch of an expired version is accepted and reports 410 as its first event, as a real server does. */
  saysGoneLate = false;
  /** Readable resources, as `group/resource`; undefined: all. */
  allowed: Set<string> | undefined = undefined;
  /** A directory with `ca.crt` and `token`, as in pods. */
  readonly folder = mkdtempSync(join(tmpdir(), "eyas-api-server-"));
  private readonly objects = new Map<string, Facts>();
  /** History of changes, for watches that start at an older version. */
  private history: { readonly version: number; readonly kind: string; readonly line: Facts }[] = [];
  private forgotten = 0;
  private version = 100;
  private readonly watchers = new Set<Watcher>();
  private server: Server;
  private readonly tls = certificate(this.folder);

  constructor() {
    writeFileSync(join(this.folder, "token"), "first\n");
    this.server = this.make();
  }

  private make(): Server {
    return createServer(this.tls, (request, response) => this.answer(request, response));
  }

  async open(port = 0): Promise<URL> {
    await new Promise<void>((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    return new URL(`https://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  /** Writes a kubeconfig with the token `first`. Call it after `open`. @returns the path */
  writeKubeconfig(): string {
    const { port } = this.server.address() as AddressInfo;
    const cluster = { server: `https://127.0.0.1:${port}`, "certificate-authority": join(this.folder, "ca.crt") };
    const config = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "test" },
      clusters: [{ name: "test", cluster }],
      users: [{ name: "eyas", user: { token: "first" } }],
      contexts: [{ name: "test", context: { cluster: "test", user: "eyas" } }],
    };
    const file = join(this.folder, "kubeconfig");
    writeFileSync(file, JSON.stringify(config));
    return file;
  }

  /** Restarts the server at the same address. */
  async restart(between: () => void = () => {}): Promise<void> {
    const { port } = this.server.address() as AddressInfo;
    await this.shut();
    between();
    this.server = this.make();
    await this.open(port);
  }

  private async shut(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    this.watchers.clear();
    await closed;
  }

  async close(): Promise<void> {
    await this.shut();
    rmSync(this.folder, { recursive: true });
  }

  /** Number of watches of pods. */
  get watching(): number {
    return [...this.watchers].filter(({ kind }) => kind === "pods").length;
  }

  /** Creates or changes an object; `kind` is a resource such as `pods`. */
  put(kind: string, manifest: Manifest): void {
    const key = keyOf(kind, manifest);
    const version = String(++this.version);
    const type = this.objects.has(key) ? "MODIFIED" : "ADDED";
    const object = { ...manifest, metadata: { ...manifest.metadata, resourceVersion: version } };
    this.objects.set(key, object);
    this.tell(kind, { type, object });
  }

  remove(kind: string, manifest: Manifest): void {
    const key = keyOf(kind, manifest);
    const object = this.objects.get(key);
    if (object === undefined) throw new Error(`there is no ${key}`);
    this.objects.delete(key);
    const metadata = { ...(object.metadata as Facts), resourceVersion: String(++this.version) };
    this.tell(kind, { type: "DELETED", object: { ...object, metadata } });
  }

  /** Sends a bookmark to all watches. */
  bookmark(): void {
    for (const { kind, response } of this.watchers)
      response.write(line({ type: "BOOKMARK", object: { kind, metadata: { resourceVersion: String(this.version) } } }));
  }

  /** Drops the history and ends each watch, with or without a 410 event. */
  forget(how: "says so" | "ends"): void {
    this.forgotten = ++this.version;
    this.history = [];
    for (const { response } of this.watchers) response.end(how === "ends" ? "" : line({ type: "ERROR", object: GONE }));
    this.watchers.clear();
  }

  /** Sends bytes to all watches. */
  babble(bytes: string): void {
    for (const { response } of this.watchers) response.write(bytes);
  }

  private tell(kind: string, told: Facts): void {
    this.history.push({ version: this.version, kind, line: told });
    for (const watcher of this.watchers)
      if (watcher.kind === kind && watcher.fits(told.object as Facts)) watcher.response.write(line(told));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    switch (this.behaviour) {
      case "hangs":
        return;
      case "goes away":
        return void request.socket.destroy();
      case "talks garbage":
        return void response.end("\u0000\u00ff{[");
      case "is too busy":
        return void fail(response, 429, "TooManyRequests", { "retry-after": "0" });
      case "well":
        return void this.serve(request, response);
    }
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(request.url ?? "", "https://host");
    const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (!this.tokens.has(token)) return void fail(response, 401, "Unauthorized");
    const [, group = "", namespace, resource = "", name] =
      LIST.exec(pathname.replace(/^\/api\/v1\/namespaces\/([^/]+)$/, "/api/v1/namespaces/$1")) ?? [];
    const own = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(pathname); // namespaces are objects as well
    const kind = own === null ? resource : "namespaces";
    const verb = query.get("watch") === "1" ? "watch" : (own?.[1] ?? name) === undefined ? "list" : "get";
    this.asked.push({ verb, group, resource: kind, query });
    if (kind === "" || [...query.keys()].some((key) => !PARAMETERS.has(key)))
      return void fail(response, 400, "BadRequest");
    if (this.allowed?.has(`${group}/${kind}/${verb}`) === false) return void fail(response, 403, "Forbidden");
    const metadataOnly = request.headers.accept?.includes("as=PartialObjectMetadata;g=meta.k8s.io;v=v1") === true;
    if (verb === "get") {
      const found = this.objects.get(own === null ? `${kind}/${namespace ?? ""}/${name}` : `${kind}//${own[1]}`);
      if (found === undefined) return void fail(response, 404, "NotFound");
      return void response.end(JSON.stringify(metadataOnly ? { metadata: found.metadata } : found));
    }
    const fits = fitting(query.get("fieldSelector"), namespace);
    if (fits === undefined) return void fail(response, 400, "BadRequest");
    // A real server requires PartialObjectMetadataList.
    if (verb === "list" && metadataOnly) return void fail(response, 406, "NotAcceptable");
    if (verb === "list") this.list(kind, fits, query, response);
    else this.watch(kind, fits, query, response);
  }

  private list(kind: string, fits: (object: Facts) => boolean, query: URLSearchParams, response: ServerResponse): void {
    const at = query.get("continue");
    if (at !== null && query.has("resourceVersion")) return void fail(response, 400, "BadRequest");
    const [version = 0, from = 0] = at === null ? [this.version, 0] : at.split(":").map(Number);
    if (version < this.forgotten) return void fail(response, 410, "Expired");
    const all = [...this.objects].filter(([key, object]) => key.startsWith(`${kind}/`) && fits(object));
    const limit = Number(query.get("limit") ?? all.length);
    const items = all.slice(from, from + limit).map(([, object]) => object);
    const rest = from + limit < all.length ? { continue: `${version}:${from + limit}` } : {};
    response.end(JSON.stringify({ kind: "List", metadata: { resourceVersion: String(version), ...rest }, items }));
  }

  private watch(
    kind: string,
    fits: (object: Facts) => boolean,
    query: URLSearchParams,
    response: ServerResponse,
  ): void {
    const from = Number(query.get("resourceVersion"));
    const seconds = Number(query.get("timeoutSeconds"));
    if (!(from > 0) || !(seconds > 0)) return void fail(response, 400, "BadRequest");
    if (from < this.forgotten && this.saysGoneLate) {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(line({ type: "ERROR", object: GONE }));
    }
    if (from < this.forgotten) return void fail(response, 410, "Expired");
    if (from > this.version) return void fail(response, 504, "Timeout");
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    for (const each of this.history)
      if (each.version > from && each.kind === kind && fits(each.line.object as Facts)) response.write(line(each.line));
    const watcher = { kind, fits, response };
    this.watchers.add(watcher);
    const timer = setTimeout(() => response.end(), seconds * 1000);
    response.once("close", () => {
      clearTimeout(timer);
      this.watchers.delete(watcher);
    });
  }
}

function keyOf(kind: string, { metadata }: Manifest): string {
  return `${kind}/${String(metadata.namespace ?? "")}/${metadata.name}`;
}

/** Supports only indexed fields: the node of a pod. */
function fitting(selector: string | null, namespace: string | undefined): ((object: Facts) => boolean) | undefined {
  const [, node] = /^spec\.nodeName=(.+)$/.exec(selector ?? "") ?? [];
  if (selector !== null && node === undefined) return undefined;
  return (object) =>
    (namespace === undefined || (object.metadata as Facts).namespace === namespace) &&
    (node === undefined || (object.spec as Facts).nodeName === node);
}

function line(value: Facts): string {
  return `${JSON.stringify(value)}\n`;
}

function fail(response: ServerResponse, code: number, reason: string, headers: Record<string, string> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ kind: "Status", status: "Failure", reason, code }));
}

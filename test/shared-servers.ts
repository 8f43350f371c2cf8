import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeGuest, removeGuest, runGuest } from "./guest/guest.ts";
import { startKafka } from "./kafka/server.ts";
import { editionOf } from "./parts/opensearch/part.ts";
import { startOpenSearch } from "./parts/opensearch/start.ts";
import { SHARED_SERVERS, type SharedServers } from "./parts/shared-server.ts";

interface Started<Place> {
  readonly place: Place;
  stop(): Promise<void>;
}

const openSearch = async (name: "opensearch-2" | "opensearch-3"): Promise<Started<string>> => {
  const { url, stop } = await startOpenSearch(editionOf(name));
  return { place: url, stop };
};

const imageBuilder = join(import.meta.dirname, "../scripts/package/image.fixture.ts");

async function builtImage(): Promise<Started<string>> {
  const place = mkdtempSync(join(tmpdir(), "image-"));
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", imageBuilder, place]);
  return { place, stop: async () => rmSync(place, { recursive: true, force: true }) };
}

let guestDisk: Promise<string> | undefined;

async function startedGuest(isRun: boolean): Promise<Started<string>> {
  guestDisk ??= makeGuest();
  const place = await guestDisk;
  if (isRun) await runGuest(place);
  return { place, stop: async () => removeGuest(place) };
}

/** Start functions of the servers. */
const servers: { readonly [Name in keyof SharedServers]: () => Promise<Started<SharedServers[Name]>> } = {
  async kafka() {
    const { place, remove } = await startKafka();
    return { place, stop: remove };
  },
  "opensearch-2": () => openSearch("opensearch-2"),
  "opensearch-3": () => openSearch("opensearch-3"),
  image: builtImage,
  "guest disk": () => startedGuest(false),
  guest: () => startedGuest(true),
};

/**
 * Starts servers with a slow start, which the test files of a run share. A server is started at the first request and
 * stopped at the end of the run.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SHARED_SERVERS] !== undefined) return undefined; // called by each project of the run
  const started = new Map<string, Promise<Started<unknown>>>();

  async function answer(name: string, socket: Socket): Promise<void> {
    const known = Object.entries(servers).find(([each]) => each === name);
    try {
      if (known === undefined) throw new Error(`there is no shared server ${name}`);
      const starting = started.get(name) ?? known[1]();
      started.set(name, starting);
      const { place } = await starting;
      socket.end(JSON.stringify({ place }));
    } catch (error) {
      socket.end(JSON.stringify({ error: String(error) }));
    }
  }

  const path = join(tmpdir(), "servers.sock");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let name = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      name += text;
    });
    socket.on("end", () => void answer(name, socket));
    socket.on("error", () => {}); // the requesting process has ended
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  server.unref();
  process.env[SHARED_SERVERS] = path;
  return async () => {
    server.close();
    const ended = await Promise.allSettled(started.values());
    await Promise.all(ended.map((each) => (each.status === "fulfilled" ? each.value.stop() : undefined)));
    rmSync(path, { force: true });
  };
}

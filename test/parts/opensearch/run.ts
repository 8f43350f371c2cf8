import { createServer, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Edition, editions } from "./build.ts";
import { editionOf } from "./part.ts";
import { type StartedServer, startOpenSearch } from "./start.ts";

/** Where the process that runs the tests can be asked for a server. */
const SOCKET = "EYAS_TEST_OPENSEARCH";

/** One server of an edition is enough for all files of a run: each test has indexes of its own. The first that asks starts it. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[SOCKET] !== undefined) return undefined; // each project of the run calls it
  const started = new Map<string, Promise<StartedServer>>();
  const path = join(tmpdir(), "opensearch.sock");
  const server = createServer(async ({ url = "" }, response) => {
    try {
      const edition = editions.find(({ name }) => name === url.slice(1));
      if (edition === undefined) throw new Error(`there is no ${url}`);
      const starting = started.get(edition.name) ?? startOpenSearch(edition);
      started.set(edition.name, starting);
      response.end((await starting).url);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  server.unref();
  process.env[SOCKET] = path;
  return async () => {
    server.close();
    const servers = await Promise.allSettled(started.values());
    await Promise.all(servers.map((each) => (each.status === "fulfilled" ? each.value.stop() : undefined)));
  };
}

/** The address of the run's server of an edition, which is started where it does not run yet. */
export function openSearchOfRun(name: Edition["name"]): Promise<string> {
  const socketPath = process.env[SOCKET];
  if (socketPath === undefined) return startOpenSearch(editionOf(name)).then(({ url }) => url);
  return new Promise((resolve, reject) => {
    get({ socketPath, path: `/${name}` }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => (response.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    }).on("error", reject);
  });
}

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { assetHeaders, pageHeaders, workerHeaders } from "./headers.ts";
import { PRELOADS, readPreloads } from "./preloads.ts";

/** A file of the page. */
export interface Asset {
  readonly headers: Readonly<Record<string, string>>;
  /** The body in the best encoding that the client's `accept-encoding` allows. */
  body(accepted: string): { readonly bytes: Buffer; readonly encoding: string | undefined };
}

/** The files of the page. Requested names are looked up in a fixed list and are never used as file paths. */
export interface Assets {
  /** @param path requested path, such as `/assets/main-ABC.js` */
  find(path: string): Asset | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** The file that is served for the page's own URLs. */
const INDEX = "/index.html";
/** URLs of the page; all except `/` may have additional segments. */
export const PAGES =
  /^\/(?:(?:alerts|cases|network|rules|exceptions|playground|coverage|responses|outputs|machines|posture|users|audit)(?:\/.*)?)?$/;
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Milliseconds between checks for a new build of the page. */
const CHECK_INTERVAL = 500;
/** What follows the name of an asset in the name of a file with the compressed asset. */
export const COMPRESSED = ".br";
/** Minimum size of files that are compressed, in bytes. */
const SMALL = 1024;

/** @param folder directory with the output of `scripts/build-ui.ts`; read again after a new build */
export function openAssets(folder: string): Assets {
  let files = read(folder);
  let preloads = readPreloads(folder);
  let built = stamp(folder);
  let checked = performance.now();
  return {
    find(path) {
      if (performance.now() - checked > CHECK_INTERVAL) {
        checked = performance.now();
        const now = stamp(folder);
        if (now !== built) {
          files = read(folder);
          preloads = readPreloads(folder);
          built = now;
        }
      }
      if (!PAGES.test(path)) return files.get(path);
      const [index, link] = [files.get(INDEX), preloads(path)];
      return index && link ? { ...index, headers: { ...index.headers, link } } : index;
    },
  };
}

function stamp(folder: string): number {
  return statSync(join(folder, INDEX), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function read(folder: string): ReadonlyMap<string, Asset> {
  const files = new Map<string, Asset>();
  if (stamp(folder) === 0) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || entry.name === PRELOADS || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(file.slice(folder.length), asset(file, entry.name, type));
  }
  return files;
}

function asset(file: string, name: string, type: string): Asset {
  const isAsset = file.includes("/assets/");
  const policy = !isAsset ? pageHeaders : /^worker-.*\.js$/.test(name) ? workerHeaders : assetHeaders;
  let plain: Buffer | undefined;
  const packed = new Map<string, Buffer>();
  const content = (): Buffer => {
    plain ??= readFileSync(file);
    return plain;
  };
  return {
    headers: {
      ...policy,
      "content-type": type,
      "cache-control": isAsset ? IMMUTABLE : "no-cache",
      vary: "accept-encoding",
    },
    body(accepted) {
      const encoding =
        content().length < SMALL
          ? undefined
          : /\bbr\b/.test(accepted)
            ? "br"
            : /\bgzip\b/.test(accepted)
              ? "gzip"
              : undefined;
      if (encoding === undefined) return { bytes: content(), encoding };
      const known = packed.get(encoding);
      if (known !== undefined) return { bytes: known, encoding };
      const bytes = encoding === "br" ? brotli(file, content) : gzipSync(content());
      packed.set(encoding, bytes);
      return { bytes, encoding };
    },
  };
}

/** Compresses a file that the build has not compressed at a moderate level, so that the first response is fast. */
function brotli(file: string, content: () => Buffer): Buffer {
  if (existsSync(file + COMPRESSED)) return readFileSync(file + COMPRESSED);
  return brotliCompressSync(content(), { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } });
}

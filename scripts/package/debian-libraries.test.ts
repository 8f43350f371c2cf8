import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { debianLibraries, debianPackages, missingLibraries } from "./debian-libraries.ts";
import { ownArchitecture } from "./image.fixture.ts";
import { DOWNLOADS } from "./package-files.ts";
import { tar } from "./tar.ts";

const home = resolve(import.meta.dirname, "../..");
const downloads = join(home, DOWNLOADS);
const folder = mkdtempSync(join(tmpdir(), "eyas-libraries-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("every package is pinned for both architectures, and documented with its version and license", () => {
  const document = readFileSync(join(home, "docs/dependencies.md"), "utf8");
  for (const { name, version, license, sha256 } of debianPackages) {
    expect(Object.values(sha256).filter((hash) => /^[0-9a-f]{64}$/.test(hash))).toHaveLength(2);
    const row = document.split("\n").find((line) => line.startsWith("| ") && line.includes(`\`${name}\``));
    expect(row).toContain(`| ${version} | ${license} |`);
  }
});

describe("with an archive that serves files", () => {
  /** Content by path, or the status of the response. */
  let served: (path: string) => Buffer | number = () => 404;
  let asked: string[] = [];
  let server: Server;
  let archive = "";
  let cache = "";
  beforeEach(async () => {
    asked = [];
    cache = mkdtempSync(join(folder, "cache-"));
    server = createServer(({ url = "" }, response) => {
      asked.push(url);
      const found = served(decodeURIComponent(url));
      response.writeHead(typeof found === "number" ? found : 200).end(typeof found === "number" ? "" : found);
    });
    await new Promise<void>((resolved) => server.listen(0, "127.0.0.1", resolved));
    archive = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const real = (path: string): Buffer | number => (path.startsWith("/debian/") ? fileOf(path) : 404);
  const fileOf = (path: string): Buffer => readFileSync(join(downloads, basename(path)));

  test("the libraries come from the first archive that has them, and later from the cache", {
    ...needs("image libraries", "xz"),
  }, async () => {
    served = real;
    const entries = await debianLibraries(ownArchitecture, cache, [`${archive}/none`, `${archive}/debian`]);
    const names = entries.map(({ path }) => basename(path));
    for (const name of ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1", "libstdc++.so.6"])
      expect(names).toContain(name);
    // The interpreter of programs.
    const loader = ownArchitecture === "amd64" ? "lib64/ld-linux-x86-64.so.2" : "lib/ld-linux-aarch64.so.1";
    expect(entries.map(({ path }) => path)).toContain(loader);
    expect(asked).toContain(
      "/debian/pool/main/g/glibc/libc6_2.36-9%2Bdeb12u14_amd64.deb".replace("amd64", ownArchitecture),
    );
    expect(readdirSync(cache).sort()).toEqual(
      debianPackages.map(({ name, version }) => `${name}_${version}_${ownArchitecture}.deb`).sort(),
    );
    const first = asked.length;
    // As an archive, which is compared faster than many bytes in objects.
    expect(tar(await debianLibraries(ownArchitecture, cache, [archive]), 0).equals(tar(entries, 0))).toBe(true);
    expect(asked).toHaveLength(first);
  });

  test("a damaged file in the cache is downloaded again", needs("image libraries", "xz"), async () => {
    served = real;
    for (const name of readdirSync(downloads).filter((each) => each.endsWith(`_${ownArchitecture}.deb`)))
      copyFileSync(join(downloads, name), join(cache, name));
    expect(missingLibraries(ownArchitecture, cache)).toEqual([]);
    const damaged = readdirSync(cache).find((name) => name.startsWith("libc6_"))!;
    writeFileSync(join(cache, damaged), "damaged");
    expect(missingLibraries(ownArchitecture, cache)).toEqual([damaged]);
    await debianLibraries(ownArchitecture, cache, [`${archive}/debian`]);
    expect(asked).toHaveLength(1);
    expect(missingLibraries(ownArchitecture, cache)).toEqual([]);
  });

  test("other bytes, too many bytes and an unreachable archive are errors, and nothing is stored", async () => {
    const built = (): Promise<unknown> => debianLibraries("arm64", cache, [`${archive}/a`, `${archive}/b`]);
    served = () => Buffer.from("other bytes");
    await expect(built()).rejects.toThrow(
      /^Cannot download libc6_\S+_arm64\.deb, .*\/a\/pool\/\S+: the hash differs .*\/b\/pool\/\S+: the hash differs/,
    );
    served = () => Buffer.alloc(33 << 20);
    await expect(built()).rejects.toThrow("the file is larger than 32 MiB");
    served = () => 404;
    await expect(built()).rejects.toThrow(/status 404.*set DEBIAN_MIRROR .* --no-image/);
    server.close();
    server.closeAllConnections();
    await expect(built()).rejects.toThrow(/fetch failed \(connect ECONNREFUSED .*\)/);
    expect(readdirSync(cache)).toEqual([]);
  });
});

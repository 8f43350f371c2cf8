import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingOf, needs } from "../test/parts/needs.ts";
import { readAr } from "./package/ar.ts";
import type { Architecture } from "./package/contents.ts";
import type { Artifact } from "./package/release.ts";
import { copyLibraries, dpkg, filesOf, makeRoot } from "./package/root.fixture.ts";
import { installedIn, RpmRoots } from "./package/rpm.fixture.ts";
import { type ReadEntry, readTar } from "./package/tar.ts";
import { buildPackages } from "./package.ts";

const home = join(import.meta.dirname, "..");
const arch: Architecture = process.arch === "arm64" ? "arm64" : "amd64";
const TIME = 1_700_000_000;
const NODE = `node_modules/node-linux-${process.arch}/bin/node`;
const images = missingOf("image libraries") === undefined;
const release = { archs: [arch], time: TIME, revision: "0".repeat(40), effort: "least", images } as const;
const SAMPLE = "samples/drill.scap.gz";

let artifacts: Artifact[] = [];
let bundle: ReadEntry[] = [];
let debian: ReadEntry[] = [];
const folder = mkdtempSync(join(tmpdir(), "eyas-package-"));
const prefix = join(folder, "with a space", "eyas");

function artifact(ending: string): Buffer {
  const found = artifacts.find(({ name }) => name.endsWith(ending));
  if (found === undefined) throw new Error(`There is no artifact ${ending}.`);
  return found.content;
}

beforeAll(async () => {
  artifacts = await buildPackages(release);
  bundle = readTar(gunzipSync(artifact(".tar.gz")));
  const members = new Map(readAr(artifact(".deb")).map(({ name, content }) => [name, content]));
  debian = readTar(zstdDecompressSync(members.get("data.tar.zst") ?? Buffer.alloc(0)));
  mkdirSync(prefix, { recursive: true });
  execFileSync("tar", ["-xzf", "-", "-C", prefix, "--strip-components=1"], { input: artifact(".tar.gz") });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the same sources give the same bytes", async () => {
  const hashes = (all: readonly Artifact[]): string[] =>
    all.map(({ name, content }) => `${name} ${createHash("sha256").update(content).digest("hex")}`);
  expect(hashes(await buildPackages(release))).toEqual(hashes(artifacts));
});

test("the checksums match the files", () => {
  const lines = artifact("SHA256SUMS").toString().trim().split("\n");
  expect(lines).toEqual(
    artifacts.slice(0, -1).map(({ name, content }) => `${createHash("sha256").update(content).digest("hex")}  ${name}`),
  );
});

test("a release has a container image with its SBOM", needs("image libraries"), () => {
  const names = artifacts.map(({ name }) => name.replace(/^eyas.*?(?=\.(?:tar|deb|rpm|cdx|oci))/, ""));
  expect(names).toEqual([".tar.gz", ".deb", ".rpm", ".cdx.json", ".oci.tar", ".oci.cdx.json", "SHA256SUMS"]);
  const files = readTar(artifact(".oci.tar")).map(({ path }) => path);
  expect(files).toEqual(expect.arrayContaining(["oci-layout", "index.json", "manifest.json"]));
  expect(artifact(".oci.cdx.json").toString()).toContain("pkg:deb/debian/libc6@");
});

describe("the files of a package", () => {
  test("belong to root, have equal times, and can be changed only by root", () => {
    for (const entries of [bundle, debian]) {
      expect(new Set(entries.map(({ owner, mtime }) => `${owner} ${mtime}`))).toEqual(new Set([`0:0 : ${TIME}`]));
      const open = entries.filter(({ type, mode }) => type !== "link" && (mode & 0o7022) !== 0);
      expect(open.map(({ path }) => path)).toEqual([]);
    }
  });

  test("only two are executable", () => {
    const programs = bundle.filter(({ type, mode }) => type === "file" && (mode & 0o111) !== 0);
    expect(programs.map(({ path }) => path.slice(path.indexOf("/") + 1))).toEqual(["bin/eyas", NODE]);
  });

  test("are in the directories of the program, and links refer to known paths", () => {
    const own = [
      ...["usr/lib/eyas", "usr/bin/eyas", "usr/share/doc/eyas", "etc/eyas", "var/cache/eyas"],
      "usr/lib/systemd/system/eyas.service",
      "usr/share/man/man1/eyas.1.gz",
      "usr/share/bash-completion/completions/eyas",
      "usr/share/zsh/vendor-completions/_eyas",
      "usr/share/fish/vendor_completions.d/eyas.fish",
    ];
    const isOwn = (path: string): boolean => own.some((one) => path === one || path.startsWith(`${one}/`));
    const outside = debian
      .map(({ path, type }) => ({ path: path.slice("./".length), type }))
      .filter(
        ({ path, type }) =>
          path.includes("..") || !(isOwn(path) || (type === "folder" && own.some((one) => one.startsWith(`${path}/`)))),
      );
    expect(outside).toEqual([]);
    expect(debian.filter(({ type }) => type === "link").map(({ path, target }) => [path, target])).toEqual([
      ["./usr/bin/eyas", "../lib/eyas/bin/eyas"],
      ["./usr/lib/eyas/.cache", "/var/cache/eyas"],
    ]);
    expect(bundle.filter(({ type }) => type === "link")).toEqual([]);
  });

  test("keep secrets from users: the configuration and the cache", () => {
    const modes = new Map(debian.map(({ path, mode }) => [path, mode.toString(8)]));
    expect(modes.get("./etc/eyas/eyas.yaml")).toBe("640");
    expect(modes.get("./var/cache/eyas")).toBe("700");
  });

  test("are neither tests nor sources", () => {
    const names = bundle.map(({ path }) => path.slice(path.indexOf("/") + 1));
    const own = names.filter((name) => !name.startsWith("node_modules/"));
    expect(own.filter((name) => /\.(?:test|fixture)\./.test(name))).toEqual([]);
    expect(own.filter((name) => /^src\/.*\.\w+$/.test(name) && !name.endsWith(".proto"))).toEqual([]);
    expect(names.filter((name) => /\.(?:d\.ts|map|md|c|cc|h)$/.test(name))).toEqual(["samples/README.md"]);
  });

  test("contain no path of the build machine", () => {
    const files = bundle.filter(({ type, path }) => type === "file" && !path.includes("/node_modules/"));
    const found = files.filter(({ content }) => [home, tmpdir()].some((path) => content.includes(path)));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

test("the SBOM lists every package with files, and each with its hash", () => {
  const document = JSON.parse(artifact(".cdx.json").toString()) as {
    components: { name: string; version: string; purl: string; hashes?: { content: string }[] }[];
    dependencies: { ref: string; dependsOn: string[] }[];
    serialNumber: string;
  };
  const shipped = bundle.flatMap(({ path, type }) => {
    const at = path.lastIndexOf("/node_modules/");
    const [, name] = /^((?:@[^/]+\/)?[^/]+)\//.exec(path.slice(at + "/node_modules/".length)) ?? [];
    return at < 0 || name === undefined || type !== "file" ? [] : [name];
  });
  const listed = new Set(document.components.map(({ name }) => name));
  expect([...new Set(shipped)].filter((name) => !listed.has(name))).toEqual([]);
  // Packages that are bundled into the page.
  expect([...listed]).toEqual(expect.arrayContaining(["preact", "@codemirror/view", "node"]));
  expect([...listed].filter((name) => /^(?:vitest|typescript|esbuild|@types\/)/.test(name))).toEqual([]);
  for (const { name, hashes, purl } of document.components) {
    if (name === "node") continue;
    expect(hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
    expect(purl).toMatch(/^pkg:npm\/[^@]+@\d/);
  }
  const refs = new Set(document.dependencies.map(({ ref }) => ref));
  expect(document.dependencies.flatMap(({ dependsOn }) => dependsOn.filter((ref) => !refs.has(ref)))).toEqual([]);
  expect(document.serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
});

describe("the archive, unpacked into any directory", () => {
  test("runs from that directory", () => {
    const { version } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { version: string };
    const printed = spawnSync(join(prefix, "bin/eyas"), ["--version"], { encoding: "utf8", cwd: "/" });
    expect(printed).toMatchObject({ status: 0, stdout: expect.stringContaining(version), stderr: "" });
  });

  test("has every package that the program imports", async () => {
    const names = importedNames();
    expect(names).toContain("koffi");
    const script = `for (const name of ${JSON.stringify(names)}) await import(name)`;
    writeFileSync(join(prefix, "imports.mjs"), script);
    expect(spawnSync(join(prefix, NODE), [join(prefix, "imports.mjs")], { encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
});

test(
  "the Debian package runs in a root file system without Node.js, and purge leaves nothing",
  needs("dpkg", "root"),
  () => {
    const file = join(folder, "eyas.deb");
    writeFileSync(file, artifact(".deb"));
    const root = makeRoot(folder, ["/usr/bin/readlink", "/usr/bin/find"]);
    copyLibraries(root, join(prefix, NODE));
    const before = filesOf(root);
    expect(dpkg(root, "--install", file)).toMatch(/^0 /);
    const eyas = commandIn(root);
    expect(eyas("check", "/usr/lib/eyas/rules")).toContain("/usr/lib/eyas/rules/syscall.yaml: ok");
    const replay = ["replay", "--json"];
    const expected = execFileSync(join(home, "bin/eyas"), [...replay, join(home, SAMPLE)], { encoding: "utf8" });
    expect(eyas(...replay, join("/usr/lib/eyas", SAMPLE))).toBe(expected);
    expect(eyas("run", "--dry-run", "-c", "/etc/eyas/eyas.yaml")).toMatch(
      /Configuration and rules are valid: \d{3} rules/,
    );
    expect(filesOf(root).filter((path) => path.startsWith("var/cache/eyas/compiled/"))).not.toEqual([]);
    expect(dpkg(root, "--verify", "eyas")).toBe("0 ");
    expect(dpkg(root, "--purge", "eyas")).toMatch(/^0 /);
    expect(filesOf(root)).toEqual(before);
  },
);

test("the RPM package has the files of the Debian package, except for the licenses", needs("rpm"), () => {
  const format = "[%{FILENAMES} %{FILEMODES:octal} %{FILEMTIMES} %{FILELINKTOS}\\n]";
  const rpm = execFileSync("rpm", ["-qp", "--queryformat", format, rpmFile()], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const types = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
  const lines = debian.map(({ path, type, mode, mtime, target }) =>
    [path.slice(1), (types[type] | mode).toString(8), mtime, target].join(" "),
  );
  const own = lines
    .map((line) => line.replace("/zsh/vendor-completions/", "/zsh/site-functions/"))
    .filter((line) => /eyas/.test(line) && !line.includes("/doc/eyas/copyright"));
  const [licenses, files] = [true, false].map((are) =>
    rpm.split("\n").filter((line) => line !== "" && line.includes("/share/licenses/") === are),
  );
  expect(files?.sort()).toEqual(own.sort());
  expect(licenses?.map((line) => line.split(" ")[0])).toEqual(
    ["", "/LICENSE", "/third-party-licenses.txt"].map((name) => `/usr/share/licenses/eyas${name}`),
  );
});

test("the RPM package names all licenses, and requires what its programs need", needs("rpm", "rpmbuild"), () => {
  const query = (tag: string): string[] =>
    execFileSync("rpm", ["-qp", "--queryformat", `[%{${tag}}\\n]`, rpmFile()], { encoding: "utf8" })
      .trim()
      .split("\n");
  const [terms = ""] = query("LICENSE");
  for (const license of ["Apache-2.0", "MIT", "(MIT OR GPL-2.0-only)", "BSD-3-Clause"])
    expect(terms.split(" AND ")).toContain(license);
  expect(terms).not.toContain("NOASSERTION");

  const programs = bundle.filter(({ content }) => content.toString("latin1", 0, 4) === "\x7fELF");
  const paths = programs.map(({ path }) => join(prefix, path.slice(path.indexOf("/") + 1)));
  expect(paths).toContain(join(prefix, NODE));
  for (const path of paths) chmodSync(path, 0o755); // elfdeps reads only executable files
  const found = paths
    .map((path) => execFileSync("/usr/lib/rpm/elfdeps", ["--requires", path], { encoding: "utf8" }))
    .join("");
  const [versions, whole] = [/^(.+)\([A-Z].*\)\(64bit\)$/gm, /^(.+)\(\)\(64bit\)$/gm].map((of) => [
    ...found.matchAll(of),
  ]);
  const required = query("REQUIRENAME").filter((name) => name.endsWith("(64bit)"));
  expect(required).toEqual([...new Set(versions?.map(([line]) => line))].sort());
  // Each library has versions, so that none is missing.
  expect(new Set(versions?.map(([, library]) => library))).toEqual(new Set(whole?.map(([, library]) => library)));
});

test(
  "the RPM package runs in a root file system without Node.js, and removal leaves nothing",
  needs("rpm", "rpmbuild", "root"),
  () => {
    const roots = new RpmRoots(mkdtempSync(join(folder, "rpm-")), ["/usr/bin/readlink", "/usr/bin/find"]);
    const root = roots.make();
    const before = installedIn(root);
    expect(roots.rpm(root, "--install", rpmFile())).toBe("0 ");
    const eyas = commandIn(root);
    expect(eyas("check", "/usr/lib/eyas/rules")).toContain("/usr/lib/eyas/rules/syscall.yaml: ok");
    expect(eyas("run", "--dry-run", "-c", "/etc/eyas/eyas.yaml")).toMatch(
      /Configuration and rules are valid: \d{3} rules/,
    );
    expect(installedIn(root).filter((path) => path.startsWith("var/cache/eyas/compiled/"))).not.toEqual([]);
    expect(roots.rpm(root, "--verify", "eyas")).toBe("0 ");
    expect(roots.rpm(root, "--erase", "eyas")).toBe("0 ");
    expect(installedIn(root)).toEqual(before);
  },
);

/** Returns the path of the RPM package. */
function rpmFile(): string {
  const file = join(folder, "eyas.rpm");
  if (!existsSync(file)) writeFileSync(file, artifact(".rpm"));
  return file;
}

/** Returns a function that runs the installed program in a root, and returns its output. */
function commandIn(root: string): (...words: readonly string[]) => string {
  return (...words) => {
    const { status, stdout, stderr } = spawnSync("chroot", [root, "/usr/bin/eyas", ...words], {
      encoding: "utf8",
      env: { PATH: "/usr/sbin:/usr/bin" },
    });
    expect({ words, status, stderr }).toMatchObject({ words, status: 0 });
    return `${stdout}${stderr}`;
  };
}

/** Returns the packages that the bundle imports, with their entries. */
function importedNames(): string[] {
  const texts = bundle.filter(({ path }) => /^[^/]+\/built\//.test(path)).map(({ content }) => content.toString());
  const found = texts.flatMap((text) =>
    [...text.matchAll(/^(?:import|export)\b[^"'\n]*"([^"\n]+)";$|\bimport\("([^"\n]+)"\)/gm)].flatMap(
      ([, a, b]) => a ?? b ?? [],
    ),
  );
  return [...new Set(found)].filter((name) => !name.startsWith(".") && !name.startsWith("node:")).sort();
}

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PackageIndex, packageVersion, readPackages } from "./databases.ts";
import { LIMITS, type Limits, Root } from "./root.ts";

const SEED = 0x5eed;
const MD5 = "d41d8cd98f00b204e9800998ecf8427e";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-packages-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function read(limits?: Partial<Limits>): { index: PackageIndex; faults: readonly string[] } {
  const data = readPackages(new Root(folder, { ...LIMITS, ...limits }), SEED);
  return { index: new PackageIndex(data), faults: data.faults };
}

function package_(name: string, paths: readonly string[], sums: readonly (readonly [string, string])[] = []): void {
  write(`var/lib/dpkg/info/${name}.list`, `${paths.join("\n")}\n`);
  write(`var/lib/dpkg/info/${name}.md5sums`, sums.map(([md5, path]) => `${md5}  ${path}\n`).join(""));
}

describe("dpkg", () => {
  test("reports the package of a path and its checksum", () => {
    package_("dash", ["/.", "/usr", "/usr/bin", "/usr/bin/dash"], [[MD5, "usr/bin/dash"]]);
    package_("libc6:amd64", ["/usr/lib/libc.so.6"]);
    const { index } = read();
    expect(index.lookup("/usr/bin/dash")).toEqual({
      package: "dash",
      isLink: false,
      checksum: { algorithm: "md5", hex: MD5 },
    });
    expect(index.lookup("/usr/lib/libc.so.6")).toEqual({ package: "libc6", isLink: false, checksum: undefined });
    expect(index.lookup("/usr/bin/dash2")).toBeUndefined();
    expect(index.lookup("/usr/local/bin/dash")).toBeUndefined();
  });

  test("resolves directories that are symbolic links (usrmerge)", () => {
    mkdirSync(join(folder, "usr/bin"), { recursive: true });
    symlinkSync("usr/bin", join(folder, "bin"));
    package_("sed", ["/bin/sed"], [[MD5, "bin/sed"]]);
    const { index } = read();
    expect(index.lookup("/usr/bin/sed")?.checksum?.hex).toBe(MD5);
    expect(index.lookup("/bin/sed")).toBeUndefined();
  });

  test("follows diversions, except for the package that diverts", () => {
    package_("a", ["/usr/bin/x"], [[MD5, "usr/bin/x"]]);
    package_("b", ["/usr/bin/x"]);
    write("var/lib/dpkg/diversions", "/usr/bin/x\n/usr/bin/x.real\nb\n");
    const { index } = read();
    expect(index.lookup("/usr/bin/x")?.package).toBe("b");
    expect(index.lookup("/usr/bin/x.real")).toMatchObject({ package: "a", checksum: { hex: MD5 } });
  });

  test("has the links of alternatives, without checksums", () => {
    package_("dpkg", ["/usr/bin/dpkg"]);
    write(
      "var/lib/dpkg/alternatives/awk",
      "auto\n/usr/bin/awk\nawk.1.gz\n/usr/share/man/awk.1.gz\n\n/usr/bin/mawk\n5\n",
    );
    const { index } = read();
    for (const path of ["/usr/bin/awk", "/etc/alternatives/awk", "/usr/share/man/awk.1.gz"])
      expect(index.lookup(path)).toEqual({ package: "dpkg", isLink: true, checksum: undefined });
    expect(index.lookup("/usr/bin/mawk")).toBeUndefined();
  });

  test("reads checksums of configuration files from the status file", () => {
    package_("sudo", ["/etc/sudoers"]);
    write(
      "var/lib/dpkg/status",
      `Package: sudo\nConffiles:\n /etc/sudoers ${MD5}\nDescription: x\n /etc/other ${MD5}\n`,
    );
    const { index } = read();
    expect(index.lookup("/etc/sudoers")?.checksum?.hex).toBe(MD5);
    expect(index.lookup("/etc/other")).toBeUndefined();
  });

  test("ignores a checksum from a package that does not own the path", () => {
    package_("a", ["/usr/bin/x"], [[MD5, "usr/bin/x"]]);
    package_("evil", ["/usr/bin/y"], [["0".repeat(32), "usr/bin/x"]]);
    expect(read().index.lookup("/usr/bin/x")?.checksum?.hex).toBe(MD5);
  });

  test("changes its version when a package is installed", () => {
    package_("a", ["/usr/bin/x"]);
    const before = packageVersion(new Root(folder));
    package_("b", ["/usr/bin/y"]);
    expect(packageVersion(new Root(folder))).not.toBe(before);
  });
});

describe("hostile databases", () => {
  test("paths are resolved within the root; relative paths and paths with NUL are ignored", () => {
    mkdirSync(join(folder, "etc"), { recursive: true });
    symlinkSync("/../../../etc", join(folder, "out"));
    symlinkSync("loop", join(folder, "loop"));
    package_("a", [
      "../../etc/passwd",
      "usr/bin/x",
      "/usr/../../../etc/shadow",
      "/out/passwd",
      "/a\0b",
      "/loop/x",
      "/..",
    ]);
    const { index } = read();
    expect(index.lookup("/etc/shadow")?.package).toBe("a"); // resolved within the root
    expect(index.lookup("/etc/passwd")?.package).toBe("a"); // stays within the root
    expect(index.size).toBe(2);
  });

  test("skips long lines", () => {
    package_("a", [`/${"x".repeat(10_000)}`, "/usr/bin/x"]);
    expect(read().index.size).toBe(1);
  });

  test("a million paths are below the limits, and more paths than the limit are reported", () => {
    const lines = Array.from({ length: 1_000_000 }, (_, i) => `/usr/lib/x/${i}`);
    package_("a", lines);
    expect(read().index.size).toBe(1_000_000);
    const { index, faults } = read({ paths: 1000 });
    expect(index.size).toBe(0);
    expect(faults).toEqual(["Cannot read the package database of dpkg: the database has more than 1000 paths."]);
  }, 300_000);

  test("files larger than the limit are reported", () => {
    package_("a", ["/usr/bin/x", "/usr/bin/y"]);
    expect(read({ bytes: 16 }).faults[0]).toMatch(/the database is larger than 0 MiB\.$/);
  });

  test("does not wait for a FIFO or follow a link in place of a file", () => {
    package_("a", ["/usr/bin/x"]);
    execFileSync("mkfifo", [join(folder, "var/lib/dpkg/info/b.list")]);
    symlinkSync("/etc/passwd", join(folder, "var/lib/dpkg/info/c.list"));
    expect(read().index.size).toBe(1);
  });
});

test("apk: reports package and checksum", () => {
  const sum = Buffer.alloc(20, 7);
  write(
    "lib/apk/db/installed",
    `P:busybox\nV:1.36\nF:\nF:bin\nR:busybox\na:0:0:755\nZ:Q1${sum.toString("base64")}\n\nP:musl\nF:lib\nR:ld-musl.so\n`,
  );
  const { index } = read();
  expect(index.lookup("/bin/busybox")).toEqual({
    package: "busybox",
    isLink: false,
    checksum: { algorithm: "sha1", hex: sum.toString("hex") },
  });
  expect(index.lookup("/lib/ld-musl.so")).toMatchObject({ package: "musl", checksum: undefined });
});

/** An rpm header whose tags have text or number values. */
function rpmHeader(tags: readonly (readonly [number, readonly string[] | readonly number[]])[]): Uint8Array {
  const data: Buffer[] = [];
  const index: Buffer[] = [];
  let offset = 0;
  for (const [tag, values] of tags) {
    const entry = Buffer.alloc(16);
    for (const [i, word] of [tag, 8, offset, values.length].entries()) entry.writeUInt32BE(word, i * 4);
    index.push(entry);
    for (const value of values) {
      const bytes = typeof value === "number" ? Buffer.alloc(4) : Buffer.from(`${value}\0`);
      if (typeof value === "number") bytes.writeUInt32BE(value);
      data.push(bytes);
      offset += bytes.length;
    }
  }
  const head = Buffer.alloc(8);
  head.writeUInt32BE(tags.length, 0);
  head.writeUInt32BE(offset, 4);
  return Buffer.concat([head, ...index, ...data]);
}

describe("rpm", () => {
  test("reports package and checksum from the SQLite database, and survives damaged headers", () => {
    mkdirSync(join(folder, "var/lib/rpm"), { recursive: true });
    const database = new DatabaseSync(join(folder, "var/lib/rpm/rpmdb.sqlite"));
    database.exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)");
    const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
    const header = rpmHeader([
      [1000, ["bash"]],
      [1035, ["ab".repeat(32), ""]],
      [1116, [0, 1]],
      [1117, ["bash", "README"]],
      [1118, ["/usr/bin/", "/usr/share/doc/bash/"]],
    ]);
    insert.run(header);
    insert.run(header.subarray(0, 30));
    insert.run(Buffer.alloc(64, 0xff));
    insert.run(Buffer.alloc(1));
    database.close();
    const { index, faults } = read();
    expect(faults).toEqual([]);
    expect(index.lookup("/usr/bin/bash")).toEqual({
      package: "bash",
      isLink: false,
      checksum: { algorithm: "sha256", hex: "ab".repeat(32) },
    });
    expect(index.lookup("/usr/share/doc/bash/README")).toMatchObject({ package: "bash", checksum: undefined });
  });

  test("is read again later if it is locked", () => {
    mkdirSync(join(folder, "var/lib/rpm"), { recursive: true });
    const database = new DatabaseSync(join(folder, "var/lib/rpm/rpmdb.sqlite"));
    database.exec("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL); BEGIN EXCLUSIVE");
    const root = new Root(folder);
    expect(readPackages(root, 1)).toMatchObject({
      ...{ tables: [], version: "", isLocked: true },
      faults: ["Cannot read the package database of rpm: database is locked."],
    });
    database.close();
    expect(readPackages(root, 1)).toMatchObject({ version: packageVersion(root), isLocked: false, faults: [] });
  });

  test("reports that older formats and damaged files cannot be read", () => {
    write("var/lib/rpm/Packages", "x");
    expect(read().faults).toEqual(["Cannot read the package database of rpm: only its SQLite format is supported."]);
    write("var/lib/rpm/rpmdb.sqlite", "x".repeat(5000));
    expect(read().faults[0]).toMatch(/^Cannot read the package database of rpm: /);
  });
});

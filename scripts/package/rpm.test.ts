import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../test/parts/needs.ts";
import { smallContents } from "./contents.fixture.ts";
import { nameMainProcesses, TAKEOVER_PROGRAMS } from "./root.fixture.ts";
import { installedIn, RpmRoots } from "./rpm.fixture.ts";
import { rpmName, rpmPackage } from "./rpm.ts";
import { readHeader } from "./rpm-header.fixture.ts";
import { REGIONS } from "./rpm-header.ts";
import { SHA256, SIGNATURE, TAG } from "./rpm-tags.ts";

const home = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "eyas-rpm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TIME = 1_700_000_000;

/** Builds a package with a program that prints its version. @param sources directory with LICENSE and deploy/ */
function packageOf(version: string, sources: string = home): string {
  const file = join(folder, rpmName(version, "amd64"));
  writeFileSync(file, rpmPackage(sources, smallContents(version), "amd64", TIME, "least"));
  return file;
}

/** Adds systemctl, which package scripts call. Each call becomes a line in /calls. */
function addServiceManager(root: string): void {
  writeFileSync(join(root, "usr/bin/systemctl"), `#!/bin/sh\necho "$*" >>/calls\n`, { mode: 0o755 });
  mkdirSync(join(root, "run/systemd/system"), { recursive: true });
}

function calls(root: string): string[] {
  const file = join(root, "calls");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  rmSync(file, { force: true });
  return lines;
}

const run = (root: string): string => execFileSync("chroot", [root, "/usr/bin/eyas"], { encoding: "utf8" }).trim();

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const text = (root: string, path: string): string => readFileSync(join(root, path), "utf8");

describe("an RPM package", needs("rpm", "rpmbuild", "root"), () => {
  let roots: RpmRoots;
  let first = "";
  let second = "";
  beforeAll(() => {
    roots = new RpmRoots(folder, TAKEOVER_PROGRAMS);
    first = packageOf("1.0.0");
    const changed = join(folder, "changed");
    cpSync(join(home, "deploy"), join(changed, "deploy"), { recursive: true });
    cpSync(join(home, "LICENSE"), join(changed, "LICENSE"));
    put(changed, "deploy/eyas.yaml", "json_output: true\n");
    second = packageOf("2.0.0", changed);
  });

  const changes = (root: string): void => {
    put(root, "etc/eyas/eyas.yaml", "json_output: false\n");
    put(root, "etc/eyas/rules.d/own.yaml", "[]\n");
    put(root, "var/lib/eyas/journal.db", "alerts");
    put(root, "var/cache/eyas/compiled/code", "code");
  };
  /** Paths with "eyas" that removal keeps. */
  const kept = ["etc/eyas", "etc/eyas/eyas.yaml.rpmsave", "etc/eyas/rules.d", "etc/eyas/rules.d/own.yaml"];
  const journal = ["var/lib/eyas", "var/lib/eyas/journal.db"];

  test("keeps changed configuration and the journal in upgrade and removal, and leaves nothing else", () => {
    const root = roots.make();
    const before = installedIn(root);
    expect(roots.rpm(root, "--install", first)).toBe("0 ");
    expect(run(root)).toBe("1.0.0");
    expect(statSync(join(root, "etc/eyas/eyas.yaml")).mode & 0o777).toBe(0o640);
    expect(statSync(join(root, "var/cache/eyas")).mode & 0o777).toBe(0o700);
    changes(root);

    expect(roots.rpm(root, "--upgrade", second)).toMatch(
      /^0 warning: \/etc\/eyas\/eyas\.yaml created as .*\.rpmnew\n$/,
    );
    expect(run(root)).toBe("2.0.0");
    expect(text(root, "etc/eyas/eyas.yaml")).toBe("json_output: false\n");
    expect(text(root, "etc/eyas/eyas.yaml.rpmnew")).toBe("json_output: true\n");
    rmSync(join(root, "etc/eyas/eyas.yaml.rpmnew"));

    expect(roots.rpm(root, "--erase", "eyas")).toMatch(/^0 warning: .* saved as \/etc\/eyas\/eyas\.yaml\.rpmsave\n$/);
    expect(text(root, "etc/eyas/eyas.yaml.rpmsave")).toBe("json_output: false\n");
    expect(text(root, "var/lib/eyas/journal.db")).toBe("alerts");
    expect(installedIn(root)).toEqual([...before, ...kept, ...journal].sort());
  });

  test("replaces a configuration that was not changed, and leaves nothing if nothing was changed", () => {
    const root = roots.make();
    const before = installedIn(root);
    expect(roots.rpm(root, "--install", first)).toBe("0 ");
    expect(roots.rpm(root, "--upgrade", second)).toBe("0 ");
    expect(text(root, "etc/eyas/eyas.yaml")).toBe("json_output: true\n");
    expect(roots.rpm(root, "--erase", "eyas")).toBe("0 ");
    expect(installedIn(root)).toEqual(before);
  });

  test("lets rpm find changed files", () => {
    const root = roots.make();
    roots.rpm(root, "--install", first);
    expect(roots.rpm(root, "--verify", "eyas")).toBe("0 ");
    put(root, "usr/lib/eyas/bin/eyas", "#!/bin/sh\necho other\n");
    put(root, "etc/eyas/eyas.yaml", "");
    rmSync(join(root, "usr/lib/eyas/.cache"));
    expect(roots.rpm(root, "--verify", "eyas")).toMatch(
      /^1 S\.5\.{4}T\. {2}c \/etc\/eyas\/eyas\.yaml\nmissing {5}\/usr\/lib\/eyas\/\.cache\n\S*5\S* {4}\/usr\/lib\/eyas\/bin\/eyas\n$/,
    );
  });

  test("enables the service by preset, restarts it after an upgrade, and stops it before removal", () => {
    const root = roots.make();
    addServiceManager(root);
    expect(roots.rpm(root, "--install", first)).toBe("0 ");
    expect(calls(root)).toEqual(["daemon-reload", "--no-reload preset eyas.service"]);
    expect(roots.rpm(root, "--upgrade", second)).toBe("0 ");
    const show = "show --property=MainPID --value eyas.service";
    expect(calls(root)).toEqual(["daemon-reload", "daemon-reload", show, "try-restart eyas.service"]);
    expect(existsSync(join(root, "run/eyas.service.before"))).toBe(false);
    expect(roots.rpm(root, "--erase", "eyas")).toBe("0 ");
    expect(calls(root)).toEqual(["--no-reload disable --now eyas.service", "daemon-reload"]);
  });

  test("lets a new process take over at an upgrade, or restarts the service", () => {
    const root = roots.make();
    addServiceManager(root);
    roots.rpm(root, "--install", first);
    const upgrade = (file: string, ...main: readonly number[]): readonly string[] => {
      calls(root);
      nameMainProcesses(root, main);
      expect(roots.rpm(root, "--upgrade", "--oldpackage", file)).toMatch(/^0 /);
      return calls(root).filter((line) => / (?:kill|try-restart) /.test(line));
    };
    const kill = "systemctl kill --kill-who=main --signal=USR2 eyas.service";
    const restart = "systemctl try-restart eyas.service";
    expect(upgrade(second, 7, 7, 8)).toEqual([kill]);
    expect(upgrade(first, 8, 0)).toEqual([kill, restart]);
    put(root, "usr/lib/systemd/system/eyas.service", "[Service]\nNoNewPrivileges=no\n");
    expect(upgrade(second, 8, 9)).toEqual([restart]);
  });

  test("only enables and disables the service where systemd does not run, such as in an image", () => {
    const root = roots.make();
    addServiceManager(root);
    rmSync(join(root, "run/systemd"), { recursive: true });
    for (const words of [
      ["--install", first],
      ["--upgrade", second],
      ["--erase", "eyas"],
    ])
      expect(roots.rpm(root, ...words)).toBe("0 ");
    expect(calls(root)).toEqual(["--no-reload preset eyas.service", "--no-reload disable eyas.service"]);
  });

  test("is installed, upgraded and removed by dnf", needs("dnf"), () => {
    const root = roots.make();
    const before = installedIn(root);
    expect(roots.dnf(root, "install", first)).toMatch(/^0 .*Installed:\n {2}eyas-1\.0\.0-1\.x86_64/s);
    changes(root);
    expect(roots.dnf(root, "upgrade", second)).toMatch(/^0 .*Upgraded:\n {2}eyas-2\.0\.0-1\.x86_64/s);
    expect(run(root)).toBe("2.0.0");
    rmSync(join(root, "etc/eyas/eyas.yaml.rpmnew"));
    expect(roots.dnf(root, "remove", "eyas")).toMatch(/^0 .*Removed:\n {2}eyas-2\.0\.0-1\.x86_64/s);
    expect(installedIn(root)).toEqual([...before, ...kept, ...journal].sort());
  });

  test("has the tags that rpmbuild writes for the same files", needs("cpio"), () => {
    const tree = join(folder, "tree");
    mkdirSync(tree);
    const payload = execFileSync("rpm2cpio", [first]);
    execFileSync("cpio", ["-idm", "--quiet"], { cwd: tree, input: payload });
    const format = [
      "[%{FILENAMES} %{FILESIZES} %{FILEMODES} %{FILERDEVS} %{FILEDIGESTS} %{FILELINKTOS} %{FILEFLAGS} %{FILEUSERNAME}",
      " %{FILEGROUPNAME} %{FILEVERIFYFLAGS} %{FILEDEVICES} %{FILEINODES} %{FILELANGS}\\n]",
      "[provides %{PROVIDENAME} %{PROVIDEFLAGS} %{PROVIDEVERSION}\\n]",
      "[requires %{REQUIRENAME} %{REQUIREFLAGS} %{REQUIREVERSION}\\n]",
      "[%{DIRNAMES} ]%{SIZE} %{FILEDIGESTALGO} %{ARCHIVESIZE} %{SOURCERPM} %{ENCODING} %{OS} %{ARCH}",
      " %{PAYLOADFORMAT} %{PAYLOADCOMPRESSOR} %{PAYLOADFLAGS} %{GROUP} %{SUMMARY} %{LICENSE} %{VENDOR} %{BUILDHOST}",
      " %{PREINPROG} %{POSTINPROG} %{PREUNPROG} %{POSTUNPROG} %{POSTTRANSPROG}",
    ].join("");
    const spec = `
%global _build_id_links none
%global __os_install_post %{nil}
%global _buildhost localhost
%global _binary_payload w9.gzdio
%global __docdir_path /usr/share/documents
Name: eyas
Version: 1.0.0
Release: 1
Summary: Runtime security for cloud-native machines
License: Apache-2.0 AND (MIT OR GPL-2.0-only)
Vendor: The Eyas authors
Requires: coreutils
Requires(pre): coreutils
Requires(preun): coreutils
Requires(posttrans): coreutils
%description
%install
cp -a ${tree}/. %{buildroot}
%pre
:
%post
:
%preun
:
%postun
:
%posttrans
:
%files
%dir /etc/eyas
%dir /etc/eyas/rules.d
%config(noreplace) /etc/eyas/eyas.yaml
/usr/bin/eyas
/usr/lib/eyas
/usr/lib/systemd/system/*
/usr/share/bash-completion/completions/*
/usr/share/doc/*
/usr/share/fish/vendor_completions.d/*
%dir /usr/share/licenses/eyas
%license /usr/share/licenses/eyas/*
%doc /usr/share/man/man1/*
/usr/share/zsh/site-functions/*
/var/cache/eyas
`;
    const built = roots.build("rebuilt", spec);
    const query = (file: string): string[] =>
      execFileSync("rpm", ["--query", "--package", "--queryformat", format, file], { encoding: "utf8" }).split("\n");
    expect(query(first)).toEqual(query(built));
    expect(query(first).length).toBeGreaterThan(30);
  });
});

describe("the file of an RPM package", () => {
  test("passes the check of its digests, and does not if a byte is changed", needs("rpm"), () => {
    const file = packageOf("3.0.0");
    const checked = (): string => spawnSync("rpm", ["--checksig", "--verbose", file], { encoding: "utf8" }).stdout;
    expect(checked()).toBe(`${file}:\n    Header SHA256 digest: OK\n    Payload SHA256 digest: OK\n`);
    const bytes = readFileSync(file);
    const at = bytes.lastIndexOf("echo 3.0.0"); // the payload is not compressed in tests
    expect(at).toBeGreaterThan(0);
    bytes[at] = 0x45;
    writeFileSync(file, bytes);
    expect(checked()).toContain("Payload SHA256 digest: BAD");
    const summary = bytes.indexOf("Runtime security");
    bytes[summary] = 0x72;
    writeFileSync(file, bytes);
    expect(checked()).toContain("Header SHA256 digest: BAD");
  });

  test("is the same for the same contents", () => {
    for (const arch of ["amd64", "arm64"] as const) {
      const [a, b] = [1, 2].map(() => rpmPackage(home, smallContents("1.0.0"), arch, TIME, "least"));
      expect(a?.equals(b ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test("consists of a lead, a signature header, a header with sorted tags, and a payload of the stated size", () => {
    const file = rpmPackage(home, smallContents("1.0.0"), "arm64", TIME);
    expect(file.toString("hex", 0, 10)).toBe("edabeedb030000000013");
    expect(file.toString("latin1", 10, 76).replace(/\0+$/, "")).toBe("eyas-1.0.0-1");
    const signatures = readHeader(file, 96);
    const main = readHeader(file, Math.ceil(signatures.end / 8) * 8);
    expect([signatures.tags[0]?.tag, main.tags[0]?.tag]).toEqual([REGIONS.signatures, REGIONS.immutable]);
    expect(signatures.value(SIGNATURE.SHA256)).toBe(sha256(file.subarray(main.start, main.end)));
    expect(signatures.value(SIGNATURE.SIZE)).toEqual([file.length - main.start]);
    const payload = file.subarray(main.end);
    const archive = gunzipSync(payload);
    expect(signatures.value(SIGNATURE.PAYLOADSIZE)).toEqual([archive.length]);
    expect(main.value(TAG.PAYLOADDIGEST)).toBe(sha256(payload));
    expect(main.value(TAG.PAYLOADDIGESTALT)).toBe(sha256(archive));
    expect(main.value(TAG.PAYLOADDIGESTALGO)).toEqual([SHA256]);
    expect(main.value(TAG.ARCH)).toBe("aarch64");
    const each = [TAG.BASENAMES, TAG.DIRINDEXES, TAG.FILEMODES, TAG.FILEDIGESTS, TAG.FILELINKTOS, TAG.FILEFLAGS];
    const counts = each.map((tag) => main.tags.find((one) => one.tag === tag)?.count);
    expect(new Set(counts)).toEqual(new Set([20]));
  });

  test("has the version of a pre-release, which is older than the release", needs("rpm"), () => {
    expect(rpmName("1.0.0-rc.1", "arm64")).toBe("eyas-1.0.0~rc.1-1.aarch64.rpm");
    const file = packageOf("1.0.0-rc.1");
    const asked = ["--query", "--package", "--requires", file];
    expect(execFileSync("rpm", asked, { encoding: "utf8" })).toContain("rpmlib(TildeInVersions) <= 4.10.0-1\n");
    expect(
      execFileSync("rpm", ["--eval", '%{lua:print(rpm.vercmp("1.0.0~rc.1", "1.0.0"))}'], { encoding: "utf8" }),
    ).toBe("-1\n");
    expect(() => rpmName("1.0/0", "amd64")).toThrow("1.0/0 is not a valid version of an RPM package.");
  });
});

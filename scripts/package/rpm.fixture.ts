// Root file systems in which rpm and dnf install packages.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { copyLibraries, makeRoot } from "./root.fixture.ts";

/**
 * A package that represents a distribution. rpmbuild determines what its libraries provide, as for packages of other
 * distributions. Therefore, rpm checks that the dependencies of a package are written as rpmbuild writes them.
 */
const SPEC = `Name: distribution
Version: 1
Release: 1
Summary: Programs and libraries
License: none
Provides: coreutils, /bin/sh
AutoReq: no
%global _build_id_links none
%global __os_install_post %{nil}
%global debug_package %{nil}
%description
Programs and libraries.
%install
cp -a "$TREE/." %{buildroot}
find %{buildroot} -name '*.so*' -exec chmod 755 {} +
%files
/*
`;

const RPM = "/usr/bin/rpm";

/** rpm and dnf settings. */
const MACROS = `# Debian's default is in the home of the user.
%_dbpath /var/lib/rpm
# The package is not signed; rpm 6 would reject it.
%_pkgverify_level digest
# The format of packages that rpmbuild writes.
%_rpmformat 4
# Mounts file systems for package scripts, which requires that the root is a mount point.
%__transaction_unshare %{nil}
`;

/** Directories of distributions, in addition to the directories that `makeRoot` creates. */
export const FOLDERS = [
  "usr/lib/systemd/system",
  "usr/share/bash-completion/completions",
  "usr/share/doc",
  "usr/share/fish/vendor_completions.d",
  "usr/share/licenses",
  "usr/share/man/man1",
  "usr/share/zsh/site-functions",
  "var/cache",
  "var/tmp",
];

/** Creates root file systems with an rpm database. */
export class RpmRoots {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #distribution: string;

  /**
   * Builds the package with the files of each root: the programs that package scripts need, additional programs, and the
   * libraries of Node.js.
   */
  constructor(folder: string, programs: readonly string[] = []) {
    this.#folder = folder;
    const tree = makeRoot(folder, programs);
    copyLibraries(tree, process.execPath);
    rmSync(join(tree, "var/lib/dpkg"), { recursive: true });
    for (const path of FOLDERS) mkdirSync(join(tree, path), { recursive: true });
    writeFileSync(join(folder, ".rpmmacros"), MACROS);
    this.#env = { ...process.env, HOME: folder, TREE: tree, LC_ALL: "C.UTF-8" };
    this.#distribution = this.build("distribution", SPEC);
  }

  /** Builds a package with rpmbuild. @returns the path of the package */
  build(name: string, spec: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    const file = join(folder, `${name}.spec`);
    writeFileSync(file, spec);
    const options = ["-bb", "--define", `_topdir ${folder}`, file];
    execFileSync("rpmbuild", options, { env: this.#env, stdio: ["ignore", "ignore", "pipe"] });
    const [built] = globSync(join(folder, "RPMS/*/*.rpm"));
    if (built === undefined) throw new Error(`rpmbuild built no package from ${file}.`);
    return built;
  }

  /** Path of the package with the programs and libraries of each root. */
  get distribution(): string {
    return this.#distribution;
  }

  make(): string {
    const root = mkdtempSync(join(this.#folder, "root-"));
    const said = this.rpm(root, "--install", this.#distribution);
    if (said !== "0 ") throw new Error(`rpm cannot install the distribution: ${said}`);
    return root;
  }

  /** Runs rpm for a root. @returns the exit code and output of rpm */
  rpm(root: string, ...words: readonly string[]): string {
    // Debian's rpm prints that it should not be used on Debian.
    return this.#run("rpm", "--root", root, ...words).replaceAll(/rpm: (?:RPM should not|However assuming).*\n/g, "");
  }

  /** Runs dnf for a root, without repositories. @returns the exit code and output of dnf */
  dnf(root: string, ...words: readonly string[]): string {
    const options = ["--installroot", root, "--releasever", "1", "--setopt", "reposdir=/nonexistent", "--assumeyes"];
    return this.#run("dnf", ...options, ...words);
  }

  #run(program: string, ...words: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", env: this.#env });
    return `${status} ${stdout}${stderr}`;
  }
}

/**
 * Copies the rpm of this machine, with its libraries and settings, to a root of another distribution.
 * @param folder directory in the root, an absolute path
 * @returns the command line that runs this rpm in the root
 */
export function copyRpm(root: string, folder: string): readonly string[] {
  const to = join(root, folder);
  copyLibraries(to, RPM);
  copyFileSync(RPM, join(to, "rpm"));
  writeFileSync(join(to, ".rpmmacros"), MACROS);
  cpSync("/usr/lib/rpm", join(to, "settings"), { recursive: true });
  const libraries = globSync("lib*/{,*/}*.so*", { cwd: to });
  const loader = libraries.find((path) => /\/ld-linux[^/]*$/.test(path));
  if (loader === undefined) throw new Error("rpm has no program loader.");
  const paths = [...new Set(libraries.map((path) => join(folder, dirname(path))))].join(":");
  return [
    ...["env", `HOME=${folder}`, `RPM_CONFIGDIR=${folder}/settings`, "LC_ALL=C.UTF-8"],
    ...[join(folder, loader), "--library-path", paths, join(folder, "rpm")],
  ];
}

/** Returns all files below a root, without the databases and logs of rpm and dnf. */
export function installedIn(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(?:bin\/|var\/(?:lib\/(?:rpm|dnf)|log|cache\/dnf|tmp)|etc\/dnf)/.test(path))
    .sort();
}

import { readFileSync } from "node:fs";

/** A package in package-lock.json. */
export interface LockedPackage {
  /** Name in the registry. */
  readonly name: string;
  /** Directory in the repository, `node_modules/…`. */
  readonly folder: string;
  readonly version: string;
  readonly license: string;
  /** SHA-512 of the archive, in Base64. */
  readonly sha512: string;
  /** Directories of the packages that this package requires, sorted. */
  readonly needs: readonly string[];
}

/** A platform, with the names that npm uses. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

interface Row {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * Returns the packages with these names and all of their dependencies on a platform, sorted by directory.
 * @param file package-lock.json
 * @throws if the file lacks a package or its hash
 */
export function lockedPackages(file: string, names: readonly string[], platform: Platform): LockedPackage[] {
  // the file is written by npm
  const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Readonly<Record<string, Row>> };
  const found = new Map<string, LockedPackage>();
  const wanted = names.map((name) => folderOf(packages, "", name));
  for (const folder of wanted) {
    const row = packages[folder];
    if (row === undefined || found.has(folder)) continue;
    const needs = neededNames(row)
      .map(({ name, optional }) => ({ folder: folderOf(packages, folder, name, optional), optional }))
      .filter(({ folder }) => folder !== "" && runsOn(packages[folder], platform))
      .map(({ folder }) => folder);
    found.set(folder, { ...described(folder, row), needs: needs.sort() });
    wanted.push(...needs);
  }
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Returns the entry of a package that is bundled into the page. */
export function lockedPackage(file: string, folder: string): LockedPackage {
  const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Readonly<Record<string, Row>> };
  const row = packages[folder];
  if (row === undefined) throw new Error(`${file} has no ${folder}.`);
  return { ...described(folder, row), needs: [] };
}

function described(folder: string, row: Row): Omit<LockedPackage, "needs"> {
  const { version, license = "NOASSERTION", integrity } = row;
  if (version === undefined || integrity?.startsWith("sha512-") !== true)
    throw new Error(`package-lock.json has no version or SHA-512 of ${folder}; run 'npm install'.`);
  const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  return { name, folder, version, license, sha512: integrity.slice("sha512-".length) };
}

function neededNames(row: Row): { readonly name: string; readonly optional: boolean }[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = row;
  return [
    ...Object.keys(dependencies).map((name) => ({ name, optional: Object.hasOwn(optionalDependencies, name) })),
    ...Object.keys(optionalDependencies).map((name) => ({ name, optional: true })),
    ...Object.keys(peerDependencies)
      .filter((name) => peerDependenciesMeta[name]?.optional !== true)
      .map((name) => ({ name, optional: false })),
  ];
}

/**
 * Returns the directory from which Node.js loads a package for a file in `from`.
 * @throws if there is none, unless the package is optional
 */
function folderOf(packages: Readonly<Record<string, Row>>, from: string, name: string, optional = false): string {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf("node_modules/") - 1))) {
    const folder = `${base === "" ? "" : `${base}/`}node_modules/${name}`;
    if (packages[folder] !== undefined) return folder;
    if (base === "") break;
  }
  if (optional) return "";
  throw new Error(`package-lock.json has no ${name}${from === "" ? "" : `, which ${from} needs`}; run 'npm install'.`);
}

function runsOn(row: Row | undefined, { os, cpu }: Platform): boolean {
  const fits = (list: readonly string[] | undefined, value: string): boolean =>
    list === undefined ||
    (list.some((one) => one.startsWith("!")) ? !list.includes(`!${value}`) : list.includes(value));
  return fits(row?.os, os) && fits(row?.cpu, cpu);
}

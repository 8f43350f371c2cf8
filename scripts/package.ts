/**
 * Builds packages of the program: an archive, a Debian package, an RPM package and a container image for each
 * architecture, SBOMs, and checksums. The same commit yields the same bytes. With a key or an identity, signs each
 * file.
 *
 * Usage: npm run package -- [--arch amd64|arm64] [--no-image] [--out DIRECTORY]
 *                           [--sign-key FILE | --sign-keyless [--signing-config FILE]]
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Effort, gzipped } from "./package/compress.ts";
import { containerImage } from "./package/container.ts";
import { type Architecture, architectures, buildParts, type Contents, contentsFor } from "./package/contents.ts";
import { debianPackage } from "./package/debian.ts";
import { type Artifact, writeRelease } from "./package/release.ts";
import { rpmName, rpmPackage } from "./package/rpm.ts";
import { keylessSigner } from "./package/signature/keyless.ts";
import { readPrivateKey } from "./package/signature/keys.ts";
import { keySigner, type Sign } from "./package/signature/sign.ts";
import { tar } from "./package/tar.ts";

const root = resolve(import.meta.dirname, "..");

/** Parts of a release to build. */
export interface Release {
  readonly archs: readonly Architecture[];
  /** Time of all files, in seconds since the epoch. */
  readonly time: number;
  /** Commit of the sources; undefined if it is not known. */
  readonly revision?: string | undefined;
  readonly effort?: Effort | undefined;
  /** Whether container images are built, which requires Debian packages. Default: true. */
  readonly images?: boolean | undefined;
}

/**
 * Builds the files of a release, `SHA256SUMS` last.
 * @throws if a source does not compile, or a package is not available
 */
export async function buildPackages(release: Release): Promise<Artifact[]> {
  const built = await buildParts(root);
  const artifacts: Artifact[] = [];
  for (const arch of release.archs) {
    const contents = contentsFor(root, built, arch, release.time);
    artifacts.push(...packagesOf(contents, arch, release));
    if (release.images ?? true) {
      const { archive, sbom } = await containerImage(root, contents, arch, release);
      const name = `eyas_${contents.version}_${arch}.oci`;
      artifacts.push(
        { name: `${name}.tar`, content: archive },
        { name: `${name}.cdx.json`, content: Buffer.from(sbom) },
      );
    }
  }
  const sums = artifacts.map(({ name, content }) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
  return [...artifacts, { name: "SHA256SUMS", content: Buffer.from(sums.join("")) }];
}

/** Returns the archive, the Debian package, the RPM package, and their SBOM. */
function packagesOf(contents: Contents, arch: Architecture, { time, effort }: Release): Artifact[] {
  const name = `eyas_${contents.version}_${arch}`;
  const documents = [
    { path: "sbom.cdx.json", mode: 0o644, content: Buffer.from(contents.sbom) },
    { path: "third-party-licenses.txt", mode: 0o644, content: Buffer.from(contents.licenses) },
  ];
  const archive = tar([...contents.entries, ...documents], time, `${name}/`);
  return [
    { name: `${name}.tar.gz`, content: gzipped(archive, effort) },
    { name: `${name}.deb`, content: debianPackage(root, contents, arch, time, effort) },
    { name: rpmName(contents.version, arch), content: rpmPackage(root, contents, arch, time, effort) },
    { name: `${name}.cdx.json`, content: Buffer.from(contents.sbom) },
  ];
}

/** Returns the time of the checked-out commit, in seconds since the epoch; SOURCE_DATE_EPOCH overrides it. */
export function commitTime(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given) {
    if (!/^\d{1,11}$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is not a time in seconds: ${given}.`);
    return Number(given);
  }
  return Number(git("log", "-1", "--format=%ct"));
}

/** Returns the checked-out commit; undefined if the working tree has changes, or is not one of git. */
function commit(): string | undefined {
  try {
    return git("status", "--porcelain") === "" ? git("rev-parse", "HEAD") : undefined;
  } catch {
    return undefined;
  }
}

function git(...words: readonly string[]): string {
  return execFileSync("git", ["-C", root, ...words], { encoding: "utf8" }).trim();
}

const options = {
  arch: { type: "string" },
  out: { type: "string", default: "dist" },
  image: { type: "boolean", default: true },
  "sign-key": { type: "string" },
  "sign-keyless": { type: "boolean", default: false },
  "signing-config": { type: "string" },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

/**
 * Returns the signer of the files; undefined if they are not signed. Errors are found before the build, which takes
 * minutes.
 */
async function signerFor(values: Options): Promise<Sign | undefined> {
  const { "sign-key": key, "sign-keyless": keyless, "signing-config": config } = values;
  if (key !== undefined && keyless) throw new Error("Use either --sign-key or --sign-keyless.");
  if (config !== undefined && !keyless) throw new Error("--signing-config requires --sign-keyless.");
  if (key !== undefined) return keySigner(readPrivateKey(resolve(root, key), process.env.COSIGN_PASSWORD));
  return keyless ? await keylessSigner(config === undefined ? undefined : resolve(root, config)) : undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options, allowNegative: true });
  const known = Object.keys(architectures) as Architecture[];
  const archs = known.filter((arch) => values.arch === undefined || values.arch === arch);
  if (archs.length === 0) throw new Error(`Unknown architecture ${values.arch}; known: ${known.join(", ")}.`);
  const sign = await signerFor(values);
  const time = commitTime();
  const revision = commit();
  if (!process.env.SOURCE_DATE_EPOCH && revision === undefined)
    console.error("package: the working tree has changes, so the packages differ from the packages of the commit");
  const folder = resolve(root, values.out);
  const artifacts = await buildPackages({ archs, time, revision, images: values.image });
  for (const { name, content } of await writeRelease(folder, artifacts, sign))
    console.log(`${(content.length / 1e6).toFixed(1).padStart(7)} MB  ${join(folder, name)}`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}

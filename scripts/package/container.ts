// The container image of the program: its files with Node.js, the libraries of Node.js, and nothing else.
import { join } from "node:path";
import type { Effort } from "./compress.ts";
import { type Architecture, architectures, type Contents } from "./contents.ts";
import { debianLibraries, debianPackages, debianRelease } from "./debian-libraries.ts";
import { imageArchive } from "./image.ts";
import { launcher, recordStarts } from "./launcher.ts";
import { DOWNLOADS } from "./package-files.ts";
import { type SystemPackage, sbom } from "./sbom.ts";
import type { Entry, FileEntry } from "./tar.ts";

/** Directory of the program in the image. */
export const IMAGE_HOME = "/opt/eyas";

/** A container image, and its SBOM. */
export interface Container {
  readonly archive: Buffer;
  readonly sbom: string;
}

/** Options for building an image. */
export interface ContainerOptions {
  /** Time of all files, in seconds since the epoch. */
  readonly time: number;
  /** Commit of the sources; undefined if it is not known. */
  readonly revision?: string | undefined;
  readonly effort?: Effort | undefined;
}

/**
 * Builds the container image for an architecture.
 * @param root directory of the repository
 * @throws if the libraries of Node.js are not available
 */
export async function containerImage(
  root: string,
  contents: Contents,
  arch: Architecture,
  { time, revision, effort }: ContainerOptions,
): Promise<Container> {
  const { version, description, license } = contents;
  const text = sbom({ ...contents.shipped, system: systemPackages(arch) });
  const libraries = await debianLibraries(arch, join(root, DOWNLOADS));
  const archive = imageArchive(
    {
      ...{ name: "eyas", version, arch, time },
      entries: [...systemFiles(version), ...libraries, ...programFiles(contents, arch, text)],
      config: {
        // The sensor needs capabilities, and the runtimes give them only to root.
        User: "0:0",
        Entrypoint: [`${IMAGE_HOME}/bin/eyas`],
        Cmd: ["run"],
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        WorkingDir: IMAGE_HOME,
      },
      labels: {
        "org.opencontainers.image.title": "eyas",
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.version": version,
        ...(revision === undefined ? {} : { "org.opencontainers.image.revision": revision }),
        "org.opencontainers.image.created": new Date(time * 1000).toISOString(),
        "org.opencontainers.image.licenses": license,
      },
    },
    effort,
  );
  return { archive, sbom: text };
}

function systemPackages(arch: Architecture): SystemPackage[] {
  const distribution = `distro=debian-${debianRelease.version}`;
  return debianPackages.map(({ name, source, version, license, sha256 }) => ({
    ...{ name, version, license, sha256: sha256[arch] },
    sources: `https://snapshot.debian.org/package/${source}/${encodeURIComponent(version)}/`,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&${distribution}`,
  }));
}

/** Returns the program, with a launcher that needs no shell. */
function programFiles({ entries, licenses, commands }: Contents, arch: Architecture, text: string): Entry[] {
  const script = entries.find((entry): entry is FileEntry => entry.path === "bin/eyas");
  if (script === undefined) throw new Error("The program does not contain bin/eyas.");
  const node = `${IMAGE_HOME}/node_modules/node-linux-${architectures[arch]}/bin/node`;
  const names = commands.commands.map(({ words }) => words.at(-1) ?? "");
  const content = launcher(IMAGE_HOME, node, recordStarts(script.content, names));
  const own: Entry[] = [
    ...entries.filter((entry) => entry !== script),
    { ...script, content: Buffer.from(content) },
    file("sbom.cdx.json", text),
    file("third-party-licenses.txt", licenses),
  ];
  return [
    ...own.map((entry) => ({ ...entry, path: `${IMAGE_HOME.slice(1)}/${entry.path}` })),
    { path: "usr/bin/eyas", target: `${IMAGE_HOME}/bin/eyas` },
  ];
}

/** Returns the files that the C library, runtimes and image scanners read. */
function systemFiles(version: string): Entry[] {
  return [
    file("etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"),
    file("etc/group", "root:x:0:\nnonroot:x:65532:\n"),
    file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    file(
      "etc/os-release",
      [
        `PRETTY_NAME="Eyas ${version} with libraries of Debian ${debianRelease.version}"`,
        ...['NAME="Debian GNU/Linux"', "ID=debian", `VERSION_ID="${debianRelease.version}"`],
        `VERSION_CODENAME=${debianRelease.codename}\n`,
      ].join("\n"),
    ),
    { path: "root", mode: 0o700, folder: true },
    { path: "tmp", mode: 0o1777, folder: true },
    { path: "var/lib/eyas", mode: 0o700, folder: true },
    // Mount points, which a runtime cannot create if the image is read-only.
    ...["dev", "proc", "run", "sys", "etc/eyas", "host"].map((path) => ({ path, mode: 0o755, folder: true as const })),
  ];
}

function file(path: string, content: string): FileEntry {
  return { path, mode: 0o644, content: Buffer.from(content) };
}

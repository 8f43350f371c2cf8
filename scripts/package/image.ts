// Container images: an OCI image layout (https://github.com/opencontainers/image-spec) in a tar archive. A manifest in the
// format of `docker save` refers to the same files, for `docker load`.
import { createHash } from "node:crypto";
import { type Effort, gzipped } from "./compress.ts";
import type { Architecture } from "./contents.ts";
import { type Entry, type FileEntry, tar } from "./tar.ts";

/** A program with its root file system. */
export interface Image {
  /** Name without a registry, such as `eyas`. */
  readonly name: string;
  /** Tag. */
  readonly version: string;
  readonly arch: Architecture;
  /** Files of the root file system. */
  readonly entries: readonly Entry[];
  /** The key `config` of the image configuration: entry point, environment, user. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Labels and annotations, such as `org.opencontainers.image.title`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Time of the files and of the image, in seconds since the epoch. */
  readonly time: number;
}

const OCI = "application/vnd.oci.image";
/** Variants of architectures, which registries and engines expect. */
const VARIANTS: Readonly<Record<Architecture, { readonly variant?: string }>> = { amd64: {}, arm64: { variant: "v8" } };

/** A file of the layout that is named by its hash. */
interface Blob {
  readonly content: Buffer;
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
}

/** Builds a tar archive with an image of one layer. */
export function imageArchive(image: Image, effort?: Effort): Buffer {
  const { name, version, arch, labels, time, config } = image;
  const created = new Date(time * 1000).toISOString();
  const platform = { architecture: arch, os: "linux", ...VARIANTS[arch] };
  const files = tar(image.entries, time);
  const layer = blob(`${OCI}.layer.v1.tar+gzip`, gzipped(files, effort));
  const configuration = json(`${OCI}.config.v1+json`, {
    created,
    ...platform,
    config: { ...config, Labels: labels },
    rootfs: { type: "layers", diff_ids: [sha256(files)] },
    history: [{ created, created_by: "npm run package" }],
  });
  const manifest = json(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: configuration.descriptor,
    layers: [layer.descriptor],
    annotations: labels,
  });
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [
      {
        ...manifest.descriptor,
        platform,
        annotations: {
          // containerd and Podman import the image under this name; other tools read only the tag.
          "io.containerd.image.name": `docker.io/library/${name}:${version}`,
          "org.opencontainers.image.ref.name": version,
        },
      },
    ],
  };
  const docker = [{ Config: pathOf(configuration), RepoTags: [`${name}:${version}`], Layers: [pathOf(layer)] }];
  return tar(
    [
      file("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
      file("index.json", Buffer.from(JSON.stringify(index))),
      file("manifest.json", Buffer.from(JSON.stringify(docker))),
      ...[layer, configuration, manifest].map((one) => file(pathOf(one), one.content)),
    ],
    time,
  );
}

function json(mediaType: string, value: object): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify(value)));
}

function blob(mediaType: string, content: Buffer): Blob {
  return { content, descriptor: { mediaType, digest: sha256(content), size: content.length } };
}

function pathOf({ descriptor }: Blob): string {
  return `blobs/${descriptor.digest.replace(":", "/")}`;
}

function sha256(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function file(path: string, content: Buffer): FileEntry {
  return { path, mode: 0o644, content };
}

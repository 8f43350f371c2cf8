import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Image, imageArchive } from "./image.ts";
import { type ReadEntry, readTar } from "./tar.ts";

const image: Image = {
  ...{ name: "eyas", version: "1.2.3", arch: "arm64", time: 1_700_000_000 },
  entries: [
    { path: "bin/eyas", mode: 0o755, content: Buffer.from("program") },
    { path: "tmp", mode: 0o1777, folder: true },
  ],
  config: { User: "0:0", Entrypoint: ["/bin/eyas"] },
  labels: { "org.opencontainers.image.title": "eyas" },
};

const files = new Map(readTar(imageArchive(image)).map((entry) => [entry.path, entry]));
const content = (path: string): Buffer => files.get(path)!.content;
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: object;
  readonly annotations?: object;
}

/** Returns the file that a descriptor names, after comparing its size and its hash. */
function resolved({ digest, size }: Descriptor): Buffer {
  const bytes = content(`blobs/${digest.replace(":", "/")}`);
  expect([bytes.length, `sha256:${sha256(bytes)}`]).toEqual([size, digest]);
  return bytes;
}

const json = <T>(bytes: Buffer): T => JSON.parse(bytes.toString()) as T;
const [described] = json<{ manifests: [Descriptor] }>(content("index.json")).manifests;

describe("the image layout", () => {
  test("names each file by its hash, and contains no others", () => {
    const blobs = [...files.values()].filter(({ path, type }) => type === "file" && path.startsWith("blobs/"));
    expect(blobs.map(({ path }) => path)).toEqual(blobs.map((blob) => `blobs/sha256/${sha256(blob.content)}`));
    const rest = [...files.values()].filter((entry) => entry.type === "file" && !blobs.includes(entry));
    expect(rest.map(({ path }) => path)).toEqual(["index.json", "manifest.json", "oci-layout"]);
    expect(blobs).toHaveLength(3);
    expect(json(content("oci-layout"))).toEqual({ imageLayoutVersion: "1.0.0" });
  });

  test("leads from the index to the manifest, the configuration and the layer", () => {
    expect(described).toMatchObject({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      platform: { architecture: "arm64", os: "linux", variant: "v8" },
      annotations: {
        "io.containerd.image.name": "docker.io/library/eyas:1.2.3",
        "org.opencontainers.image.ref.name": "1.2.3",
      },
    });
    const { config, layers, ...manifest } = json<{ config: Descriptor; layers: [Descriptor] }>(resolved(described));
    expect(manifest).toMatchObject({
      ...{ schemaVersion: 2, mediaType: described.mediaType },
      annotations: image.labels,
    });
    expect(config.mediaType).toBe("application/vnd.oci.image.config.v1+json");
    expect(layers.map(({ mediaType }) => mediaType)).toEqual(["application/vnd.oci.image.layer.v1.tar+gzip"]);
    const layer = gunzipSync(resolved(layers[0]));
    const created = "2023-11-14T22:13:20.000Z";
    expect(json(resolved(config))).toEqual({
      ...{ created, architecture: "arm64", os: "linux", variant: "v8" },
      config: { ...image.config, Labels: image.labels },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created, created_by: "npm run package" }],
    });
    const shown = ({ path, type, mode, owner, mtime }: ReadEntry) => [path, type, mode, owner, mtime];
    expect(readTar(layer).map(shown)).toEqual([
      ["bin", "folder", 0o755, "0:0 :", image.time],
      ["bin/eyas", "file", 0o755, "0:0 :", image.time],
      ["tmp", "folder", 0o1777, "0:0 :", image.time],
    ]);
  });

  test("has a manifest for docker load with the same files", () => {
    const { config, layers } = json<{ config: Descriptor; layers: [Descriptor] }>(resolved(described));
    const path = ({ digest }: Descriptor): string => `blobs/${digest.replace(":", "/")}`;
    expect(json(content("manifest.json"))).toEqual([
      { Config: path(config), RepoTags: ["eyas:1.2.3"], Layers: layers.map(path) },
    ]);
  });
});

test("an image of amd64 has no variant", () => {
  const index = readTar(imageArchive({ ...image, arch: "amd64" })).find(({ path }) => path === "index.json");
  const { manifests } = json<{ manifests: [Descriptor] }>(index!.content);
  expect(manifests[0].platform).toEqual({ architecture: "amd64", os: "linux" });
});

test("the same files give the same bytes, and another time gives others", () => {
  expect(imageArchive({ ...image, entries: image.entries.toReversed() })).toEqual(imageArchive(image));
  expect(imageArchive({ ...image, time: 1 })).not.toEqual(imageArchive(image));
});

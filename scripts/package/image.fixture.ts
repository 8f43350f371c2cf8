// The container image for tests.
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sharedServer } from "../../test/parts/shared-server.ts";
import { containerImage } from "./container.ts";
import { type Architecture, buildParts, contentsFor } from "./contents.ts";

const root = resolve(import.meta.dirname, "../..");
const TIME = 1_700_000_000;
const ARCHIVE = "eyas.oci.tar";
const SBOM = "sbom.cdx.json";

/** The architecture of this machine. */
export const ownArchitecture: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** Capabilities that containerd gives by default. */
export const CONTAINERD_CAPABILITIES: readonly string[] =
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
    .split(" ")
    .map((name) => `CAP_${name}`);

/** Returns the directory with the image of this machine's architecture, which is built once per run of tests. */
const shared = (): Promise<string> => sharedServer("image");

/** Returns the path of the image. */
export async function imageFile(): Promise<string> {
  return join(await shared(), ARCHIVE);
}

/** Returns the SBOM of the image. */
export async function imageSbom(): Promise<string> {
  return readFileSync(join(await shared(), SBOM), "utf8");
}

// Builds the image, with little compression, into the directory that is given as argument.
const [, , folder] = process.argv;
if (import.meta.main && folder !== undefined) {
  const contents = contentsFor(root, await buildParts(root), ownArchitecture, TIME);
  const options = { time: TIME, revision: "0".repeat(40), effort: "least" } as const;
  const { archive, sbom } = await containerImage(root, contents, ownArchitecture, options);
  writeFileSync(join(folder, ARCHIVE), archive);
  writeFileSync(join(folder, SBOM), sbom);
}

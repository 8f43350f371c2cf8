// The container image for tests.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Container, containerImage } from "./container.ts";
import { type Architecture, buildParts, contentsFor } from "./contents.ts";

const root = resolve(import.meta.dirname, "../..");
const TIME = 1_700_000_000;

/** The architecture of this machine. */
export const ownArchitecture: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** Capabilities that containerd gives by default. */
export const CONTAINERD_CAPABILITIES: readonly string[] =
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
    .split(" ")
    .map((name) => `CAP_${name}`);

/** Builds the image of this machine's architecture, with little compression. */
export async function buildImage(): Promise<Container> {
  const contents = contentsFor(root, await buildParts(root), ownArchitecture, TIME);
  return containerImage(root, contents, ownArchitecture, { time: TIME, revision: "0".repeat(40), effort: "least" });
}

/** Writes the image into a directory. @returns the path of the file */
export async function imageFile(folder: string): Promise<string> {
  const path = join(folder, "eyas.oci.tar");
  writeFileSync(path, (await buildImage()).archive);
  return path;
}

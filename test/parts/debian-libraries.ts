// The Debian packages with the libraries of Node.js, for tests of the container image.
import { join } from "node:path";
import type { Architecture } from "../../scripts/package/contents.ts";
import { debianLibraries, missingLibraries } from "../../scripts/package/debian-libraries.ts";
import { DOWNLOADS } from "../../scripts/package/package-files.ts";
import type { Part } from "./part.ts";

const folder = join(import.meta.dirname, "../..", DOWNLOADS);
const arch: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

export const librariesOfImages = {
  name: "image libraries",
  missing() {
    const [first] = missingLibraries(arch, folder);
    return first === undefined ? undefined : `${first} is not downloaded`;
  },
  async build() {
    await debianLibraries(arch, folder);
  },
} as const satisfies Part;

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE_ENDING, type Sign } from "./signature/sign.ts";

/** A file of a release. */
export interface Artifact {
  readonly name: string;
  readonly content: Buffer;
}

/**
 * Writes the files of a release and, if they are signed, the signature of each. Writes nothing if signing fails.
 * @returns the written files
 */
export async function writeRelease(folder: string, artifacts: readonly Artifact[], sign?: Sign): Promise<Artifact[]> {
  const bundles: Artifact[] = [];
  if (sign !== undefined)
    for (const { name, content } of artifacts)
      bundles.push({ name: `${name}${BUNDLE_ENDING}`, content: Buffer.from(await sign(content)) });
  mkdirSync(folder, { recursive: true });
  // Signatures of an earlier build do not match the new files.
  for (const { name } of artifacts) rmSync(join(folder, `${name}${BUNDLE_ENDING}`), { force: true });
  const files = [...artifacts, ...bundles];
  for (const { name, content } of files) writeFileSync(join(folder, name), content);
  return files;
}

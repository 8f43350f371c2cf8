import { spawnSync } from "node:child_process";
import { join } from "node:path";

const module = (path: string): string => JSON.stringify(join(import.meta.dirname, path));

/** The output lines of alerts in {@link withLimitedFiles}, given by their letters. */
export const lines = (...letters: string[]): string => letters.map((letter) => `${letter.repeat(399)}\n`).join("");

/**
 * Runs a script in a process whose files have room for 1024 bytes.
 * @param receiver the function that opens the output, and the path of its module in this directory
 * @param script can use this function, the format `asText`, and four `alerts` of 399 letters
 * @returns the standard output of the script
 */
export function withLimitedFiles(receiver: { readonly name: string; readonly path: string }, script: string): string {
  const program = `
    import { ${receiver.name} } from ${module(receiver.path)};
    import { asText } from ${module("output.ts")};
    const alerts = ["a", "b", "c", "d"].map((text) => ({ text: text.repeat(399) }));
    ${script}`;
  const { status, stderr, stdout } = spawnSync(
    "prlimit",
    ["--fsize=1024:", process.execPath, "--input-type=module", "-e", program],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

import { mkdir, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { textIn, textParameter } from "../../../parameters.ts";
import type { OutputTarget } from "./output.ts";

/** Files of this machine, which nobody else may read. */
export const localFile: OutputTarget = {
  parameters: {
    destination: {
      ...textParameter("A folder; it is made where its parent is there.", { required: true }),
      takes: "an absolute path",
      check: (value) => (typeof value === "string" && isAbsolute(value) && !value.includes("\0") ? value : undefined),
    },
  },
  open(given) {
    const folder = textIn(given, "destination");
    return {
      async keep(key, bytes, signal) {
        const path = join(folder, key);
        try {
          // Not its parents: whoever mistypes a path should hear of it.
          await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
            if (codeOf(error) !== "EEXIST") throw error;
          });
          await writeFile(path, bytes, { flag: "wx", mode: 0o600, signal });
        } catch (error) {
          throw new Error(`${path} can't be written (${codeOf(error)})`);
        }
        return path;
      },
    };
  },
};

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : "";
}

import { mkdir, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { textIn, textParameter } from "../../../parameters.ts";
import type { OutputTarget } from "./output.ts";

/** Files on this machine with mode 0600. */
export const localFile: OutputTarget = {
  parameters: {
    destination: {
      ...textParameter("A directory. It is created if its parent exists.", { required: true }),
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
          // Parent directories are not created, so that a misspelled path is reported.
          await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
            if (codeOf(error) !== "EEXIST") throw error;
          });
          await writeFile(path, bytes, { flag: "wx", mode: 0o600, signal });
        } catch (error) {
          throw new Error(`cannot write ${path} (${codeOf(error)})`);
        }
        return path;
      },
    };
  },
};

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : "";
}

import { mkdir, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { textIn, textParameter } from "../../parameters.ts";
import type { OutputTarget } from "./output.ts";

/** Files of this machine, which nobody else may read. */
export const localFile: OutputTarget = {
  parameters: {
    destination: {
      ...textParameter("A folder.", { required: true }),
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
          await mkdir(folder, { recursive: true, mode: 0o700 });
          await writeFile(path, bytes, { flag: "wx", mode: 0o600, signal });
        } catch (error) {
          const code = error instanceof Error && "code" in error ? error.code : "";
          throw new Error(`${path} can't be written (${code})`);
        }
        return path;
      },
    };
  },
};

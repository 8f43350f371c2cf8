import { closeSync, openSync, readSync } from "node:fs";

/** Maximum bytes of an environment. */
const MOST = 1 << 20;
const PIECE = 1 << 16;

/**
 * Reads whole environments; events have only the beginning.
 * @param root mount point of the watched machine's root
 * @returns the environment of a process as a byte string of NUL-terminated texts; undefined if it cannot be read
 */
export function environmentReader(root: string): (pid: number) => string | undefined {
  const proc = `${root === "/" ? "" : root.replace(/\/+$/, "")}/proc`;
  const piece = Buffer.alloc(PIECE);
  return (pid) => {
    let file: number | undefined;
    try {
      file = openSync(`${proc}/${pid}/environ`, "r");
      let text = "";
      for (;;) {
        const size = readSync(file, piece);
        if (size === 0 || text.length >= MOST) return text;
        text += piece.toString("latin1", 0, size);
      }
    } catch {
      return undefined; // exited, or access denied
    } finally {
      if (file !== undefined) closeSync(file);
    }
  };
}

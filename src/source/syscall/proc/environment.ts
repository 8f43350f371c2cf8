import { closeSync, openSync, readSync } from "node:fs";

/** Maximum size of an environment, in bytes. */
const MOST = 1 << 20;
const PIECE = 1 << 16;

/**
 * Returns a function that reads complete environments. Events contain only the first bytes of an environment.
 * @param root mount point of the watched machine's root
 * @returns a function that returns the environment of a process as a byte string of NUL-terminated strings; undefined
 * if it cannot be read
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
      return undefined; // the process has exited, or access is denied
    } finally {
      if (file !== undefined) closeSync(file);
    }
  };
}

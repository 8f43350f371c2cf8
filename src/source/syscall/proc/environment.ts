import { closeSync, openSync, readSync } from "node:fs";

/** Bytes of an environment that are read at most. */
const MOST = 1 << 20;
const PIECE = 1 << 16;

/**
 * Reads whole environments, of which events keep only the beginning.
 * @param root where the watched machine's root is mounted
 * @returns the environment of a process as a byte string: texts that end in NUL each; undefined where it can't be read
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
      return undefined; // gone, or not ours to see
    } finally {
      if (file !== undefined) closeSync(file);
    }
  };
}

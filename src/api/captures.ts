import { openStored } from "../recorder/capture-folder.ts";
import type { Captures } from "./dependencies.ts";

/** Number of bytes per read. */
const PIECE = 1 << 16;

/** The captures of the flight recorder. @param prefix directory, followed by the first part of the file names */
export function openCaptures(prefix: string): Captures {
  return {
    async has(stated) {
      const file = await openStored(prefix, stated);
      await file?.close();
      return file !== undefined;
    },
    async *read(stated) {
      const file = await openStored(prefix, stated);
      if (file === undefined) return;
      try {
        // A capture that is still being written may grow. Its current content is valid.
        let { size: left } = await file.stat();
        while (left > 0) {
          const { buffer, bytesRead } = await file.read(new Uint8Array(Math.min(PIECE, left)));
          if (bytesRead === 0) return;
          left -= bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
  };
}

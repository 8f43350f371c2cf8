/**
 * A file name and the place it names: one object per pair of directory and name as long as it is remembered, so that
 * what is derived from it can be kept on it.
 */
export class Path {
  /** Absolute and clean, where the directory is known. Byte string. */
  readonly text: string;
  /** As the program gave it. */
  readonly raw: string;

  constructor(text: string, raw: string) {
    this.text = text;
    this.raw = raw;
  }
}

export const NO_PATH = new Path("", "");

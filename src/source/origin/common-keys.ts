import { size, word } from "../../setting/shape.ts";

/** Keys of every source, for any origin. */
export const commonKeys = {
  start: word(
    ["end", "beginning"],
    "end",
    "Where reading begins in a file, stream or topic that is read for the first time. After that, reading resumes where it stopped; a file that appears later is read from its beginning.",
  ),
  max_event: size("256KiB", "Larger events are rejected and counted."),
};

export type CommonKeys = typeof commonKeys;

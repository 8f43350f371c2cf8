import { size, word } from "../../setting/shape.ts";

/** Keys that every source has, for any origin. */
export const commonKeys = {
  start: word(
    ["end", "beginning"],
    "end",
    "Where reading starts in a file, stream or topic that is read for the first time. After a restart, reading resumes where it stopped; a file that appears later is read from its beginning.",
  ),
  max_event: size("256KiB", "Maximum size of an event. Larger events are rejected and counted."),
};

export type CommonKeys = typeof commonKeys;

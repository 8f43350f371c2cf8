import { section, text } from "../../setting/shape.ts";

/** The engine that replays a capture with `openCapture`. */
export const captureEngine = {
  kind: "replay",
  section: section("A capture.", { capture_file: text("", "The capture to read with `kind: replay`.") }),
} as const;

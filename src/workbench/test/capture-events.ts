import { eventTypes } from "../../event/types.ts";
import { Machine } from "../../machine/machine.ts";
import { Location } from "../../rule/location.ts";
import type { Ruleset } from "../../rule/ruleset.ts";
import { openCapture } from "../../source/capture/source.ts";
import { itemAt } from "../item-at.ts";
import { type CaseEvents, evaluateAll } from "./case-events.ts";
import type { CaptureSlice } from "./test-file.ts";

/**
 * Returns a slice of a capture. Earlier events only update the machine state; rules are not evaluated on them.
 * @throws Error if the file cannot be opened
 */
export function captureEvents(path: string, { from, to, place }: CaptureSlice): CaseEvents {
  openCapture(path).close();
  return {
    evaluate: (ruleset, onMatch, look) => {
      const source = openCapture(path);
      let num = 0;
      const counted = {
        name: source.name,
        snapshot: source.snapshot,
        close: source.close,
        next: (event: Parameters<typeof source.next>[0]) => {
          if (num >= to || !source.next(event)) return false;
          num = event.num;
          return true;
        },
      };
      const inside: Ruleset = {
        ...ruleset,
        match: (event) => (event.num < from ? [] : ruleset.match(event)),
      };
      const see =
        look === undefined
          ? undefined
          : (event: Parameters<typeof look>[0]) => {
              if (event.num >= from) look(event);
            };
      evaluateAll(counted, new Machine(), inside, onMatch, see);
    },
    origin: (event) => ({
      name: `${itemAt(eventTypes, event.type).name} (event ${event.num})`,
      place: new Location(place.file, place.offset),
    }),
  };
}

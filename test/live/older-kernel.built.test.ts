import { afterAll, describe } from "vitest";
import { guestActions, isWholeDrill } from "../guest/actions.ts";
import { guestParts, makeGuest, removeGuest, runGuest } from "../guest/guest.ts";
import { testKernel } from "../guest/kernel.ts";
import { needs } from "../parts/needs.ts";

/**
 * Debian releases whose kernels are tested: 5.10, which needs the portable probe (probe/variant.h), and with all drill
 * actions 6.12, too. The kernel of Debian 12, 6.1, is tested by second-kernel.built.test.ts on that release.
 */
const releases = ["bullseye", "trixie"] as const;
const tested = isWholeDrill ? releases : releases.slice(0, 1);

/** A few actions suffice otherwise: src/source/syscall/portable/portable.live.test.ts compares the events of both probes. */
const SHARE = 4;
const actions = guestActions().filter((_, i) => isWholeDrill || i % SHARE === 0);

for (const release of tested)
  describe(
    `the default rules on the kernel of Debian ${release}`,
    needs(...guestParts, `guest kernel of ${release}`),
    () => {
      const guests: string[] = [];
      afterAll(() => {
        for (const guest of guests) removeGuest(guest);
      });
      testKernel({
        release,
        actions,
        async guest() {
          const guest = await makeGuest({ release, actions });
          guests.push(guest);
          await runGuest(guest);
          return guest;
        },
      });
    },
  );

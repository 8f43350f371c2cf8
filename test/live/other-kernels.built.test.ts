import { afterAll, describe } from "vitest";
import { guestActions } from "../guest/actions.ts";
import { type GuestOptions, guestParts, makeGuest, removeGuest, runGuest } from "../guest/guest.ts";
import { testKernel } from "../guest/kernel.ts";
import { needs } from "../parts/needs.ts";

/**
 * Debian releases whose kernels are tested: 5.10, which needs the portable probe (probe/variant.h), and 6.12 with both
 * variants; for arm64, 6.1 and 6.12. The kernel of Debian 12, 6.1, is tested by
 * second-kernel.built.test.ts on that release. Only `npm run test:kernels` includes these tests (vitest.config.ts), since
 * each guest takes several minutes of CPU time.
 */
const kernels = [
  { release: "bullseye" },
  { release: "trixie" },
  { release: "trixie", probe: "portable" },
  { release: "bookworm", arch: "arm64" },
  { release: "trixie", arch: "arm64" },
] as const satisfies readonly GuestOptions[];

const actions = guestActions();

for (const kernel of kernels) {
  const name = `the default rules on the kernel of Debian ${kernel.release}`;
  const withProbe = "probe" in kernel ? ` with the ${kernel.probe} probe` : "";
  const forArch = "arch" in kernel ? ` for ${kernel.arch}` : "";
  const parts =
    "arch" in kernel
      ? ([`guest kernel of ${kernel.release} for ${kernel.arch}`, `qemu for ${kernel.arch}`] as const)
      : ([`guest kernel of ${kernel.release}`] as const);
  describe(`${name}${forArch}${withProbe}`, needs(...guestParts, ...parts), () => {
    let guest: string | undefined;
    afterAll(() => {
      if (guest !== undefined) removeGuest(guest);
    });
    testKernel({
      ...kernel,
      actions,
      async guest() {
        guest = await makeGuest({ ...kernel, actions });
        await runGuest(guest);
        return guest;
      },
    });
  });
}

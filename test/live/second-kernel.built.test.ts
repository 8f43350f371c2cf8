import { describe } from "vitest";
import { guestActions } from "../guest/actions.ts";
import { guestParts } from "../guest/guest.ts";
import { testKernel } from "../guest/kernel.ts";
import { needs } from "../parts/needs.ts";
import { sharedServer } from "../parts/shared-server.ts";

describe(
  "the default rules on Debian's kernel with cgroups version 2 only",
  needs(...guestParts, "guest kernel"),
  () => {
    testKernel({ actions: guestActions(), guest: () => sharedServer("guest") });
  },
);

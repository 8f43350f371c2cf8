import type { Reporter } from "vitest/node";
import { isInstalled } from "../parts/installation.ts";
import { missingOf } from "../parts/needs.ts";
import { sharedServer } from "../parts/shared-server.ts";
import { guestParts } from "./guest.ts";

/** The test file that reads the results. */
const READER = "/test/live/second-kernel.built.test.ts";

/**
 * Starts the guest before its test needs it, since the live tests run one at a time and leave a processor idle. The
 * guest's disk is built earlier, because the build would raise alerts during live tests.
 */
export default class GuestAhead implements Reporter {
  #next: "guest disk" | "guest" | undefined;

  onTestRunStart(specifications: readonly { readonly moduleId: string }[]): void {
    this.#next = specifications.some(({ moduleId }) => moduleId.endsWith(READER)) ? "guest disk" : undefined;
  }

  onTestModuleStart({ project }: { readonly project: { readonly name: string } }): void {
    if (this.#next === undefined || !isInstalled("builds")) return;
    if (missingOf(...guestParts, "guest kernel") !== undefined) this.#next = undefined;
    if (this.#next === "guest disk") this.#request("guest disk", "guest");
    if (this.#next === "guest" && project.name === "live") this.#request("guest", undefined);
  }

  #request(name: "guest disk" | "guest", next: "guest" | undefined): void {
    this.#next = next;
    sharedServer(name).catch(() => {}); // its test reports the failure
  }
}

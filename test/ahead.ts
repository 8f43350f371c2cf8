import type { Reporter } from "vitest/node";
import { guestParts } from "./guest/guest.ts";
import { missingOf } from "./parts/needs.ts";
import type { PartName } from "./parts/parts.ts";
import { referenceParts } from "./parts/shared.ts";
import { type SharedServers, sharedServer } from "./parts/shared-server.ts";

interface Ahead {
  readonly server: keyof SharedServers;
  /** The test file that reads the results. */
  readonly reader: string;
  readonly parts: readonly PartName[];
}

const guest = { reader: "/test/live/second-kernel.built.test.ts", parts: guestParts };

/** Built before the live tests, because these see the actions of programs on this machine. */
const BEFORE_LIVE_TESTS: readonly Ahead[] = [{ server: "guest disk", ...guest }];

/** Run one after another beside the live tests, which run one at a time and leave a processor idle. */
const BESIDE_LIVE_TESTS: readonly Ahead[] = [
  { server: "guest", ...guest },
  { server: "comparison", reader: "/test/conformance.built.test.ts", parts: referenceParts },
];

/** Starts what takes minutes before the tests that need it. */
export default class StartAhead implements Reporter {
  #files: readonly string[] = [];
  readonly #started = new Set<readonly Ahead[]>();

  onTestRunStart(specifications: readonly { readonly moduleId: string }[]): void {
    this.#files = specifications.map(({ moduleId }) => moduleId);
  }

  onTestModuleStart({ project }: { readonly project: { readonly name: string } }): void {
    void this.#start(BEFORE_LIVE_TESTS);
    if (project.name === "live") void this.#start(BESIDE_LIVE_TESTS);
  }

  async #start(list: readonly Ahead[]): Promise<void> {
    if (this.#started.has(list)) return;
    this.#started.add(list);
    for (const { server, reader, parts } of list) {
      const isWanted = this.#files.some((file) => file.endsWith(reader)) && missingOf(...parts) === undefined;
      if (isWanted) await sharedServer(server).catch(() => {}); // its test reports the failure
    }
  }
}

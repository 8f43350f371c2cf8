import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Part, program } from "./part.ts";

/** The reference's data for tests: EYAS_SHARED, else the folder `shared` beside the checkout. */
export const sharedFolder: string = process.env.EYAS_SHARED ?? join(import.meta.dirname, "../../../shared");

/** Every part that a test can need, in the order of the table. A test names them in `needs`. */
export const parts = [
  {
    name: "root",
    missing: () => (process.getuid?.() === 0 ? undefined : "these tests run as root"),
  },
  {
    name: "shared",
    missing: () => (existsSync(sharedFolder) ? undefined : "the reference's data are not here (EYAS_SHARED)"),
  },
  program("nats-server", [["nats-server"]]),
  program("openssl", [["openssl"]], ["version"]),
] as const satisfies readonly Part[];

export type PartName = (typeof parts)[number]["name"];

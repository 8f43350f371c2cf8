import type { Config } from "../../config/load.ts";
import { certificateRenewals, readCertificates } from "../../server/credentials.ts";
import { openIntake, type Upload } from "../../server/intake.ts";
import { type Reply, textReply } from "../../server/listener.ts";
import type { TrialLimits } from "../load/trial.ts";
import { checkResource, type Trial } from "./check-resource.ts";
import type { ResourceSet } from "./isolate.ts";
import { replyOf, reviewIn } from "./review.ts";

/** The open admission webhook. */
export interface AdmissionListener {
  readonly url: string;
  /** Number of HTTP responses sent, by status code. */
  readonly answers: ReadonlyMap<number, number>;
  /** Number of connections that were closed because there were too many. */
  readonly evicted: number;
  close(): Promise<void>;
}

/** Path to which API servers send reviews. */
export const REVIEW_PATH = "/validate";

/**
 * Limits of a check, below the timeout of the webhook configuration, 10 s: CPU time and elapsed time in milliseconds,
 * heap in MiB.
 */
export const REVIEW_LIMITS: TrialLimits = { processor: 8000, time: 9000, heap: 512 };
/**
 * Maximum number of reviews that wait for a check, and maximum waiting time of a review, in milliseconds.
 */
const [MOST_WAITING, LONGEST_WAIT] = [16, 10_000];
/** Maximum size of a review, in bytes: the new and the previous object, with escapes in JSON. */
const LARGEST_BODY = 16 << 20;

/**
 * Opens the webhook. Reviews are checked one at a time, since a check takes much CPU time and memory, and any client
 * that reaches the listener can request a check.
 * @param current the resources that are in use
 * @throws Error with a message for the user, for example if the address is in use or a file cannot be read
 */
export async function openAdmissionListener(
  settings: Config["admission"],
  current: () => ResourceSet,
  trial: Trial,
): Promise<AdmissionListener> {
  const keys = "admission";
  if (settings.certificate === "") throw new Error(`${keys}.certificate is missing: API servers require HTTPS.`);
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function take({ body }: Upload): Promise<Reply> {
    const review = reviewIn(body.toString("utf8"));
    if (typeof review === "string") return textReply(400, review);
    const { uid, resource } = review;
    if (resource === undefined) return replyOf(uid, { allowed: true, warnings: [] });
    if (waiting >= MOST_WAITING) return replyOf(uid, { unknown: "Too many reviews are waiting: try again later." });
    const began = performance.now();
    waiting++;
    const verdict = last.then(() => {
      waiting--;
      if (performance.now() - began > LONGEST_WAIT) return { unknown: "The review waited too long: try again later." };
      return checkResource(resource, current().inUse.values(), trial);
    });
    last = verdict;
    return replyOf(uid, await verdict);
  }

  const server = await openIntake(
    {
      address: settings.listen_address,
      port: settings.listen_port,
      tls: readCertificates(settings, keys),
      renewed: certificateRenewals(settings, keys),
      limits: { connections: settings.max_connections },
      maxRate: 0,
      name: "The admission webhook",
      keys: { address: `${keys}.listen_address`, port: `${keys}.listen_port` },
    },
    new Map([
      [
        REVIEW_PATH,
        { handle: take, types: ["application/json"], maxBody: LARGEST_BODY, check: undefined, parseFactor: 2 },
      ],
    ]),
    new Map(),
  );
  return {
    url: `${server.url}${REVIEW_PATH}`,
    get answers() {
      const sum = new Map<number, number>();
      for (const each of server.answers.values())
        for (const [status, answers] of each) sum.set(status, (sum.get(status) ?? 0) + answers);
      return sum;
    },
    get evicted() {
      return server.evicted;
    },
    close: () => server.close(),
  };
}

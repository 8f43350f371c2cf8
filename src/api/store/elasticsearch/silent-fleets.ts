import type { Silent, SilentFleet } from "../../agent-view.ts";
import { type Fields, listAt, numberAt, textAt } from "./json.ts";
import { isoOf } from "./machine-index.ts";
import type { SilenceClaims } from "./silence-claims.ts";
import type { Triage } from "./triage.ts";

/** Claims of machines that became silent together. One document contains the keys of all of these machines. */
export interface SilentFleets {
  /**
   * Removes machines that are in a claim.
   * @param reported receives the claims that this page must report
   * @throws ApiError
   */
  take(silent: Map<string, unknown>, reported: Silent[]): Promise<void>;
  /** Claims machines. @returns an empty list if another page was first @throws ApiError */
  claim(keys: readonly string[], fleet: SilentFleet): Promise<SilentFleet[]>;
}

const KIND = "silent_fleet";
/** Maximum number of claims to read. Each claim contains at most 10,000 keys. */
const MAX_CLAIMS = 10;

/** @param writing detects write failures */
export function silentFleets(
  claims: SilenceClaims,
  triage: Pick<Triage, "newest">,
  writing: <T>(written: Promise<T>) => Promise<T>,
): SilentFleets {
  async function raise(name: string, document: Fields): Promise<SilentFleet[]> {
    const standing = (await claims.read([name])).get(name);
    if (standing?.kind === "raised" || standing?.kind === "waiting") return [];
    if (standing?.kind === "free" && !(await writing(claims.claim(name, standing.attempt, document)))) return [];
    claims.raise(name);
    return [fleetIn(document)];
  }

  return {
    async take(silent, reported) {
      for (const document of await triage.newest(KIND, MAX_CLAIMS)) {
        const keys = listAt(document, "keys").filter((key) => typeof key === "string" && silent.has(key));
        const name = textAt(document, "name");
        if (keys.length === 0 || name === "") continue;
        if (!claims.isRaised(name)) {
          const { kind, page, time, ...content } = { ...Object(document) };
          reported.push(...(await raise(name, { kind: KIND, ...content })));
        }
        for (const key of keys) {
          silent.delete(String(key));
          if (claims.isRaised(name)) claims.remember(String(key));
        }
      }
    },
    async claim(keys, fleet) {
      // Pages that find the same silent machines use the same name.
      const [first = ""] = [...keys].sort();
      const name = `fleet-${first}`;
      const reported = await raise(name, { kind: KIND, name, keys, ...fleet, seen: isoOf(fleet.seen) });
      if (claims.isRaised(name)) for (const key of reported.length > 0 ? keys : [first]) claims.remember(key);
      return reported;
    },
  };
}

function fleetIn(document: Fields): SilentFleet {
  const hostnames = listAt(document, "hostnames").filter((name) => typeof name === "string");
  const seen = Date.parse(textAt(document, "seen"));
  return {
    ...{ count: numberAt(document, "count"), of: numberAt(document, "of") },
    ...{ hostnames, seen: Number.isNaN(seen) ? 0 : seen },
  };
}

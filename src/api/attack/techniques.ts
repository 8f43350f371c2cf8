import stored from "./techniques.json" with { type: "json" };

/** A technique of MITRE ATT&CK Enterprise for Linux or Containers. */
export interface Technique {
  readonly id: string;
  readonly name: string;
  /** Short names of the technique's tactics, such as `credential-access`. */
  readonly tactics: readonly string[];
  readonly platforms: readonly string[];
}

/** Version of ATT&CK, and its techniques for Linux and Containers (from mitre/cti, enterprise-attack). */
export const attack: { readonly version: string; readonly techniques: readonly Technique[] } = stored;

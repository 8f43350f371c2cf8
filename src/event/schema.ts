/** Kinds of parameter, by the reference's names (`PT_CHARBUF` and so on, without `PT_`). */
export type ParamType = string;

export interface Param {
  readonly name: string;
  readonly type: ParamType;
}

/** One row of the table of event types. */
export interface EventType {
  readonly code: number;
  readonly name: string;
  /** True for the enter half of a call (old captures), false for exits and all other events. */
  readonly enter: boolean;
  readonly params: readonly Param[];
}

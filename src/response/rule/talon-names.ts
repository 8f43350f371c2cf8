/** What Talon calls its actions, and what they are here. */
export interface TalonAction {
  /** Undefined: there is no such thing here; `instead` says what there is. */
  readonly action: string | undefined;
  readonly instead?: string;
  /** Parameters that are called otherwise here. */
  readonly parameters?: Readonly<Record<string, string>>;
}

const same = (action: string): readonly [string, TalonAction] => [action, { action }];

export const talonActions: Readonly<Record<string, TalonAction>> = Object.fromEntries<TalonAction>([
  same("kubernetes:terminate"),
  same("kubernetes:label"),
  same("kubernetes:annotation"),
  same("kubernetes:networkpolicy"),
  same("kubernetes:exec"),
  same("kubernetes:script"),
  same("kubernetes:log"),
  same("kubernetes:download"),
  same("kubernetes:tcpdump"),
  ["kubernetes:sysdig", { action: undefined, instead: "host:capture records the machine to a .scap file" }],
  same("kubernetes:delete"),
  same("kubernetes:cordon"),
  same("kubernetes:drain"),
  same("calico:networkpolicy"),
  same("cilium:networkpolicy"),
  same("aws:lambda"),
  same("gcp:function"),
]);

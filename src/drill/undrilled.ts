/** Rules whose behavior the drill cannot show, and why. */
const NOT_SHOWN: readonly (readonly [rule: string, why: string])[] = [
  [
    "Container with host access started",
    "It needs the metadata of a container engine on mounts and host namespaces, and the drill starts no container.",
  ],
];

/** Rules of the source file_integrity, which reports changes of the system's files. */
const FILE_INTEGRITY = [
  "Account file changed",
  "Authentication configuration changed",
  "SSH configuration or key changed",
  "Dynamic linker configuration changed",
  "Set-user-ID program added",
  "System program or library changed",
  "Program or library outside packages changed",
  "Boot file changed",
  "Start file or scheduled job changed",
  "Configuration file changed",
  "Watched file changed",
  "Log file removed",
  "Shell history removed",
  "File integrity incomplete",
  "File integrity baseline created",
  "Packages changed",
];

/** Rules that are disabled by default. */
const DISABLED = [
  "Pod created from unknown image",
  "API request by unknown user",
  "Administrator account used",
  "API request received",
  "Traffic blocked by firewall",
];

/** Default rules without a drill action, and why there is none. */
export const UNDRILLED: readonly { readonly rule: string; readonly why: string }[] = [
  {
    rule: "External connection from restricted namespace",
    why: emptyList("restricted_namespaces"),
  },
  { rule: "Program with indicator hash started", why: emptyList("indicator_hashes") },
  { rule: "Connection with indicator address", why: emptyList("indicator_addresses") },
  { rule: "Indicator domain or address on network", why: emptyList("indicator_domains") },
  ...FILE_INTEGRITY.map((rule) => ({
    rule,
    why: "It matches changes in directories that are watched, all of the system by default, and the drill changes no file of the system.",
  })),
  ...NOT_SHOWN.map(([rule, why]) => ({ rule, why })),
  ...DISABLED.map((rule) => ({ rule, why: "It is disabled by default." })),
];

function emptyList(name: string): string {
  return `It matches nothing by default: the list ${name} is empty.`;
}

/** Rules that are disabled by default. */
const DISABLED = [
  "Pod created from unknown image",
  "API request by unknown user",
  "Administrator account used",
  "API request received",
  "Traffic blocked by firewall",
  "Packages changed",
];

/** Rules on changes of the machine's own files. */
const OWN_FILES = [
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
  ...OWN_FILES.map((rule) => ({ rule, why: "Its action would change the machine's own files." })),
  { rule: "File integrity incomplete", why: "Its action would make the kernel drop events." },
  {
    rule: "Use of io_uring by program in temporary directory",
    why: "It needs a compiled program in a temporary directory; test/live/uring.live.test.ts has one.",
  },
  ...DISABLED.map((rule) => ({ rule, why: "It is disabled by default." })),
];

function emptyList(name: string): string {
  return `It matches nothing by default: the list ${name} is empty.`;
}

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
  {
    rule: "Use of io_uring by program in temporary directory",
    why: "It needs a compiled program in a temporary directory; test/live/uring.live.test.ts has one.",
  },
  ...DISABLED.map((rule) => ({ rule, why: "It is disabled by default." })),
];

function emptyList(name: string): string {
  return `It matches nothing by default: the list ${name} is empty.`;
}

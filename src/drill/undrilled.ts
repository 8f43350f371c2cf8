/** Rules that no drill action can trigger, each with the reason. */
const NOT_SHOWN: readonly (readonly [rule: string, why: string])[] = [
  [
    "Container with host access started",
    "The rule needs metadata about mounts and host namespaces from a container engine, and the drill starts no container.",
  ],
  [
    "Python startup hook created or modified",
    "The rule trusts builds and installations. If npm starts the drill, the drill counts as an installation.",
  ],
];

/** Rules of the source file_integrity without a drill action. */
const FILE_INTEGRITY: readonly (readonly [rule: string, why: string])[] = [
  [
    "Account file changed",
    "The rule matches changes to files such as /etc/passwd, and the drill does not change system files.",
  ],
  [
    "System program or library changed",
    "The rule matches changes to package files, and the drill does not change such files.",
  ],
  [
    "File system mounted over watched path",
    "The rule matches mounts that other programs see, and the drill mounts only in its own mount namespace.",
  ],
  ["File integrity incomplete", "The rule matches if the kernel drops events or cannot watch a directory."],
  ["File integrity baseline created", "The rule matches at the first startup of the agent."],
];

/** Rules that are disabled by default. */
const DISABLED = [
  "Container started with root user",
  "Packages changed",
  "Pod created from unknown image",
  "API request by unknown user",
  "Administrator account used",
  "API request received",
  "Traffic blocked by firewall",
];

/** Default rules without a drill action, with the reason. */
export const UNDRILLED: readonly { readonly rule: string; readonly why: string }[] = [
  {
    rule: "External connection from restricted namespace",
    why: emptyList("restricted_namespaces"),
  },
  { rule: "Program with indicator hash started", why: emptyList("indicator_hashes") },
  { rule: "Connection with indicator address", why: emptyList("indicator_addresses") },
  { rule: "DNS query for indicator domain", why: emptyList("indicator_domains") },
  { rule: "File with indicator hash found", why: emptyList("indicator_hashes") },
  { rule: "Indicator domain or address on network", why: emptyList("indicator_domains") },
  { rule: "Container with unlisted image started", why: wholeList("allowed_images", "every image") },
  { rule: "Inbound connection from unlisted address", why: wholeList("allowed_client_networks", "every address") },
  ...FILE_INTEGRITY.map(([rule, why]) => ({ rule, why })),
  ...NOT_SHOWN.map(([rule, why]) => ({ rule, why })),
  ...DISABLED.map((rule) => ({ rule, why: "The rule is disabled by default." })),
];

function emptyList(name: string): string {
  return `The rule does not match by default, because the list ${name} is empty.`;
}

function wholeList(name: string, content: string): string {
  return `The rule does not match by default, because the list ${name} contains ${content}.`;
}

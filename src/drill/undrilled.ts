/** Rules whose behavior needs a real container, server, device or change of the system. */
const REAL_ONLY = [
  "Mining pool name resolved",
  "Mining pool port contacted by untrusted program",
  "Network use by program in temporary directory",
  "Inline script with network connection",
  "Server script written by web server",
  "Java class received over network",
  "Public directory service contacted by Java",
  "Exploit of pkexec attempted",
  "Privileged program crashed",
  "Kernel interface refused to unprivileged process",
  "Login program started by service account",
  "Process image reopened for writing in container",
  "Working directory set through leaked descriptor",
  "Host file system mounted in container",
  "Device of host opened in container",
  "Mounted host file system modified from container",
  "Container runtime socket accessed from container",
  "Kernel parameter injected through CRI-O",
  "Cloud credential file read by unexpected program",
  "Cloud metadata service accessed below server",
  "SSH agent socket used by unexpected program",
  "Internal service reached from public address",
  "Kubernetes NodePort accessed from container",
  "Program directory modified",
  "System file created by unexpected program",
  "Package database or source modified",
  "System log file replaced",
  "Hidden file or directory created in temporary directory",
  "Executable file created in temporary directory of container",
  "Reconnaissance command run in container terminal or below server",
  "Network tool started by package installation",
  "Container with host access started",
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
    why: "It matches changes of files of the system, and the drill changes none.",
  })),
  ...REAL_ONLY.map((rule) => ({
    rule,
    why: "Its behavior needs a real server, container, device or system file; the live tests have it.",
  })),
  {
    rule: "Use of io_uring by program in temporary directory",
    why: "It needs a compiled program in a temporary directory; test/live/uring.live.test.ts has one.",
  },
  ...DISABLED.map((rule) => ({ rule, why: "It is disabled by default." })),
];

function emptyList(name: string): string {
  return `It matches nothing by default: the list ${name} is empty.`;
}

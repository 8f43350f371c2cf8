/** Rules whose behavior the drill cannot show, and why. */
const NOT_SHOWN: readonly (readonly [rule: string, why: string])[] = [
  [
    "Mining pool name resolved",
    "It needs a query to a name server with the name of a mining pool; that would look like a miner to the network's own monitoring.",
  ],
  [
    "Mining pool port contacted by untrusted program",
    "It needs a program in a world-writable directory that connects, and the drill's network client is Node.js, which it does not copy.",
  ],
  [
    "Network use by program in temporary directory",
    "It needs a program in a temporary directory that connects, and the drill's network client is Node.js, which it does not copy.",
  ],
  [
    "Inline script with network connection",
    "It needs a script interpreter with an inline script and a public address; the drill's calls are files.",
  ],
  ["Java class received over network", "It needs a Java program that receives a class over a socket."],
  ["Privileged program crashed", "It needs a crash, which can leave a core file or a crash report on the machine."],
  [
    "Kernel interface refused to unprivileged process",
    "It needs a kernel that refuses bpf or modules to an unprivileged user: settings differ.",
  ],
  ["Login program started by service account", "It needs the session of a service account without a login user."],
  ["Process image reopened for writing in container", "It needs the program of a running process, opened for writing."],
  ["Host file system mounted in container", "It needs a cgroup hierarchy or a disk that is mounted."],
  ["Device of host opened in container", "It needs a disk of the machine, opened from a container."],
  [
    "Mounted host file system modified from container",
    "It needs the host's file system, mounted in a container at a usual place.",
  ],
  ["Container runtime socket accessed from container", "It needs the socket of a container runtime."],
  ["Cloud metadata service accessed below server", "It needs a web server on the host that starts a network client."],
  ["SSH agent socket used by unexpected program", "It needs the socket of an SSH agent."],
  [
    "Internal service reached from public address",
    "It needs a database server that accepts a connection from a public address.",
  ],
  [
    "Hidden file or directory created in temporary directory",
    "It needs an entry directly in a shared temporary directory, and the drill works in a folder of its own.",
  ],
  [
    "Reconnaissance command run in container terminal or below server",
    "It needs an interactive terminal of a container.",
  ],
  ["Network tool started by package installation", "It needs an installation by npm or pip."],
  ["Container with host access started", "It needs a container engine that reports mounts and host namespaces."],
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
  {
    rule: "Executable file created in temporary directory of container",
    why: "It excludes what runs below Node.js, as the drill does.",
  },
  {
    rule: "Use of io_uring by program in temporary directory",
    why: "It needs a compiled program in a temporary directory; test/live/uring.live.test.ts has one.",
  },
  ...DISABLED.map((rule) => ({ rule, why: "It is disabled by default." })),
];

function emptyList(name: string): string {
  return `It matches nothing by default: the list ${name} is empty.`;
}

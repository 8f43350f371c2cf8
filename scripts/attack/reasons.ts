/** Why techniques have no default rule, and what would show them. */
export interface Reason {
  readonly why: string;
  readonly techniques: readonly string[];
}

/** Techniques that rules for another technique show: the other one's rules are listed for both. */
export const SHOWN_BY: Readonly<Record<string, string>> = {
  "T1048.001": "T1048",
  "T1048.002": "T1048",
  "T1048.003": "T1048",
  "T1053.007": "T1610",
  "T1059.013": "T1609",
  "T1098.007": "T1098",
  T1106: "T1620",
  "T1110.001": "T1110",
  "T1110.003": "T1110",
  "T1110.004": "T1110",
  T1210: "T1059.004",
  T1212: "T1068",
  "T1496.001": "T1496",
  "T1543.005": "T1610",
  T1550: "T1528",
  "T1550.001": "T1528",
  "T1561.001": "T1561",
  "T1561.002": "T1561",
  T1531: "T1098",
  T1570: "T1020",
  "T1564.013": "T1611",
};

const TRAFFIC: Reason = {
  why: "The system calls are those of any connection; what differs is the content or the peer. A network IDS with a signature for it shows it: source `suricata`.",
  techniques: [
    ...["T1001", "T1001.001", "T1001.002", "T1001.003", "T1008", "T1041", "T1071.001", "T1071.002", "T1071.005"],
    ...["T1090.002", "T1090.004", "T1102", "T1102.001", "T1102.002", "T1102.003", "T1104", "T1132", "T1132.001"],
    ...["T1132.002", "T1567", "T1567.001", "T1567.002", "T1567.003", "T1567.004", "T1568", "T1568.001", "T1568.002"],
    ...["T1568.003", "T1572", "T1573.001", "T1659", "T1665", "T1189", "T1557.003", "T1565.002"],
  ],
};

const DISCOVERY: Reason = {
  why: "Administrators, monitoring and ordinary programs often read the same files and run the same tools. A rule has to know what is usual for the workload: write one for images or hosts that never do it.",
  techniques: [
    ...["T1007", "T1010", "T1016.001", "T1018", "T1049", "T1057", "T1069.001", "T1069.002", "T1087", "T1087.001"],
    ...["T1087.002", "T1120", "T1124", "T1135", "T1201", "T1518", "T1518.001", "T1518.002", "T1614", "T1614.001"],
    ...["T1652", "T1654", "T1673", "T1680", "T1217"],
    ...["T1016", "T1033", "T1082"],
  ],
};

const FILE_CONTENT: Reason = {
  why: "It is a property of the content of a file, which events do not contain. Execution of the file is shown by its place, its age and its package; a scanner of files shows the rest.",
  techniques: [
    ...["T1027.001", "T1027.002", "T1027.003", "T1027.005", "T1027.006", "T1027.008", "T1027.009", "T1027.010"],
    ...["T1027.011", "T1027.013", "T1027.014", "T1027.015", "T1027.016", "T1027.017", "T1036.008", "T1564.007"],
    "T1027.004",
  ],
};

const PEOPLE: Reason = {
  why: "It happens in mail, messages or conversations. The mail gateway shows it; rules show what the deceived user then runs.",
  techniques: [
    ...["T1534", "T1566", "T1566.001", "T1566.002", "T1566.003", "T1566.004", "T1656", "T1657", "T1667", "T1672"],
    ...["T1204.001", "T1204.004", "T1114", "T1114.003", "T1070.008", "T1564.008", "T1199"],
  ],
};

const HARDWARE: Reason = {
  why: "It happens in hardware, firmware or over the air, below what a kernel reports to programs. Device inventory, secure boot and attestation show it.",
  techniques: [
    ...["T1011", "T1011.001", "T1016.002", "T1052", "T1052.001", "T1092", "T1195.003", "T1200", "T1219.003", "T1495"],
    ...["T1542.002", "T1669", "T1025"],
    ...["T1542"],
  ],
};

const DESKTOP: Reason = {
  why: "On a desktop, every program can do it by messages to the display server, the browser or the sound server. Servers and containers have none of these.",
  techniques: [
    ...["T1056", "T1056.001", "T1056.002", "T1111", "T1113", "T1115", "T1123", "T1125", "T1176", "T1176.001"],
    ...[
      "T1176.002",
      "T1539",
      "T1555",
      "T1555.002",
      "T1555.003",
      "T1555.005",
      "T1564.003",
      "T1674",
      "T1218",
      "T1218.015",
    ],
    ...["T1547.013", "T1036.012"],
  ],
};

const APPLICATION: Reason = {
  why: "It happens inside an application, whose system calls do not change. The log of the application shows it: a source of its own (`sources.json.NAME`).",
  techniques: [
    ...["T1056.003", "T1056.004", "T1213", "T1213.006", "T1505.001", "T1505.002", "T1606", "T1606.001", "T1621"],
    ...["T1491", "T1491.001", "T1491.002", "T1080", "T1039", "T1203", "T1211"],
    ...["T1565", "T1565.001", "T1072"],
  ],
};

const DIRECTORY: Reason = {
  why: "It happens on a directory or identity server. The log of that server shows it: a source of its own (`sources.json.NAME`).",
  techniques: ["T1078.002", "T1136.002", "T1556.006", "T1003.005"],
};

const VOLUME: Reason = {
  why: "Only the amount is unusual, and a rule sees one event. Metrics of the machine, and of the network for floods, show it.",
  techniques: [
    ...["T1029", "T1030", "T1119", "T1074", "T1074.001", "T1074.002", "T1496.002", "T1498", "T1498.001", "T1498.002"],
    ...["T1499", "T1499.001", "T1499.002", "T1499.003", "T1499.004", "T1486", "T1565.003"],
  ],
};

const NAMES: Reason = {
  why: "Only a name is misleading. Rules trust programs by executable and package, not by name, so it does not hide what the program does.",
  techniques: ["T1036.002", "T1036.003", "T1036.004", "T1036.006", "T1036.010", "T1036.011", "T1564.002"],
};

const WAITING: Reason = {
  why: "The program waits, or checks its environment, as ordinary programs do. Rules report its later actions.",
  techniques: [
    ...["T1480", "T1480.001", "T1480.002", "T1497", "T1497.001", "T1497.002", "T1497.003", "T1678", "T1564.011"],
    "T1653",
  ],
};

const OWN_TOOLS: Reason = {
  why: "It is the ordinary work of an interpreter or a tool. Where the program came from and who started it is shown by the rules on temporary directories, memory, servers and containers.",
  techniques: [
    ...["T1059.005", "T1059.007", "T1059.011", "T1560", "T1560.001", "T1560.002", "T1560.003", "T1129", "T1204.005"],
    ...["T1546.005", "T1559", "T1070.010", "T1036.009"],
    ...["T1059.006"],
  ],
};

const OTHER_SOURCE: readonly Reason[] = [
  {
    why: "The engine's API or the registry does it, not a program that the sensor can tell apart. The audit log of the engine or the registry shows it: a source of its own (`sources.json.NAME`).",
    techniques: ["T1525", "T1612"],
  },
  {
    why: "Passwords are guessed on other machines, or by a program that only computes.",
    techniques: ["T1110.002"],
  },
  {
    why: "A packet opens a port, and no system call differs. Firewall rules that log closed ports show knocking: source `firewall`.",
    techniques: ["T1205", "T1205.001"],
  },
  {
    why: "Needs your list of images: the rule Pod created from unknown image is disabled by default.",
    techniques: ["T1204.003"],
  },
];

/** Techniques that system calls show. There is no default rule yet. */
export const OPEN: readonly Reason[] = [
  {
    why: "A BPF program attached to a socket (setsockopt with SO_ATTACH_FILTER or SO_ATTACH_BPF).",
    techniques: ["T1205.002"],
  },
  { why: "Reads of the credential cache of Kerberos.", techniques: ["T1558", "T1558.005"] },
  {
    why: "Writes below the directories of certificate authorities.",
    techniques: ["T1553", "T1553.004"],
  },
  { why: "Reads of history files of other users.", techniques: ["T1552.003"] },
  { why: "The system call reboot, and the tools that call it.", techniques: ["T1529"] },
  {
    why: "systemctl that stops or disables a unit, which administrators do often: it needs a list of units that matter.",
    techniques: ["T1489", "T1569", "T1569.003", "T1490"],
  },
  {
    why: "The tool at. Its spool directory is among the scheduled jobs.",
    techniques: ["T1053.002"],
  },
  {
    why: "iptables, nft and ufw that flush or disable rules, outside the programs that manage them.",
    techniques: ["T1562.004"],
  },
  {
    why: "auditctl -e 0, and audit messages sent over netlink.",
    techniques: ["T1562.006", "T1562.010", "T1562.011", "T1562.012"],
  },
  {
    why: "utimensat with a time in the past by tools that are no archivers.",
    techniques: ["T1070.006"],
  },
  {
    why: "The removal of units, jobs and keys, as the rules on their creation do.",
    techniques: ["T1070.007", "T1070.009"],
  },
  {
    why: "Files written to site-packages (.pth, sitecustomize.py).",
    techniques: ["T1546.018"],
  },
  {
    why: "Scripts of packages from an unknown origin; package managers are trusted now.",
    techniques: ["T1546.016"],
  },
  {
    why: "Remote desktop and VNC servers that are started, and tunnels of editors.",
    techniques: ["T1021.005", "T1219", "T1219.001", "T1219.002"],
  },
  {
    why: "PATH with a writable directory in front in the environment of a privileged program.",
    techniques: ["T1574.007"],
  },
  { why: "Hypervisors that a user starts.", techniques: ["T1564.006", "T1564.005"] },
  {
    why: "Extended attributes whose values are larger than labels and capabilities.",
    techniques: ["T1564.014", "T1564.012"],
  },
  {
    why: "The vDSO as the target of a write; the rules on injection show the write.",
    techniques: ["T1055.014"],
  },
  {
    why: "Modules and BPF programs from outside packages. Once it works, a rootkit can hide from the sensor; rules show how it is loaded.",
    techniques: ["T1014"],
  },
  {
    why: "Changes of the boot loader and of its configuration.",
    techniques: ["T1542.003"],
  },
  {
    why: "Programs that change outside package managers.",
    techniques: ["T1554", "T1195.002"],
  },
  {
    why: "Sockets of SSH agents that other programs open.",
    techniques: ["T1563", "T1563.001", "T1021.004"],
  },
  {
    why: "Scripts that servers create below their document root.",
    techniques: ["T1505.003"],
  },
  {
    why: "Files in temporary directories whose names begin with a dot.",
    techniques: ["T1564.001"],
  },
  { why: "One program that ends many others of the same kind.", techniques: ["T1668"] },
];

/** Techniques that rules cannot show, or only with knowledge of the workload. */
export const ELSEWHERE: readonly Reason[] = [
  ...[
    TRAFFIC,
    DISCOVERY,
    FILE_CONTENT,
    PEOPLE,
    HARDWARE,
    DESKTOP,
    APPLICATION,
    DIRECTORY,
    VOLUME,
    NAMES,
    WAITING,
    OWN_TOOLS,
  ],
  ...OTHER_SOURCE,
];

export const REASONS: readonly Reason[] = [...ELSEWHERE, ...OPEN];

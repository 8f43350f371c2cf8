/** A reason why techniques have no default rule, and other means of detecting them. */
export interface Reason {
  readonly why: string;
  readonly techniques: readonly string[];
}

/** Techniques that are detected by the rules for another technique. These rules are listed for both techniques. */
export const SHOWN_BY: Readonly<Record<string, string>> = {
  "T1048.001": "T1048",
  "T1048.002": "T1048",
  "T1048.003": "T1048",
  "T1053.007": "T1610",
  "T1055.014": "T1055.009",
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
  why: "The system calls are the same as for any connection; only the content or the peer differs. A network IDS with a matching signature detects the technique: add the IDS as a source (`sources.suricata`).",
  techniques: [
    ...["T1001", "T1001.001", "T1001.002", "T1001.003", "T1008", "T1041", "T1071.001", "T1071.002", "T1071.005"],
    ...["T1090.002", "T1090.004", "T1102", "T1102.001", "T1102.002", "T1102.003", "T1104", "T1132", "T1132.001"],
    ...["T1132.002", "T1567", "T1567.001", "T1567.002", "T1567.003", "T1567.004", "T1568", "T1568.001", "T1568.002"],
    ...["T1568.003", "T1572", "T1573.001", "T1659", "T1665", "T1189", "T1557.003", "T1565.002"],
  ],
};

const DISCOVERY: Reason = {
  why: "Administrators, monitoring and ordinary programs often read the same files and run the same tools. A rule must know what is normal for the workload: write a rule for images or machines on which this never happens.",
  techniques: [
    ...["T1007", "T1010", "T1016.001", "T1018", "T1049", "T1057", "T1069.001", "T1069.002", "T1087", "T1087.001"],
    ...["T1087.002", "T1120", "T1124", "T1135", "T1201", "T1518", "T1518.001", "T1518.002", "T1614", "T1614.001"],
    ...["T1652", "T1654", "T1673", "T1680", "T1217"],
    ...["T1016", "T1033", "T1082"],
  ],
};

const FILE_CONTENT: Reason = {
  why: "The technique concerns the content of a file, which events do not contain. Rules detect the execution of the file by its path, age and package. A file scanner can examine the content.",
  techniques: [
    ...["T1027.001", "T1027.002", "T1027.003", "T1027.005", "T1027.006", "T1027.008", "T1027.009", "T1027.010"],
    ...["T1027.011", "T1027.013", "T1027.014", "T1027.015", "T1027.016", "T1027.017", "T1036.008", "T1564.007"],
    "T1027.004",
  ],
};

const PEOPLE: Reason = {
  why: "The technique uses mail, messages or conversations. A mail gateway can detect the technique. Rules detect programs that a deceived user then runs.",
  techniques: [
    ...["T1534", "T1566", "T1566.001", "T1566.002", "T1566.003", "T1566.004", "T1656", "T1657", "T1667", "T1672"],
    ...["T1204.001", "T1204.004", "T1114", "T1114.003", "T1070.008", "T1564.008", "T1199"],
  ],
};

const HARDWARE: Reason = {
  why: "The technique affects hardware, firmware or radio, about which the kernel reports no events to programs. Device inventory, secure boot and attestation can detect the technique.",
  techniques: [
    ...["T1011", "T1011.001", "T1016.002", "T1052", "T1052.001", "T1092", "T1195.003", "T1200", "T1219.003", "T1495"],
    ...["T1542.002", "T1669", "T1025"],
    ...["T1542"],
  ],
};

const DESKTOP: Reason = {
  why: "On a desktop, every program can use the technique by sending messages to the display server, the browser or the sound server. Servers and containers usually run none of these programs.",
  techniques: [
    ...["T1056", "T1056.002", "T1111", "T1113", "T1115", "T1123", "T1125", "T1176", "T1176.001"],
    ...["T1176.002", "T1555", "T1555.002", "T1564.003", "T1674", "T1218", "T1218.015"],
    ...["T1036.012"],
  ],
};

const APPLICATION: Reason = {
  why: "The technique happens inside an application, whose system calls do not change. The log of the application shows the technique: add the log as a source (`sources.json.NAME`).",
  techniques: [
    ...["T1056.003", "T1056.004", "T1213", "T1213.006", "T1505.001", "T1505.002", "T1606", "T1606.001", "T1621"],
    ...["T1491", "T1491.001", "T1491.002", "T1080", "T1039", "T1203", "T1211"],
    ...["T1565", "T1565.001", "T1072"],
  ],
};

const DIRECTORY: Reason = {
  why: "The technique targets a directory or identity server. The log of that server shows the technique: add the log as a source (`sources.json.NAME`).",
  techniques: ["T1078.002", "T1136.002", "T1556.006", "T1003.005"],
};

const VOLUME: Reason = {
  why: "Only the number of operations is unusual, but a rule evaluates a single event. Machine metrics show the technique; network metrics also show floods.",
  techniques: [
    ...["T1029", "T1030", "T1119", "T1074", "T1074.001", "T1074.002", "T1496.002", "T1498", "T1498.001", "T1498.002"],
    ...["T1499", "T1499.001", "T1499.002", "T1499.003", "T1499.004", "T1486", "T1565.003"],
  ],
};

const NAMES: Reason = {
  why: "Only a name is misleading. Rules for system calls trust programs by executable, path or package, not by name alone, so a misleading name does not hide the actions of the program.",
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
  why: "The technique is ordinary work of an interpreter or a tool. Rules about temporary directories, memory, servers and containers show the origin of the program and the process that started the program.",
  techniques: [
    ...["T1059.005", "T1059.007", "T1059.011", "T1560", "T1560.001", "T1560.002", "T1560.003", "T1129", "T1204.005"],
    ...["T1546.005", "T1559", "T1070.010", "T1036.009"],
    ...["T1059.006"],
  ],
};

const OTHER_SOURCE: readonly Reason[] = [
  {
    why: "The API of the engine or the registry performs the operation, not a program that the sensor can distinguish. The audit log of the engine or the registry shows the operation: add the log as a source (`sources.json.NAME`).",
    techniques: ["T1525", "T1612"],
  },
  {
    why: "Passwords are guessed on other machines, or by a program that makes no unusual system calls.",
    techniques: ["T1110.002"],
  },
  {
    why: "A packet opens a port, and the system calls do not change. Firewall rules that log connections to closed ports show port knocking: add the firewall as a source (`sources.firewall`).",
    techniques: ["T1205", "T1205.001"],
  },
  {
    why: 'Detection requires a list of your images: without a list, the rules "Container with unlisted image started" and "Pod created from unknown image" match no events.',
    techniques: ["T1204.003"],
  },
];

/** Techniques with traces in system calls that a rule cannot distinguish from ordinary activity. */
export const OPEN: readonly Reason[] = [
  {
    why: "Administrators, packages and scripts start, stop and disable units frequently, and only you know which units matter. Rules detect new units: write a rule for the names of your units.",
    techniques: ["T1569", "T1569.003", "T1490"],
  },
  {
    why: "Container engines, kube-proxy, VPNs and firewall managers add, flush and delete firewall rules with the same tools. Programs that do not use these tools send netlink messages, which rules do not decode.",
    techniques: ["T1562.004"],
  },
  {
    why: "Settings and messages of the audit subsystem are sent as netlink messages, which rules do not decode; auditctl reads its rules from a file at every boot. Changes below /etc/audit, and the removal of its logs, are reported.",
    techniques: ["T1562.010", "T1562.011", "T1562.012"],
  },
  {
    why: "The event of utimensat contains neither the file nor the time, and tar, cp, rsync, git and package managers set times in the past as well. File integrity monitoring reports changed times of watched files (`fim.differences`).",
    techniques: ["T1070.006"],
  },
  {
    why: "Removing a unit, job or key uses the same system call, whether the purpose is to end a service or to remove a trace. File integrity monitoring reports the removal as a change. Rules report the removal of logs and histories.",
    techniques: ["T1070.007", "T1070.009"],
  },
  {
    why: "Administrators install packages together with their scripts, so package managers and their scripts are trusted. Rules report changes to the list of package sources. All rules apply to the installed program.",
    techniques: ["T1546.016"],
  },
  {
    why: "Remote desktops, support tools and editor tunnels are started intentionally by users and connect like browsers. Only a list of your permitted tools can distinguish them: write a rule for all other tools.",
    techniques: ["T1021.005", "T1219", "T1219.001", "T1219.002"],
  },
  {
    why: "Users have their own directories in PATH (`~/bin`, virtual environments), and the start of a program does not show which names the program will look up. Every rule applies to the program that is found, under its own path.",
    techniques: ["T1574.007"],
  },
  {
    why: "Users start hypervisors intentionally, and activity in the guest, or in a file system inside a file, makes no system calls on the host. A sensor in the guest can detect the activity.",
    techniques: ["T1564.005", "T1564.006"],
  },
  {
    why: "Events contain the name and the size of an extended attribute, not its value; browsers, file managers and backups write large attributes. Only a scanner's configuration shows which paths it excludes.",
    techniques: ["T1564.012", "T1564.014"],
  },
  {
    why: "Outside containers, the system itself also loads modules and BPF programs. Rules detect modules that a container loads and BPF programs that unexpected processes load. An active rootkit can hide from the sensor.",
    techniques: ["T1014"],
  },
  {
    why: "A rule evaluates a single event and does not count how many programs a process terminates. Stopping or terminating the sensor is reported.",
    techniques: ["T1668"],
  },
];

/** Techniques that no default rule detects: no rule can, or only a rule with knowledge of the workload can. */
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

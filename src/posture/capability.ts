/** Capabilities beyond those that runtimes grant by default; others are harmless or already granted. */
const severity: Readonly<Record<string, "high" | "medium">> = {
  ALL: "high",
  SYS_ADMIN: "high",
  SYS_MODULE: "high",
  SYS_PTRACE: "high",
  SYS_RAWIO: "high",
  DAC_READ_SEARCH: "high",
  BPF: "high",
  MAC_ADMIN: "high",
  MAC_OVERRIDE: "high",
  NET_ADMIN: "medium",
  PERFMON: "medium",
  SYSLOG: "medium",
  SYS_BOOT: "medium",
  SYS_TIME: "medium",
  SYS_TTY_CONFIG: "medium",
  LINUX_IMMUTABLE: "medium",
  IPC_OWNER: "medium",
  AUDIT_CONTROL: "medium",
  AUDIT_READ: "medium",
  CHECKPOINT_RESTORE: "medium",
};

/** How dangerous an added capability is, by its name without `CAP_`; undefined if it is not. */
export function capabilitySeverity(name: string): "high" | "medium" | undefined {
  return Object.hasOwn(severity, name) ? severity[name] : undefined;
}

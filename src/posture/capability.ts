/**
 * Severity of capabilities that runtimes do not grant by default. Other capabilities are granted by default, or
 * considered harmless.
 */
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

/** Returns the severity of an added capability; undefined if it is not dangerous. The name does not include `CAP_`. */
export function capabilitySeverity(name: string): "high" | "medium" | undefined {
  return Object.hasOwn(severity, name) ? severity[name] : undefined;
}

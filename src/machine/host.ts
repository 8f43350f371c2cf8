/** Cloud metadata of a machine. Text is stored as byte strings; "" if unknown. */
export interface Cloud {
  /** `aws`, `gcp`, `azure`, or a configured value. */
  readonly provider: string;
  readonly region: string;
  readonly zone: string;
  readonly instanceId: string;
  readonly instanceType: string;
  /** Account, project or subscription to which the machine belongs. */
  readonly account: string;
}

/** Properties of a machine. Text is stored as byte strings; "" if unknown. */
export interface Host {
  /** Host name; "" to use the one in the machine record. */
  readonly name: string;
  /** Kernel release: `6.12.9-amd64`. */
  readonly kernel: string;
  /** Operating system: `Debian GNU/Linux 13 (trixie)`. */
  readonly os: string;
  /** Architecture: `x86_64`, `aarch64`. */
  readonly arch: string;
  /** Machine ID, stable across boots. */
  readonly machineId: string;
  /** Boot ID, different for each boot. */
  readonly bootId: string;
  /** Name of the cluster to which the machine belongs. */
  readonly cluster: string;
  readonly cloud: Cloud;
}

export const UNKNOWN_CLOUD: Cloud = {
  provider: "",
  region: "",
  zone: "",
  instanceId: "",
  instanceType: "",
  account: "",
};

export const UNKNOWN_HOST: Host = {
  name: "",
  kernel: "",
  os: "",
  arch: "",
  machineId: "",
  bootId: "",
  cluster: "",
  cloud: UNKNOWN_CLOUD,
};

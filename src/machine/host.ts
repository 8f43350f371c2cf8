/** The cloud of a machine. Text is byte strings; "" if unknown. */
export interface Cloud {
  /** `aws`, `gcp`, `azure`, or the value in the configuration. */
  readonly provider: string;
  readonly region: string;
  readonly zone: string;
  readonly instanceId: string;
  readonly instanceType: string;
  /** Account, project or subscription. */
  readonly account: string;
}

/** Properties of a machine. Text is byte strings; "" if unknown. */
export interface Host {
  /** Host name; "": as in the machine record. */
  readonly name: string;
  /** Kernel release: `6.12.9-amd64`. */
  readonly kernel: string;
  /** `Debian GNU/Linux 13 (trixie)` */
  readonly os: string;
  /** `x86_64`, `aarch64` */
  readonly arch: string;
  /** Stable across boots. */
  readonly machineId: string;
  /** Different for each boot. */
  readonly bootId: string;
  /** The cluster it belongs to. */
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

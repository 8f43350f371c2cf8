// Programs and libraries from Debian and Ubuntu packages. The first existing name of each list is used.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { findProgram, type Part, program, versionOf } from "./part.ts";

/** Debian's directory of libraries for this processor. */
const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
export const librdkafkaPath: string = `${libraries}/librdkafka.so.1`;

/** Describes a part that is a file of a package. */
function file<Name extends string>(name: Name, packages: readonly (readonly string[])[], path: string): Part<Name> {
  return { name, packages, missing: () => (existsSync(path) ? undefined : `there is no ${path}`) };
}

/** Describes a part whose name differs from that of its program. */
function named<Name extends string>(
  name: Name,
  programs: readonly string[],
  packages: readonly (readonly string[])[],
  version: readonly string[] = ["--version"],
): Part<Name> {
  return {
    name,
    packages,
    missing: () => (findProgram(...programs) === undefined ? `${programs[0]} is not installed` : undefined),
    version: () => versionOf(findProgram(...programs) ?? programs[0]!, version),
  };
}

export const SURICATA_CONFIG = "/etc/suricata/suricata.yaml";

/** Returns the path of a headless browser from a Debian package. */
export function browserPath(): string | undefined {
  return ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find((path) => existsSync(path));
}

const home = join(import.meta.dirname, "../..");

/**
 * The kernel of a Debian release; by default, that of this machine.
 * @param words the release, and its architecture unless it is amd64
 */
function guestKernel<Name extends string>(name: Name, ...words: readonly string[]) {
  const script = ["scripts/guest-kernel.sh", ...words];
  const kernel = join(home, ".cache", ["guest-kernel", ...words].join("-"));
  return {
    name,
    missing: () => (existsSync(kernel) ? undefined : `the ${name} is not installed (${script.join(" ")})`),
    // The modules are below /lib or /usr/lib, depending on the release.
    version: () =>
      ["usr/lib/modules", "lib/modules"]
        .map((folder) => join(kernel, folder))
        .filter(existsSync)
        .flatMap((folder) => readdirSync(folder))[0],
    async build() {
      if (process.arch !== "x64") throw new Error("The guest kernel can only be installed on x86-64.");
      if (findProgram("apt-get") === undefined)
        throw new Error("The guest kernel is installed with apt-get, which was not found.");
      const { status, stderr } = spawnSync("sh", script, { cwd: home, encoding: "utf8" });
      if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) || "scripts/guest-kernel.sh failed.");
    },
  } as const satisfies Part;
}

/** Common programs, in the order of the table. */
const tools = [
  program("openssl", [["openssl"]], ["version"]),
  program("curl", [["curl"]]),
  program("python3", [["python3"]]),
  program("gcc", [["gcc"]]),
  program("make", [["make"]]),
  file("liburing", [["liburing-dev"]], "/usr/include/liburing.h"),
  program("dpkg", [["dpkg"]]),
  program("rpm", [["rpm"]]),
  program("rpmbuild", [["rpm"]]),
  program("dnf", [["dnf"]]),
  program("logrotate", [["logrotate"]]),
  program("setpriv", [["util-linux"]]),
  program("nsenter", [["util-linux"]]),
  program("findmnt", [["util-linux"]]),
  program("ip", [["iproute2"]], ["-V"]),
  program("nft", [["nftables"]]),
  program("conntrack", [["conntrack"]]),
  named("logger", ["logger"], [["bsdutils"]]),
] as const satisfies readonly Part[];

/** Tools that build the eBPF probe. */
const compilers = [
  program("clang-19", [["clang-19"]]),
  program("bpftool", [["bpftool", "linux-tools-generic"]], ["version"]),
  file("headers of libbpf", [["libbpf-dev"]], "/usr/include/bpf/bpf_helpers.h"),
] as const satisfies readonly Part[];

/** Servers that receive alerts, and programs that send events. */
const servers = [
  program("rsyslogd", [["rsyslog"]], ["-v"]),
  file("rsyslogd with TLS", [["rsyslog-openssl"]], `${libraries}/rsyslog/lmnsd_ossl.so`),
  program("promtool", [["prometheus"]]),
  program("prometheus", [["prometheus"]]),
  named("alertmanager", ["prometheus-alertmanager", "alertmanager"], [["prometheus-alertmanager"]]),
  named("amtool", ["amtool"], [["prometheus-alertmanager"]]),
  program("nats-server", [["nats-server"]]),
  program("redis-server", [["redis-server"]]),
  {
    ...program("rabbitmq-server", [["rabbitmq-server"]]),
    // rabbitmqctl needs a running server, so the version is taken from the name of the library directory.
    version: () => rabbitmqVersion(),
  },
  program("mosquitto", [["mosquitto"]], ["-h"]),
  {
    ...program("suricata", [["suricata"]], ["-V"]),
    missing: () =>
      findProgram("suricata") === undefined
        ? "suricata is not installed"
        : existsSync(SURICATA_CONFIG)
          ? undefined
          : `suricata has no ${SURICATA_CONFIG}`,
  },
  program("ulogd", [["ulogd2"]]),
  file("ulogd with JSON", [["ulogd2-json"]], `${libraries}/ulogd/ulogd_output_JSON.so`),
  file("librdkafka", [["librdkafka1"]], librdkafkaPath),
] as const satisfies readonly Part[];

/** First minor version of kubectl 1 that uses WebSockets for exec by default. */
const RECENT_KUBECTL = 31;

/** Container engines and Kubernetes. */
const engines = [
  program("dockerd", [["docker.io"]]),
  program("docker", [["docker-cli", "docker.io"]]),
  program("containerd", [["containerd"]]),
  program("runc", [["runc"]]),
  program("podman", [["podman"]]),
  program("conmon", [["conmon"]]),
  {
    name: "static busybox",
    packages: [["busybox-static"]],
    missing: () => {
      const busybox = findProgram("busybox");
      if (busybox === undefined) return "busybox is not installed";
      return isStatic(busybox) ? undefined : "busybox is dynamically linked; install busybox-static";
    },
    version: () => versionOf("busybox", []),
  },
  named("kubectl", ["kubectl"], [["kubernetes-client", "kubectl"]], ["version", "--client"]),
  {
    name: "recent kubectl",
    missing: () => {
      const version = versionOf("kubectl", ["version", "--client"]) ?? "none";
      return Number(/^1\.(\d+)/.exec(version)?.[1]) >= RECENT_KUBECTL
        ? undefined
        : `kubectl 1.${RECENT_KUBECTL} or later is not installed (installed: ${version})`;
    },
  },
  program("etcd", [["etcd-server"]]),
] as const satisfies readonly Part[];

/** Kernels that only `npm run test:kernels` tests, and what they need. */
export const otherKernels = [
  named("qemu for arm64", ["qemu-system-aarch64"], process.arch === "x64" ? [["qemu-system-arm"]] : []),
  guestKernel("guest kernel of bullseye", "bullseye"),
  guestKernel("guest kernel of trixie", "trixie"),
  guestKernel("guest kernel of bookworm for arm64", "bookworm", "arm64"),
  guestKernel("guest kernel of trixie for arm64", "trixie", "arm64"),
] as const satisfies readonly Part[];

const machines = [
  {
    name: "browser",
    packages: [["chromium-headless-shell", "chromium"]],
    missing: () => (browserPath() === undefined ? "chromium-headless-shell is not installed" : undefined),
    version: () => versionOf(browserPath() ?? "", ["--version", "--no-sandbox"]),
  },
  named("qemu", ["qemu-system-x86_64"], process.arch === "x64" ? [["qemu-system-x86"]] : []),
  program("cpio", [["cpio"]]),
  program("xz", [["xz-utils"]]),
  program("mke2fs", [["e2fsprogs"]], ["-V"]),
  guestKernel("guest kernel"),
  ...otherKernels,
] as const satisfies readonly Part[];

export const programs = [
  ...tools,
  ...compilers,
  ...servers,
  ...engines,
  ...machines,
] as const satisfies readonly Part[];

function rabbitmqVersion(): string | undefined {
  const folder = "/usr/lib/rabbitmq/lib";
  const name = existsSync(folder) ? readdirSync(folder).find((each) => each.startsWith("rabbitmq_server-")) : undefined;
  return name?.slice("rabbitmq_server-".length);
}

/** Whether a program is statically linked. In other programs, the name of the loader is near the beginning. */
function isStatic(path: string): boolean {
  const head = Buffer.alloc(4096);
  const descriptor = openSync(path, "r");
  readSync(descriptor, head);
  closeSync(descriptor);
  return !/\/ld-(linux|musl)/.test(head.toString("latin1"));
}

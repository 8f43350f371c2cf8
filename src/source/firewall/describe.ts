import { describeSource } from "../descriptor.ts";
import { splitList } from "../split.ts";

export const firewall = describeSource({
  name: "firewall",
  about: "Packets and connections logged by firewalls: ulogd2 JSON, Linux kernel log lines, conntrack lines and CEF.",
  rules: ["firewall.yaml"],
  usualOrigin: "/var/log/ulog/ulogd.json",
  example: "from: [/var/log/ulog/ulogd.json, syslog+udp://0.0.0.0:5514]",
  notes:
    "ulogd2 JSON, the Linux kernel log, conntrack lines, and CEF and key=value lines of appliances, from files or over syslog; one source can have several origins. `0.0.0.0` accepts messages from other machines.",
  async open() {
    const { decodeFirewall, readFirewall } = await import("./read.ts");
    return { split: splitList(readFirewall), lines: decodeFirewall };
  },
});

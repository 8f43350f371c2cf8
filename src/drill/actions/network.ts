import type { DrillAction } from "../action.ts";
import {
  APART,
  IN_CONTAINER,
  LOOPBACK_ONLY,
  NAMESPACE_ENDS,
  OWN_FOLDER,
  OWN_FOLDER_AND_CGROUP,
  PUBLIC_ADDRESS,
  STAND_IN,
  standIn,
} from "./phrases.ts";

const PROXY = { env: { https_proxy: "http://127.0.0.1:9" } };

/** Actions that involve network connections and sockets. */
export const network: readonly DrillAction[] = [
  {
    name: "stream-to-network",
    rule: "Standard stream redirected to network socket",
    does: "Connects to a port of the drill and redirects standard input, output and error to the connection, in a container's cgroup.",
    harmless: `${LOOPBACK_ONLY} No shell is started.`,
    cleanUp: OWN_FOLDER_AND_CGROUP,
    twin: "Connects and duplicates the connection to a high descriptor number.",
    needs: ["root", "cgroup"],
    shows: { "fd.name": "127.0.0.1:*->127.0.0.1:*", "container.id": "*" },
    act: async (stage) => stage.call("connect-and-dup", [`${await stage.listen()}`, "0", "1", "2"], IN_CONTAINER),
    benign: async (stage) => stage.call("connect-and-dup", [`${await stage.listen()}`, "90"], IN_CONTAINER),
  },
  {
    name: "kubernetes-api",
    rule: "Kubernetes API server accessed from container",
    does: "Connects to the Kubernetes API server address in the process environment, in a pod's cgroup.",
    harmless: LOOPBACK_ONLY,
    cleanUp: "The drill removes its cgroups.",
    twin: "Connects to another port, with the same environment.",
    needs: ["root", "cgroup"],
    shows: { "fd.name": "127.0.0.1:*->127.0.0.1:*", "container.id": "*" },
    act: async (stage) => {
      const port = `${await stage.listen()}`;
      await stage.call("connect", ["127.0.0.1", port], { container: "pod", env: podEnvironment(port) });
    },
    benign: async (stage) => {
      const [api, other] = [`${await stage.listen()}`, `${await stage.listen()}`];
      await stage.call("connect", ["127.0.0.1", other], { container: "pod", env: podEnvironment(api) });
    },
  },
  {
    name: "ssh-odd-port",
    rule: "Outbound SSH connection to non-SSH port",
    does: "A program called ssh connects to port 443 of a public address.",
    harmless:
      "The program runs in a separate network namespace without a connection to the network, and the address is reserved for documentation.",
    cleanUp: NAMESPACE_ENDS,
    twin: "Connects to port 22.",
    needs: ["root"],
    shows: { "fd.name": `*->${PUBLIC_ADDRESS}:443`, "proc.cmdline": "*call.* connect-apart *" },
    act: (stage) => stage.call("connect-apart", [PUBLIC_ADDRESS, "443"], { as: "ssh" }),
    benign: (stage) => stage.call("connect-apart", [PUBLIC_ADDRESS, "22"], { as: "ssh" }),
  },
  {
    name: "packet-socket",
    rule: "Packet socket opened in container",
    does: "Opens a packet socket in a container's cgroup.",
    harmless: "The socket is not bound to a protocol, receives no packets, and is closed immediately.",
    cleanUp: "The drill removes its cgroups.",
    twin: "Opens a UDP socket.",
    needs: ["root", "cgroup"],
    shows: { "evt.args": "*AF_PACKET*", "proc.cmdline": "*call.* socket packet", "container.id": "*" },
    act: (stage) => stage.call("socket", ["packet"], IN_CONTAINER),
    benign: (stage) => stage.call("socket", ["inet"], IN_CONTAINER),
  },
  {
    name: "utility-connects",
    rule: "Network connection by shell or system utility",
    does: "A program called head connects to a public address.",
    harmless: APART,
    cleanUp: "The namespace is removed when its process exits. The drill removes its directory.",
    twin: "A program called report connects to the same address.",
    needs: ["root"],
    shows: { "proc.name": "head", "fd.name": `*->${PUBLIC_ADDRESS}:443` },
    act: (stage) => stage.call("connect-apart", [PUBLIC_ADDRESS, "443"], { as: "head" }),
    benign: (stage) => stage.call("connect-apart", [PUBLIC_ADDRESS, "443"], { as: "report" }),
  },
  {
    name: "udp-odd-port",
    rule: "Outbound UDP connection to unusual port",
    does: "Connects a UDP socket to port 4242 of a public address.",
    harmless: `${APART} No data is sent.`,
    cleanUp: NAMESPACE_ENDS,
    twin: "Connects the socket to port 53.",
    needs: ["root"],
    shows: { "fd.name": `*->${PUBLIC_ADDRESS}:4242` },
    act: (stage) => stage.call("udp-apart", [PUBLIC_ADDRESS, "4242"]),
    benign: (stage) => stage.call("udp-apart", [PUBLIC_ADDRESS, "53"]),
  },
  {
    name: "datagram-odd-port",
    rule: "Outbound UDP connection to unusual port",
    does: "Sends a datagram to port 4242 of a public address from a socket that is not connected.",
    harmless: APART,
    cleanUp: NAMESPACE_ENDS,
    twin: "Sends the datagram to port 53.",
    needs: ["root"],
    shows: { "fd.name": `*->${PUBLIC_ADDRESS}:4242`, "evt.type": "send*" },
    act: (stage) => stage.call("send-apart", [PUBLIC_ADDRESS, "4242"]),
    benign: (stage) => stage.call("send-apart", [PUBLIC_ADDRESS, "53"]),
  },
  {
    name: "local-proxy",
    rule: "Download tool started with unusual proxy",
    does: "Starts a program called curl with a proxy on this machine in the environment.",
    harmless: STAND_IN,
    cleanUp: OWN_FOLDER,
    twin: "Starts a program called report with the same environment.",
    needs: [],
    shows: { "proc.name": "curl" },
    act: (stage) => standIn(stage, "curl", ["http://127.0.0.1:9/"], PROXY),
    benign: (stage) => standIn(stage, "report", ["http://127.0.0.1:9/"], PROXY),
  },
  {
    name: "scan-from-host",
    rule: "Network tool started on host",
    does: "Starts a program called nmap outside containers.",
    harmless: STAND_IN,
    cleanUp: "The drill removes its directory and cgroup.",
    twin: "Starts a program called netmap.",
    needs: ["root", "cgroup", "host"],
    shows: { "proc.name": "nmap", "container.id": "host" },
    act: (stage) => standIn(stage, "nmap", ["127.0.0.1"], { container: "host" }),
    benign: (stage) => standIn(stage, "netmap", ["127.0.0.1"], { container: "host" }),
  },
];

function podEnvironment(port: string): Record<string, string> {
  return { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: port };
}

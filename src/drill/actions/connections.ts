import type { DrillAction, Ran, RunOptions, Stage } from "../action.ts";
import {
  APART,
  IN_CONTAINER,
  LOOPBACK_ONLY,
  NAMESPACE_ENDS,
  OWN_CGROUP,
  OWN_FOLDER,
  OWN_FOLDER_AND_CGROUP,
  PUBLIC_ADDRESS,
} from "./phrases.ts";

const INTERNAL = "10.99.0.10";
const METADATA = "169.254.169.254";
const FOLDERS = "The drill removes its directories in the temporary directory and in /dev/shm.";
/** A DNS label of 60 bytes. */
const LABEL = "a".repeat(60);
const OWN_SOCKET = "The drill creates the socket and listens on it.";
/** Magic numbers of a Java class file and of a ZIP archive. */
const [CLASS_FILE, ARCHIVE] = ["cafebabe00000041", "504b030414000000"];

/**
 * Connects to a public address with bash, running as `program`. The process has its own network namespace, in which the
 * address is local.
 */
function bashApart(stage: Stage, program: string, port: string): Promise<Ran> {
  const script = stage.file("connect.sh", `exec 9<> /dev/tcp/${PUBLIC_ADDRESS}/${port}\n`);
  return stage.call("run-apart", [PUBLIC_ADDRESS, port, program, script]);
}

/** Runs a process named `name`. Its child process, which runs another program, connects to the metadata service. */
function metadataBelow(stage: Stage, name: string): Promise<Ran> {
  const client = stage.file("client.cjs", `require("net").connect(80, "${METADATA}").resume()\n`);
  const script = stage.file("connect.sh", `"${process.execPath}" "${client}"\n:\n`);
  return stage.call("run-apart", [METADATA, "80", stage.alias(name, stage.bash), script], { container: "host" });
}

/** Runs Node.js with a script on its command line that connects to an address. */
function inlineScript(stage: Stage, address: string): Promise<Ran> {
  const script = `require("net").connect(8080, "${address}").resume()`;
  return stage.call("run-apart", [address, "8080", stage.alias("node", process.execPath), "-e", script]);
}

function unixSocket(stage: Stage, name: string, options: RunOptions = {}): Promise<Ran> {
  return stage.call("connect-unix", [stage.path(name)], options);
}

/**
 * Actions that connect from suspicious programs, or to sockets that give control over the machine or its containers.
 */
export const connections: readonly DrillAction[] = [
  {
    name: "network-from-shm",
    rule: "Network use by program in temporary directory",
    also: ["Program executed from shared memory"],
    does: "A copy of bash in /dev/shm connects to a public address.",
    harmless: APART,
    cleanUp: `${FOLDERS} ${NAMESPACE_ENDS}`,
    twin: "A link to bash, outside /dev/shm, makes the same connection.",
    needs: ["root", "exec", "bash"],
    shows: { "proc.exepath": "/dev/shm/eyas-drill-*/worker", "fd.name": `*->${PUBLIC_ADDRESS}:8080` },
    act: (stage) => bashApart(stage, stage.copy("/dev/shm/worker", stage.bash), "8080"),
    benign: (stage) => bashApart(stage, stage.alias("worker", stage.bash), "8080"),
  },
  {
    name: "pool-port",
    rule: "Mining pool port contacted by untrusted program",
    also: ["Network use by program in temporary directory", "Program executed from shared memory"],
    does: "A copy of bash in /dev/shm connects to port 3333 of a public address.",
    harmless: APART,
    cleanUp: `${FOLDERS} ${NAMESPACE_ENDS}`,
    twin: "A link to bash, outside /dev/shm, makes the same connection.",
    needs: ["root", "exec", "bash"],
    shows: { "fd.name": `*->${PUBLIC_ADDRESS}:3333` },
    act: (stage) => bashApart(stage, stage.copy("/dev/shm/worker", stage.bash), "3333"),
    benign: (stage) => bashApart(stage, stage.alias("worker", stage.bash), "3333"),
  },
  {
    name: "pool-name",
    rule: "Mining pool name resolved",
    does: "Sends a DNS query for the name of a mining pool to port 53 of a public address.",
    harmless: `${APART} No name server receives the query.`,
    cleanUp: NAMESPACE_ENDS,
    twin: "Sends a DNS query for a name that is reserved for examples.",
    needs: ["root"],
    shows: { "fd.name": `*->${PUBLIC_ADDRESS}:53`, "dns.name": "eyas-drill.supportxmr.com" },
    act: (stage) => stage.call("ask-apart", [PUBLIC_ADDRESS, "eyas-drill.supportxmr.com"]),
    benign: (stage) => stage.call("ask-apart", [PUBLIC_ADDRESS, "eyas-drill.example.com"]),
  },
  {
    name: "dns-tunnel",
    rule: "Long DNS name queried by program",
    does: "Sends a DNS query for a name of 130 bytes to port 53 of a public address.",
    harmless: `${APART} No name server receives the query.`,
    cleanUp: NAMESPACE_ENDS,
    twin: "Sends a DNS query for a name of 70 bytes.",
    needs: ["root"],
    shows: { "fd.name": `*->${PUBLIC_ADDRESS}:53`, "dns.name": "*.eyas-drill.example" },
    act: (stage) => stage.call("ask-apart", [PUBLIC_ADDRESS, `${LABEL}.${LABEL}.eyas-drill.example`]),
    benign: (stage) => stage.call("ask-apart", [PUBLIC_ADDRESS, `${LABEL}.eyas-drill.example`]),
  },
  {
    name: "inline-script",
    rule: "Inline script with network connection",
    does: "Node.js runs a script on its command line that connects to a public address.",
    harmless: APART,
    cleanUp: `${OWN_FOLDER} ${NAMESPACE_ENDS}`,
    twin: "The script connects to an internal address.",
    needs: ["root"],
    shows: { "proc.name": "node", "fd.name": `*->${PUBLIC_ADDRESS}:8080` },
    act: (stage) => inlineScript(stage, PUBLIC_ADDRESS),
    benign: (stage) => inlineScript(stage, INTERNAL),
  },
  {
    name: "java-class",
    rule: "Java class received over network",
    does: "A program called java receives the first eight bytes of a class file.",
    harmless: `${LOOPBACK_ONLY} The program is a link to Node.js and discards the bytes.`,
    cleanUp: OWN_FOLDER,
    twin: "The program receives the first eight bytes of an archive.",
    needs: [],
    shows: { "proc.name": "java", "fd.name": "127.0.0.1:*->127.0.0.1:*" },
    act: (stage) => stage.call("receive", [CLASS_FILE], { as: "java" }),
    benign: (stage) => stage.call("receive", [ARCHIVE], { as: "java" }),
  },
  {
    name: "public-database",
    rule: "Internal service reached from public address",
    does: "A program called mysqld accepts a connection from a public address.",
    harmless: `${APART} The program is a link to Node.js.`,
    cleanUp: `${OWN_FOLDER} ${NAMESPACE_ENDS}`,
    twin: "The program accepts a connection from an internal address.",
    needs: ["root"],
    shows: { "proc.name": "mysqld", "fd.name": `${PUBLIC_ADDRESS}:*` },
    act: (stage) => stage.hold("flow", [PUBLIC_ADDRESS], { as: "mysqld" }),
    benign: (stage) => stage.hold("flow", [INTERNAL], { as: "mysqld" }),
  },
  {
    name: "metadata-below-server",
    rule: "Cloud metadata service accessed below server",
    does: "Node.js, started by a program called nginx, connects to the address of the cloud metadata service, outside containers.",
    harmless:
      "The process is in a separate network namespace, where the address belongs to the process itself; the program called nginx is a link to bash.",
    cleanUp: `${OWN_FOLDER_AND_CGROUP} ${NAMESPACE_ENDS}`,
    twin: "Node.js, started by a program called nightly-report, connects to the same address.",
    needs: ["root", "cgroup", "host", "bash"],
    shows: { "proc.pname": "nginx", "fd.name": `*->${METADATA}:80` },
    act: (stage) => metadataBelow(stage, "nginx"),
    benign: (stage) => metadataBelow(stage, "nightly-report"),
  },
  {
    name: "agent-socket",
    rule: "SSH agent socket used by unexpected program",
    does: "Connects to a Unix socket called ssh-drill/agent.1 in the drill's directory.",
    harmless: `${OWN_SOCKET} No SSH agent is involved.`,
    cleanUp: OWN_FOLDER,
    twin: "Connects to a socket called sockets/agent.1.",
    needs: [],
    shows: { "fd.name": "*/eyas-drill-*/ssh-drill/agent.1" },
    act: (stage) => unixSocket(stage, "ssh-drill/agent.1"),
    benign: (stage) => unixSocket(stage, "sockets/agent.1"),
  },
  {
    name: "runtime-socket",
    rule: "Container runtime socket accessed from container",
    does: "Connects to a Unix socket called docker.sock in the drill's directory, in a container's cgroup.",
    harmless: `${OWN_SOCKET} No container runtime is involved.`,
    cleanUp: `${OWN_FOLDER} ${OWN_CGROUP}`,
    twin: "Connects to a socket called report.sock.",
    needs: ["root", "cgroup"],
    shows: { "fd.name": "*/eyas-drill-*/docker.sock", "container.id": "*" },
    act: (stage) => unixSocket(stage, "docker.sock", IN_CONTAINER),
    benign: (stage) => unixSocket(stage, "report.sock", IN_CONTAINER),
  },
];

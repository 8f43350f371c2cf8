import type { DrillAction, Need, Stage } from "../action.ts";
import { type Flow, type FlowOwner, LINK_LOCAL, METADATA_SERVICE, openFlow, REMOTE } from "./flow.ts";

/** A Suricata event. */
interface IdsEvent {
  readonly type: string;
  readonly parts: object;
  /** Additional keys of the event. */
  readonly also?: object;
  /** Process on this machine that owns the flow. Default: none. */
  readonly owner?: FlowOwner;
}

interface IdsAction extends Pick<DrillAction, "name" | "rule" | "does" | "shows" | "also"> {
  readonly event: IdsEvent;
  readonly twin: readonly [does: string, event: IdsEvent];
  readonly needs?: readonly Need[];
}

const DRILL = "eyas-drill";
const NO_ALERT = "Reports the same flow without an alert.";
const FLOW: IdsEvent = {
  type: "flow",
  parts: { bytes_toserver: 100, bytes_toclient: 100 },
  also: { app_proto: "tls" },
};

/** An IDS alert. Its signature contains the name of the action. */
const alert = (name: string, severity: number, category = "Misc activity"): IdsEvent => ({
  type: "alert",
  parts: {
    action: "allowed",
    gid: 1,
    signature_id: 1_999_999,
    rev: 1,
    signature: `${DRILL} ${name}`,
    category,
    severity,
  },
});

/** An action for a rule that matches IDS alerts. Its benign twin is a flow without an alert. */
function alertAction(
  name: string,
  rule: string,
  does: string,
  event: IdsEvent,
  more: Partial<IdsAction> = {},
): IdsAction {
  const { owner } = event;
  return {
    name,
    rule,
    does,
    event,
    twin: [NO_ALERT, { ...FLOW, ...(owner && { owner }) }],
    shows: { "ids.signature": `${DRILL} ${name}` },
    ...more,
  };
}

const dns = (rrname: string): IdsEvent => ({ type: "dns", parts: { type: "query", id: 1, rrname, rrtype: "A" } });
const http = (url: string, owner?: FlowOwner): IdsEvent => ({
  type: "http",
  parts: {
    hostname: "drill.example",
    url,
    http_user_agent: DRILL,
    http_method: "GET",
    protocol: "HTTP/1.1",
    status: 404,
  },
  ...(owner && { owner }),
});
const tls = (issuerdn: string): IdsEvent => ({
  type: "tls",
  parts: {
    sni: `${DRILL}.example`,
    version: "TLS 1.3",
    subject: "CN=drill",
    issuerdn,
    notafter: "2099-01-01T00:00:00",
  },
});
const file = (magic: string): IdsEvent => ({
  type: "fileinfo",
  parts: { filename: `/${DRILL}`, magic, size: 100, state: "CLOSED", stored: false },
});

const inContainer = (address: string): FlowOwner => ({ as: "report", container: "docker", address });

const actions: readonly IdsAction[] = [
  alertAction(
    "ids-compromise",
    "IDS alert for compromised host",
    "Reports an alert in the trojan category.",
    alert("ids-compromise", 3, "A Network Trojan was detected"),
    { also: ["Low-severity IDS alert"] },
  ),
  alertAction(
    "ids-download-tool",
    "IDS alert for shell or download tool",
    "Reports an alert for a connection from a program called curl.",
    { ...alert("ids-download-tool", 2), owner: { as: "curl" } },
    { also: ["Medium-severity IDS alert"] },
  ),
  alertAction(
    "ids-container",
    "High-severity IDS alert for container",
    "Reports an alert for a connection from a program in a container's cgroup.",
    { ...alert("ids-container", 1), owner: { as: "report", container: "docker" } },
    { needs: ["root", "cgroup"] },
  ),
  alertAction(
    "ids-host-program",
    "High-severity IDS alert for host program",
    "Reports an alert for a connection from a program outside containers.",
    { ...alert("ids-host-program", 1), owner: { as: "report", container: "host" } },
    { needs: ["root", "cgroup", "host"] },
  ),
  alertAction(
    "ids-high",
    "High-severity IDS alert without local process",
    "Reports an alert of the highest severity.",
    alert("ids-high", 1),
  ),
  alertAction(
    "ids-medium",
    "Medium-severity IDS alert",
    "Reports an alert of medium severity.",
    alert("ids-medium", 2),
  ),
  alertAction("ids-low", "Low-severity IDS alert", "Reports an alert of low severity.", alert("ids-low", 3)),
  {
    name: "ids-mining-pool",
    rule: "Mining pool or onion service contacted",
    does: "Reports a DNS query for the name of a mining pool.",
    event: dns(`${DRILL}.xmrpool.example`),
    twin: ["Reports a query for another name.", dns(`${DRILL}.pool.example`)],
    shows: { "dns.name": `${DRILL}.xmrpool.example` },
  },
  {
    name: "ids-traversal",
    rule: "Path traversal or JNDI injection in HTTP request",
    does: "Reports an HTTP request with a path outside the root directory of the server.",
    event: http(`/${DRILL}/../../etc/passwd`),
    twin: ["Reports a request with a normal path.", http(`/${DRILL}`)],
    shows: { "http.url": `/${DRILL}/../../etc/passwd` },
  },
  {
    name: "ids-metadata-service",
    rule: "Cloud metadata HTTP request from container",
    does: "Reports an HTTP request from a program in a container's cgroup to the cloud metadata service.",
    event: http(`/${DRILL}`, inContainer(METADATA_SERVICE)),
    twin: ["Reports a request to another link-local address.", http(`/${DRILL}`, inContainer(LINK_LOCAL))],
    shows: { "http.url": `/${DRILL}`, "container.id": "*" },
    needs: ["root", "cgroup"],
  },
  {
    name: "ids-long-name",
    rule: "DNS query with unusually long name",
    does: "Reports a DNS query for a name of 118 bytes.",
    event: dns(`${DRILL}.${"a".repeat(49)}.${"b".repeat(49)}.example`),
    twin: ["Reports a query for a short name.", dns(`${DRILL}.example`)],
    shows: { "dns.name": `${DRILL}.*` },
  },
  {
    name: "ids-executable",
    rule: "Executable transferred over cleartext connection",
    does: "Reports that an executable was transferred without encryption.",
    event: file("ELF 64-bit LSB executable"),
    twin: ["Reports that a text file was transferred.", file("ASCII text")],
    shows: { "file.name": `/${DRILL}` },
  },
  {
    name: "ids-self-signed",
    rule: "Self-signed or expired TLS certificate used",
    does: "Reports a TLS connection with a self-signed certificate.",
    event: tls("CN=drill"),
    twin: ["Reports a TLS connection with a certificate from a certificate authority.", tls("CN=authority")],
    shows: { "tls.sni": `${DRILL}.example` },
  },
  {
    name: "ids-cleartext",
    rule: "Outbound connection with cleartext protocol",
    does: "Reports a telnet connection to an address that is reserved for documentation.",
    event: { ...FLOW, also: { app_proto: "telnet" } },
    twin: ["Reports an SSH connection.", { ...FLOW, also: { app_proto: "ssh" } }],
    shows: { "net.src.ip": REMOTE.src_ip, "net.dst.ip": REMOTE.dest_ip },
  },
  {
    name: "ids-large-transfer",
    rule: "Large data transfer to external host",
    does: "Reports a transfer of 2 GiB to an address that is reserved for documentation.",
    event: { ...FLOW, parts: { bytes_toserver: 2 ** 31, bytes_toclient: 100 } },
    twin: ["Reports a transfer of 100 bytes.", FLOW],
    shows: { "net.src.ip": REMOTE.src_ip, "net.dst.ip": REMOTE.dest_ip },
  },
];

async function send(stage: Stage, { type, parts, also = {}, owner }: IdsEvent): Promise<void> {
  const flow: Flow = owner === undefined ? REMOTE : await openFlow(stage, owner);
  await stage.send({
    timestamp: new Date().toISOString().replace("Z", "000+0000"),
    flow_id: 1,
    host: DRILL,
    in_iface: DRILL,
    event_type: type,
    ...flow,
    proto: type === "dns" ? "UDP" : "TCP",
    ...also,
    [type]: parts,
  });
}

/** Actions that send IDS events. */
export const suricataActions: readonly DrillAction[] = actions.map(({ event, twin, needs = [], ...action }) => ({
  ...action,
  source: "suricata",
  harmless: "The event is synthetic: no IDS reported it, and the event names the drill as its sensor.",
  cleanUp: "No files or processes remain.",
  twin: twin[0],
  needs: ["endpoint", ...needs],
  act: (stage) => send(stage, event),
  benign: (stage) => send(stage, twin[1]),
}));

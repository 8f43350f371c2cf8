import { isObject } from "../event/document.ts";
import { documentNumber, documentText, firstDocumentText, textsOf } from "./document-value.ts";
import { type Field, FieldArgumentError, type Reader } from "./field.ts";
import { walk } from "./json-value.ts";
import { REQUIRED, row, rowWith } from "./row.ts";

/** Reads a metadata entry of a signature. Several values are separated by commas. */
function note(argument: string | undefined): Reader {
  if (argument === undefined || argument === "") {
    throw new FieldArgumentError(
      "ids.metadata requires the name of a metadata entry, for example ids.metadata[confidence].",
    );
  }
  return ({ document }) => {
    const notes = walk(document, METADATA);
    return isObject(notes) && Object.hasOwn(notes, argument) ? textsOf(notes[argument])?.join(",") : undefined;
  };
}

const METADATA = ["alert", "metadata"];
const UNWIDE_ID = "UINT32";

/** Flow IDs are bigints, since they can exceed the exact range of JavaScript numbers. */
const flowId: Reader = ({ document }) => {
  const id = walk(document, FLOW_ID);
  return typeof id === "bigint" ? id : typeof id === "number" && Number.isSafeInteger(id) ? BigInt(id) : undefined;
};

const FLOW_ID = ["flow_id"];

export const idsFields: readonly Field[] = [
  row(
    "ids.event",
    "CHARBUF",
    documentText("event_type"),
    "The event type of the IDS: alert, flow, dns, tls, http, fileinfo, anomaly, and so on.",
  ),
  row("ids.signature", "CHARBUF", documentText("alert", "signature"), "The name of the signature that matched."),
  row("ids.id", UNWIDE_ID, documentNumber("alert", "signature_id"), "The signature's number (sid).", {
    about: "signature",
    as: "id",
  }),
  row(
    "ids.gid",
    UNWIDE_ID,
    documentNumber("alert", "gid"),
    "The group that the signature's number belongs to; 1 for ordinary signatures.",
  ),
  row("ids.rev", UNWIDE_ID, documentNumber("alert", "rev"), "The signature's revision."),
  row(
    "ids.category",
    "CHARBUF",
    documentText("alert", "category"),
    "The class of attack that the signature belongs to.",
  ),
  row(
    "ids.severity",
    UNWIDE_ID,
    documentNumber("alert", "severity"),
    "The severity; 1 is the highest. Suricata's classifications use 1 to 4; signatures can use higher numbers.",
  ),
  row(
    "ids.action",
    "CHARBUF",
    documentText("alert", "action"),
    "The action of the IDS: allowed or blocked; a passive IDS does not block traffic.",
  ),
  row(
    "ids.verdict",
    "CHARBUF",
    documentText("verdict", "action"),
    "The final verdict on the packet: pass, drop, and so on.",
  ),
  rowWith("ids.metadata", "CHARBUF", note, "A metadata entry of the signature: ids.metadata[attack_target].", {
    argument: { ...REQUIRED, key: true },
  }),
  row("ids.direction", "CHARBUF", documentText("direction"), "Direction of the packet: to_server or to_client."),
  row("ids.flow_id", "UINT64", flowId, "The ID that the IDS assigns to the flow; all events of a flow share the ID.", {
    wide: true,
  }),
  row("ids.tx_id", "UINT64", documentNumber("tx_id"), "The number of the transaction within the flow, from 0."),
  row(
    "ids.app",
    "CHARBUF",
    documentText("app_proto"),
    "The application protocol detected by the IDS, such as http, tls or dns.",
  ),
  row("ids.interface", "CHARBUF", documentText("in_iface"), "The capture interface."),
  row("ids.sensor", "CHARBUF", documentText("host"), "The name of the sensor, if set."),
  row(
    "ids.payload",
    "CHARBUF",
    documentText("payload_printable"),
    "The packet's payload, if the IDS is configured to add payloads, with dots for unprintable bytes.",
  ),
  row(
    "ids.flow.state",
    "CHARBUF",
    documentText("flow", "state"),
    "The state of the flow: new, established, closed, bypassed.",
  ),
  row(
    "ids.flow.reason",
    "CHARBUF",
    documentText("flow", "reason"),
    "The reason for the flow record: timeout, forced, shutdown.",
  ),
  row("ids.flow.age", "UINT64", documentNumber("flow", "age"), "Duration of the flow in seconds."),
  row(
    "ids.anomaly.type",
    "CHARBUF",
    documentText("anomaly", "type"),
    "Type of the anomaly: decode, stream or applayer.",
  ),
  row("ids.anomaly.event", "CHARBUF", documentText("anomaly", "event"), "The name that the IDS uses for the anomaly."),
  row(
    "ids.anomaly.layer",
    "CHARBUF",
    firstDocumentText(["anomaly", "layer"], ["anomaly", "app_proto"]),
    "The layer, or the application protocol, of the anomaly.",
  ),
];

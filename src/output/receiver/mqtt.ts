import { filled, flag, number, server, text } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { brokerKeys } from "../transport/keys.ts";

export const mqttOutput = describeOutput({
  name: "mqtt",
  about: "Sends alerts to an MQTT broker.",
  keys: {
    broker: server(
      "Address of the broker, such as `tcp://mqtt:1883` or `ssl://mqtt:8883`. Setting this key enables the output.",
      ["tcp", "mqtt", "ssl", "tls", "mqtts", "ws", "wss"],
    ),
    topic: filled(
      "falco/events",
      "The topic; `<priority>` and `<rule>` are replaced by the priority and rule of the alert.",
    ),
    qos: number(
      1,
      "Quality of service. 0: without acknowledgement; 1: at least once; 2: exactly once per connection.",
      [0, 2],
    ),
    retained: flag(false, "Whether the broker retains the last message for later subscribers."),
    user: text("", "User name."),
    password: text("", "The user's password."),
    ...brokerKeys,
  },
  enabledBy: "broker",
  example:
    "broker: ssl://mqtt.example.org:8883\ntopic: falco/<priority>/<rule>\nuser: eyas\npassword: ${MQTT_PASSWORD}",
  async open(settings, { certificates }) {
    return (await import("./mqtt/output.ts")).mqttOutput(settings, certificates);
  },
});

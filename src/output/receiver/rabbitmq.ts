import { filled, flag, server, text } from "../../setting/shape.ts";
import { describeOutput } from "../descriptor.ts";
import { brokerKeys } from "../transport/keys.ts";

export const rabbitmqOutput = describeOutput({
  name: "rabbitmq",
  about: "Sends alerts to RabbitMQ.",
  keys: {
    url: server(
      "URL of the server with user, password and virtual host, such as `amqps://eyas:secret@rabbitmq/`. Setting this key enables the output.",
      ["amqp", "amqps"],
    ),
    queue: filled("falco", "Name of the queue."),
    exchange: text("", "Exchange, instead of the queue. The exchange drops messages if no queue is bound."),
    routingkey: filled("falco.<priority>.<rule>", "With `exchange`: routing key of an alert."),
    create: flag(true, "Create the queue (durable) or the exchange (topic, durable) if it is missing."),
    ...brokerKeys,
  },
  enabledBy: "url",
  example: "url: amqps://eyas:${RABBITMQ_PASSWORD}@rabbitmq.example.org/",
  async open(settings, { certificates }) {
    return (await import("./rabbitmq/output.ts")).rabbitmqOutput(settings, certificates);
  },
});

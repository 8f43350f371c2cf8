import { describeSource } from "../descriptor.ts";
import { splitList } from "../split.ts";

export const suricata = describeSource({
  name: "suricata",
  about: "Suricata's EVE JSON.",
  rules: ["suricata.yaml"],
  usualOrigin: "/var/log/suricata/eve.json",
  example: "from: /var/log/suricata/eve.json",
  notes:
    "Rotation by Suricata or logrotate loses no events. Alternatively, Suricata connects to a socket: `from: unix:/run/suricata/eve.sock`, with `filetype: unix_stream` in `suricata.yaml`. Alerts about a flow on this machine also have `proc.*`, `container.*` and `user.*`: [network.md](network.md).",
  open: async () => ({ split: splitList((await import("./eve.ts")).readEve) }),
});

import { expect, test } from "vitest";
import { defaultAlertOptions } from "./alert.ts";
import { entryOf } from "./entry.ts";
import { restoredAlert } from "./restored.ts";

test("an alert that has only JSON is restored with every digit of its numbers", () => {
  const fields =
    '"a.big":18446744073709551615,"b.text":"é\\n","c.none":null,"d.list":[1,2],"evt.time":1470327477881785348';
  const json =
    `{"hostname":"edge","output":"16:17:57.881785348: Warning text","output_fields":{${fields}},"priority":"Warning",` +
    `"rule":"R","source":"syscall","tags":["x"],"time":"2016-08-04T16:17:57.881785348Z"}`;
  const time = 1_470_327_477_881_785_348n;
  const shared = { rule: "R", priority: "Warning", source: "syscall", tags: ["x"], time, message: "text" } as const;
  const { output, ...kept } = entryOf({ ...shared, text: "", json });
  expect(output).toBeUndefined();
  expect(kept.hostname).toBe("edge");
  const iso = restoredAlert({ ...kept, seq: 1, id: "i" }, { ...defaultAlertOptions, isoTime: true });
  expect(iso.json).toBe(json.replace("16:17:57.881785348: ", "2016-08-04T16:17:57.881785348+0000: "));
  expect(iso.text).toBe("2016-08-04T16:17:57.881785348+0000: Warning text");
});

// A process that rotates the tokens of shop/web and is killed during the rotation. Arguments: path of the journal, and
// of the kubeconfig.

import { entry } from "../../src/journal/alerts.fixture.ts";
import { rotation } from "./rotation.ts";
import { openScene } from "./scene.ts";

const [, , file = "", kubeconfig = ""] = process.argv;
const scene = openScene(await rotation(kubeconfig), undefined, file);
scene.raise(
  entry(
    1,
    { time: BigInt(Date.now()) * 1_000_000n, source: "k8s_audit" },
    {
      "ka.user.name": "system:serviceaccount:shop:web",
    },
  ),
);

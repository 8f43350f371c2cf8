/** A comparison of a field in an exception: with an exact value, or with a pattern. */
export interface General {
  readonly operator: "=" | "glob";
  readonly value: string;
}

/** Characters with a special meaning in patterns. A value that contains such characters is compared exactly. */
const SPECIAL = /[*?[\]\\]/;

const NUMBER = "[0-9]*";
const HEX = "[0-9a-f]*";

/** Process IDs and terminal numbers in paths. */
const NUMBERED = /^(\/proc\/|\/dev\/pts\/)\d+(?=\/|$)/;
const IN_PROCESS = /\/(task|fd|fdinfo|map_files)\/[0-9a-f-]+(?=\/|$)/g;

/** IDs of pods, containers and layers in paths: UUIDs, and hexadecimal numbers with at least 12 digits. */
const UUID = /(?<=[/_-]|^)[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}(?![0-9a-z])/gi;
const LONG_HEX = /(?<=[/._-])(?=[a-f]*\d)[0-9a-f]{12,}(?![0-9a-z])/g;

/** Directories in which programs create files with random names. */
const TEMPORARY = /^\/(?:tmp|var\/tmp|dev\/shm|run\/shm)\//;
/** The end of a name that a program has probably chosen at random: `tmp.X9dK2a`, `npm-18423`, `sess_a8f3k2m1`. */
const RANDOM_END = /(?<=^|[._-])(?:\d{3,}|(?=\D*\d)(?=[^a-z]*[a-z]|[^A-Z]*[A-Z])[0-9A-Za-z]{6,})$/;
const MKTEMP = /^(tmp\.)[0-9A-Za-z]{6,}$/;

/** Replaces the parts of a path that differ between processes, pods or runs of a program by patterns. */
export function generalValue(value: string): General {
  const exact: General = { operator: "=", value };
  if (!value.startsWith("/") || SPECIAL.test(value)) return exact;
  let path = value.replace(NUMBERED, (_, folder: string) => folder + NUMBER);
  if (path.startsWith("/proc/")) path = path.replace(IN_PROCESS, (_, folder: string) => `/${folder}/${HEX}`);
  path = path.replace(UUID, HEX).replace(LONG_HEX, HEX);
  if (TEMPORARY.test(path)) path = path.split("/").map(generalName).join("/");
  return path === value ? exact : { operator: "glob", value: path };
}

function generalName(name: string): string {
  if (MKTEMP.test(name)) return name.replace(MKTEMP, "$1*");
  const [stem, extension] = [name.replace(/\.[a-z]{1,4}$/, ""), /\.[a-z]{1,4}$/.exec(name)?.[0] ?? ""];
  return RANDOM_END.test(stem) ? `${stem.replace(RANDOM_END, "*")}${extension}` : name;
}

/** Whether a value is the name of a connection or a socket. Their addresses and ports differ between connections. */
export function isConnection(value: string): boolean {
  return /->/.test(value) || /^[\d.:a-f[\]]*:\d{1,5}$/i.test(value);
}

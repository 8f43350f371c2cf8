/**
 * Strings that are special in a shell, URL, JSON, YAML, header, path or template. Actions have to treat them as data.
 */
export const hostile: Readonly<Record<string, string>> = {
  "a command substitution": "$(touch /tmp/eyas-was-here)",
  backticks: "`touch /tmp/eyas-was-here`",
  "the end of a command": "x; touch /tmp/eyas-was-here #",
  "a pipe and conjunctions": "x | tee y && z || w & ",
  redirections: "x > /tmp/eyas-was-here < /etc/passwd",
  "single quotes": "'; touch /tmp/eyas-was-here; '",
  "double quotes": '"; touch /tmp/eyas-was-here; "',
  "a variable": "$HOME ${PATH} $IFS %PATH%",
  "globs and a tilde": "~/* ?[a-z]{b,c}",
  backslashes: "\\n\\x00\\",
  "what looks like an option": "--help",
  "a short option": "-rf",
  "line ends": "a\r\nX-Injected: yes\r\n\r\nb",
  "a new line": "a\nb",
  tabs: "a\tb\u000bc",
  "control characters": "\u0001\u001b[31mred\u001b[0m\u0007",
  "a bidirectional override": "abc\u202etxt.exe",
  "parts of URLs": "a/b?c=d&e=f#g@h:80/%2e%2e/%00",
  "the way up": "../../../../etc/passwd",
  "an absolute path": "/etc/passwd",
  "a dot": ".",
  "two dots": "..",
  "the end of a JSON text": '"},"admin":true,"x":{"y":"',
  "a JSON escape": '\\u0022\\"',
  "a property of every object": "__proto__",
  "YAML's own": "a: &b [*c, !!js/function 'd'] # e\n- f",
  "a YAML document": "---\nkind: Pod\n...",
  "an XML entity": "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
  "a template": "{{.Secret}} ${{ env.X }} #{1+1} <%= 1 %>",
  "a replacement pattern": "$& $1 $$ $`",
  "an SQL text": "'; DROP TABLE alerts; --",
  "an LDAP filter": "*)(uid=*))(|(uid=*",
  "an address followed by other text": "10.0.0.1; flush ruleset",
  "an nft text": "1.2.3.4 } ; flush ruleset ; add table x {",
  "an @file": "@/etc/passwd",
  "a minus": "-",
  "nothing but blanks": "   ",
  "letters of many scripts": "naïve Ω 漢字 🦊",
  "a lone surrogate": "a\ud800b",
  "a long one": "x".repeat(5000),
};

/** The hostile strings that are valid file names. */
export const hostileFileNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(hostile).filter(
    ([, text]) => !text.includes("/") && text !== "." && text !== ".." && text.length < 200 && text.isWellFormed(),
  ),
);

// An action as a call one can copy, with the address this page was opened at.

/** The call in a shell. */
export function curl(origin: string, path: string, body: unknown, key: string): string {
  const text = JSON.stringify(body, null, 2).replaceAll("'", "'\\''");
  return `curl ${origin}${path} \\\n  -H 'API-Key: ${key}' \\\n  -d '${text}'`;
}

/** The call in Python, without any package. */
export function python(origin: string, path: string, body: unknown, key: string): string {
  return `import json
from urllib.request import Request, urlopen

body = ${literal(body, "")}
request = Request(
    "${origin}${path}",
    data=json.dumps(body).encode(),
    headers={"API-Key": "${key}"},
)
print(json.load(urlopen(request)))`;
}

function literal(value: unknown, indent: string): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  const deeper = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((one) => `${deeper}${literal(one, deeper)},\n`).join("");
    return `[\n${items}${indent}]`;
  }
  if (typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) return "{}";
    const items = entries
      .map(([name, one]) => `${deeper}${JSON.stringify(name)}: ${literal(one, deeper)},\n`)
      .join("");
    return `{\n${items}${indent}}`;
  }
  return JSON.stringify(value);
}

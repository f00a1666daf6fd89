/** One extra header of a webhook as it is edited. */
export interface HeaderRow {
  name: string;
  value: string;
}

// RFC 9110, section 5.6.2: a token.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The rows of a form for these headers. */
export function toRows(headers: Record<string, string>): HeaderRow[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}

/** The headers of these rows; empty rows are nothing. Null when a name is no header name. */
export function fromRows(rows: readonly HeaderRow[]): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const row of rows) {
    const name = row.name.trim();
    if (!name && !row.value.trim()) continue;
    if (!TOKEN.test(name)) return null;
    headers[name] = row.value.trim();
  }
  return headers;
}

/** Whether `text` is an address a webhook can go to. */
export function isAddress(text: string): boolean {
  try {
    const { protocol, hostname } = new URL(text);
    return (protocol === "https:" || protocol === "http:") && hostname !== "";
  } catch {
    return false;
  }
}

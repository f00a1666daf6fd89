// JSON schemas of the document, written as types one can read.

/** A JSON schema as it stands in the document. */
export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  deprecated?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** One part of a written type: text, or the name of an object described on the page. */
export interface TypePart {
  text: string;
  object: boolean;
}

// What msgspec writes as the limits of every integer says nothing to a reader.
const SAFE = Number.MAX_SAFE_INTEGER;

/** The name of the object a schema refers to, empty when it stands for itself. */
export function nameOf(schema: Schema | undefined): string {
  return schema?.$ref?.split("/").at(-1) ?? "";
}

/** The type of a schema in words; names of objects are remembered in `used`. */
export function typeOf(schema: Schema, used: Set<string>): TypePart[] {
  const name = nameOf(schema);
  if (name) {
    used.add(name);
    return [{ text: name, object: true }];
  }
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) {
    // Null stands for "not given" all over; the page says so once.
    const real = choices.filter((one) => one.type !== "null");
    return between(
      real.map((one) => typeOf(one, used)),
      " or ",
    );
  }
  if (schema.const !== undefined) return [{ text: JSON.stringify(schema.const), object: false }];
  if (schema.enum) {
    return [{ text: schema.enum.map((one) => JSON.stringify(one)).join(" · "), object: false }];
  }
  if (schema.type === "array") {
    return schema.items
      ? [{ text: "list of ", object: false }, ...typeOf(schema.items, used)]
      : [{ text: "list", object: false }];
  }
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return [{ text: "object of ", object: false }, ...typeOf(schema.additionalProperties, used)];
  }
  const plain = Array.isArray(schema.type)
    ? schema.type.filter((one) => one !== "null").join(" or ")
    : (schema.type ?? "any");
  return [{ text: schema.format ? `${plain} (${schema.format})` : plain, object: false }];
}

function between(parts: TypePart[][], glue: string): TypePart[] {
  return parts.flatMap((part, at) => (at === 0 ? part : [{ text: glue, object: false }, ...part]));
}

/** Limits and default of a schema, in words. */
export function notesOf(schema: Schema): string[] {
  const inner = schema.anyOf?.find((one) => one.type !== "null") ?? schema;
  const notes: string[] = [];
  const low = inner.minimum !== undefined && inner.minimum > -SAFE ? inner.minimum : undefined;
  const high = inner.maximum !== undefined && inner.maximum < SAFE ? inner.maximum : undefined;
  if (low !== undefined && high !== undefined) notes.push(`${low} to ${high}`);
  else if (low !== undefined) notes.push(`at least ${low}`);
  else if (high !== undefined) notes.push(`at most ${high}`);
  if (inner.maxLength !== undefined) notes.push(`at most ${inner.maxLength} characters`);
  if (inner.maxItems !== undefined) notes.push(`at most ${inner.maxItems} entries`);
  const fallback = schema.default;
  if (fallback !== undefined && fallback !== null && !isEmpty(fallback)) {
    notes.push(`default ${JSON.stringify(fallback)}`);
  }
  return notes;
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && Object.keys(value ?? {}).length === 0);
}

// Reads an OpenAPI 3.1 document into what the page shows. Only the parts our server writes are
// understood; what is missing is left out, so an unknown document never breaks the page.

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

interface Media {
  schema?: Schema;
}

interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  requestBody?: { content?: Record<string, Media> };
  responses?: Record<string, { description?: string; content?: Record<string, Media> }>;
  "x-extension"?: boolean;
}

export interface Document {
  info?: { title?: string; version?: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
  "x-status-codes"?: StatusCode[];
}

/** A number that answers carry in `status`, and the reasons that lead to it. */
export interface StatusCode {
  status: number;
  meaning: string;
  codes: string[];
}

/** One part of a written type: text, or the name of an object described on the page. */
export interface TypePart {
  text: string;
  object: boolean;
}

export interface Field {
  name: string;
  type: TypePart[];
  about: string;
  required: boolean;
  deprecated: boolean;
  /** Limits and default, in words. */
  notes: string[];
}

export interface Answer {
  status: string;
  about: string;
}

export interface Action {
  id: string;
  method: string;
  path: string;
  summary: string;
  about: string;
  extension: boolean;
  /** What the fields of the request stand in: `data`, or nothing. */
  inside: string;
  request: Field[];
  answer: Field[];
  answers: Answer[];
  requestExample: unknown;
  answerExample: unknown;
}

export interface Group {
  name: string;
  about: string;
  actions: Action[];
}

export interface ObjectType {
  name: string;
  about: string;
  fields: Field[];
}

export interface Reference {
  version: string;
  about: string;
  groups: Group[];
  objects: ObjectType[];
  statuses: StatusCode[];
}

// What msgspec writes as the limits of every integer says nothing to a reader.
const SAFE = Number.MAX_SAFE_INTEGER;
const DEEPEST_EXAMPLE = 6;

/** Everything the page shows of `document`. `today` is the day of the examples, YYYYMMDD. */
export function read(document: Document, today: number): Reference {
  const schemas = document.components?.schemas ?? {};
  const follow = (schema: Schema | undefined): Schema => {
    const name = nameOf(schema);
    return (name && schemas[name]) || schema || {};
  };
  const asked = new Set<string>();
  const answered = new Set<string>();

  // What is required matters to who writes a request; an answer simply has its fields.
  function fields(schema: Schema, used: Set<string>): Field[] {
    const whole = follow(schema);
    const required = new Set(used === asked ? whole.required : []);
    return Object.entries(whole.properties ?? {}).map(([name, property]) => ({
      name,
      type: typeOf(property, used),
      about: property.description ?? follow(property).description ?? "",
      required: required.has(name),
      deprecated: property.deprecated ?? false,
      notes: notesOf(property),
    }));
  }

  function action(path: string, method: string, operation: Operation): Action {
    const request = follow(json(operation.requestBody?.content));
    const data = request.properties?.["data"];
    const answer = follow(successOf(json(operation.responses?.["200"]?.content), schemas));
    return {
      id: operation.operationId ?? path,
      method: method.toUpperCase(),
      path,
      summary: operation.summary ?? "",
      about: operation.description ?? "",
      extension: operation["x-extension"] ?? false,
      inside: data ? "data" : "",
      request: fields(data ?? request, asked),
      answer: fields(answer, answered),
      answers: Object.entries(operation.responses ?? {}).map(([status, response]) => ({
        status,
        about: response.description ?? "",
      })),
      requestExample: data
        ? { data: example(data, follow, today, 0, true) }
        : example(request, follow, today, 0, true),
      answerExample: isFile(operation) ? null : example(answer, follow, today, 0, false),
    };
  }

  const found = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags?.[0] ?? "",
      action: action(path, method, operation),
    })),
  );
  const tags = new Set([...(document.tags ?? []).map((tag) => tag.name), ...found.map((one) => one.tag)]);
  const groups = [...tags].map((name) => ({
    name,
    about: document.tags?.find((tag) => tag.name === name)?.description ?? "",
    actions: found.filter((one) => one.tag === name).map((one) => one.action),
  }));
  return {
    version: document.info?.version ?? "",
    about: document.info?.description ?? "",
    groups: groups.filter((group) => group.actions.length > 0),
    objects: objects(schemas, asked, answered, fields),
    statuses: document["x-status-codes"] ?? [],
  };
}

// Objects named by a field, and those their own fields name; what is asked for comes first.
function objects(
  schemas: Record<string, Schema>,
  asked: Set<string>,
  answered: Set<string>,
  fields: (schema: Schema, used: Set<string>) => Field[],
): ObjectType[] {
  const done = new Map<string, ObjectType>();
  for (const used of [asked, answered]) {
    // A set takes up what is added while one walks over it.
    for (const name of used) {
      const schema = schemas[name];
      if (done.has(name) || !schema) continue;
      done.set(name, { name, about: schema.description ?? "", fields: fields(schema, used) });
    }
  }
  return [...done.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function json(content: Record<string, Media> | undefined): Schema | undefined {
  return content?.["application/json"]?.schema;
}

function isFile(operation: Operation): boolean {
  return Object.values(operation.responses?.["200"]?.content ?? {}).some(
    (media) => media.schema?.format === "binary",
  );
}

// Of "an answer or a refusal" the answer is shown; the refusal is the same for every action.
function successOf(
  schema: Schema | undefined,
  schemas: Record<string, Schema>,
): Schema | undefined {
  const choices = schema?.anyOf ?? schema?.oneOf;
  if (!choices) return schema;
  return choices.find((one) => {
    const status = (schemas[nameOf(one)] ?? one).properties?.["status"];
    return status?.maximum === undefined || status.maximum >= 0;
  });
}

function nameOf(schema: Schema | undefined): string {
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

function notesOf(schema: Schema): string[] {
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

// What a reader understands at once, by the name of the field.
function sample(name: string, today: number): unknown {
  const samples: Record<string, unknown> = {
    id: "65a1b2c3d4e5f60718293a4b",
    ids: ["65a1b2c3d4e5f60718293a4b"],
    day: today,
    from: today,
    until: today,
    worker: "wanda@example.com",
    workers: ["wanda@example.com"],
    account: "wanda@example.com",
    username: "wanda@example.com",
    email: "wanda@example.com",
    name: "Wanda Weber",
    uid: "h4863l",
    uids: ["h4863l"],
    uidSecondary: "ERP-20931",
    destinationName: "Boiler inspection",
    destinationText: "Rua de Cedofeita 12, Porto",
    destinationLat: 41.1512,
    destinationLng: -8.6185,
    contactName: "Marta Silva",
    contactPhone: "+351222001002",
    lat: 41.1512,
    lng: -8.6185,
    url: "https://erp.example/hook",
    reporttype: "jobs",
    status: 0,
  };
  return samples[name];
}

/** Which optional fields an example of a request shows, so that it does something sensible. */
const TELLING = new Set([
  "day",
  "worker",
  "destinationName",
  "destinationText",
  "destinationLat",
  "destinationLng",
  "name",
  "username",
  "lat",
  "lng",
]);

function example(
  schema: Schema,
  follow: (schema: Schema | undefined) => Schema,
  today: number,
  depth: number,
  asking: boolean,
): unknown {
  const whole = follow(schema);
  const given = schema.example ?? schema.examples?.[0] ?? whole.example ?? whole.examples?.[0];
  if (given !== undefined) return given;
  const inner = whole.anyOf?.find((one) => one.type !== "null") ?? whole.oneOf?.[0];
  if (inner) return example(inner, follow, today, depth, asking);
  if (whole.const !== undefined) return whole.const;
  if (whole.enum) return whole.enum[0];
  const type = Array.isArray(whole.type) ? whole.type[0] : whole.type;
  if (type === "array") {
    if (!whole.items || depth >= DEEPEST_EXAMPLE) return [];
    return [example(whole.items, follow, today, depth + 1, asking)];
  }
  if (type === "object" || whole.properties) {
    if (depth >= DEEPEST_EXAMPLE) return {};
    const required = new Set(whole.required ?? []);
    const shown = Object.entries(whole.properties ?? {}).filter(
      ([name, property]) =>
        !asking || required.has(name) || (TELLING.has(name) && !property.deprecated),
    );
    if (shown.length === 0 && typeof whole.additionalProperties === "object") {
      const value = example(whole.additionalProperties, follow, today, depth + 1, asking);
      return { "65a1b2c3d4e5f60718293a4b": value };
    }
    return Object.fromEntries(
      shown.map(([name, property]) => [
        name,
        sample(name, today) ??
          property.default ??
          example(property, follow, today, depth + 1, asking),
      ]),
    );
  }
  if (type === "integer" || type === "number") return 0;
  if (type === "boolean") return false;
  return "";
}

/** Groups with only what holds every word of `text`; fields count too. */
export function search(groups: readonly Group[], text: string): Group[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...groups];
  return groups
    .map((group) => ({
      ...group,
      actions: group.actions.filter((action) => {
        const hay = [
          group.name,
          action.id,
          action.summary,
          action.about,
          ...action.request.flatMap((field) => [field.name, field.about]),
          ...action.answer.map((field) => field.name),
        ]
          .join("\n")
          .toLowerCase();
        return wanted.every((word) => hay.includes(word));
      }),
    }))
    .filter((group) => group.actions.length > 0);
}

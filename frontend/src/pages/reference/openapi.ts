// Reads an OpenAPI 3.1 document into what the page shows. Only the parts our server writes are
// understood; what is missing is left out, so an unknown document never breaks the page.

import { example } from "./example";
import { nameOf, notesOf, type Schema, type TypePart, typeOf } from "./schema";

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

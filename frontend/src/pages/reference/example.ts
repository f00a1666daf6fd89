// Example values for a schema that name things a reader knows.

import type { Schema } from "./schema";

const DEEPEST_EXAMPLE = 6;

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

/**
 * A value of this schema. When `asking`, only what is required or tells something is given; `follow`
 * resolves references, `today` is the day, YYYYMMDD.
 */
export function example(
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

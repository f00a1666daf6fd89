import { expect, test } from "vitest";

import { type Document, read, search } from "./openapi";
import { typeOf } from "./schema";

const DOCUMENT: Document = {
  info: { version: "0.1.0", description: "Every action is a POST." },
  tags: [{ name: "Jobs" }, { name: "Empty" }],
  paths: {
    "/api/getjobs": {
      post: {
        operationId: "getjobs",
        tags: ["Jobs"],
        summary: "List jobs.",
        requestBody: {
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: { data: { $ref: "#/components/schemas/GetJobs" } },
              },
            },
          },
        },
        responses: {
          "200": {
            description: "Handled.",
            content: {
              "application/json": {
                schema: {
                  anyOf: [
                    { $ref: "#/components/schemas/Refused" },
                    { $ref: "#/components/schemas/Jobs" },
                  ],
                },
              },
            },
          },
          "413": { description: "Too large." },
        },
      },
    },
  },
  components: {
    schemas: {
      GetJobs: {
        type: "object",
        required: ["worker"],
        properties: {
          worker: { type: "string", description: "User name." },
          day: {
            anyOf: [{ type: "integer", minimum: -(2 ** 53), maximum: 2 ** 53 }, { type: "null" }],
            default: null,
          },
          limit: { type: "integer", minimum: 1, maximum: 500, default: 100 },
        },
      },
      Jobs: {
        type: "object",
        properties: {
          status: { type: "integer", default: 0 },
          jobs: { type: "array", items: { $ref: "#/components/schemas/WireJob" } },
        },
      },
      WireJob: {
        type: "object",
        required: ["id"],
        properties: {
          id: { type: "string" },
          fields: { type: "array", items: { $ref: "#/components/schemas/Field" } },
        },
      },
      Field: { type: "object", properties: { key: { type: "string" } } },
      Unused: { type: "object" },
      Refused: {
        type: "object",
        properties: { status: { type: "integer", maximum: -1 } },
      },
    },
  },
  "x-status-codes": [{ status: -1, meaning: "Format error.", codes: ["bad_format"] }],
};

const REFERENCE = read(DOCUMENT, 20261123);
const GETJOBS = REFERENCE.groups[0]!.actions[0]!;

test("groups without actions are not shown", () => {
  expect(REFERENCE.groups.map((group) => group.name)).toEqual(["Jobs"]);
});

test("the fields of data are the fields of the request", () => {
  expect(GETJOBS.inside).toBe("data");
  expect(GETJOBS.request.map((field) => field.name)).toEqual(["worker", "day", "limit"]);
  expect(GETJOBS.request.map((field) => field.required)).toEqual([true, false, false]);
});

test("limits that say nothing are left out", () => {
  expect(GETJOBS.request[1]!.notes).toEqual([]);
  expect(GETJOBS.request[2]!.notes).toEqual(["1 to 500", "default 100"]);
});

test("the answer is shown, not the refusal", () => {
  expect(GETJOBS.answer.map((field) => field.name)).toEqual(["status", "jobs"]);
  expect(GETJOBS.answer[1]!.type.map((part) => part.text).join("")).toBe("list of WireJob");
});

test("objects are described once, with those inside of them", () => {
  expect(REFERENCE.objects.map((one) => one.name)).toEqual(["Field", "WireJob"]);
});

test("only what one writes can be required", () => {
  expect(REFERENCE.objects.flatMap((one) => one.fields).some((field) => field.required)).toBe(false);
});

test("examples hold what is needed and what tells something", () => {
  expect(GETJOBS.requestExample).toEqual({
    data: { worker: "wanda@example.com", day: 20261123 },
  });
  expect(GETJOBS.answerExample).toEqual({
    status: 0,
    jobs: [{ id: "65a1b2c3d4e5f60718293a4b", fields: [{ key: "" }] }],
  });
});

test("every HTTP status and every status code is listed", () => {
  expect(GETJOBS.answers.map((answer) => answer.status)).toEqual(["200", "413"]);
  expect(REFERENCE.statuses[0]!.codes).toEqual(["bad_format"]);
});

test("fields are found as well as names", () => {
  expect(search(REFERENCE.groups, "user name")).toHaveLength(1);
  expect(search(REFERENCE.groups, "LIST jobs")).toHaveLength(1);
  expect(search(REFERENCE.groups, "places")).toHaveLength(0);
});

test.each([
  [{ type: "string", format: "uri" }, "string (uri)"],
  [{ type: ["string", "null"] }, "string"],
  [{ enum: [1, 2] }, "1 · 2"],
  [{ type: "object", additionalProperties: { type: "string" } }, "object of string"],
  [{ anyOf: [{ type: "array" }, { type: "object" }] }, "list or object"],
  [{}, "any"],
])("%o reads %o", (schema, expected) => {
  expect(
    typeOf(schema, new Set())
      .map((part) => part.text)
      .join(""),
  ).toBe(expected);
});

test("a document of another kind gives an empty page, not a broken one", () => {
  expect(read({}, 20261123)).toEqual({
    version: "",
    about: "",
    groups: [],
    objects: [],
    statuses: [],
  });
});

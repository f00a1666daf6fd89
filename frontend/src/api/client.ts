// The only place that calls the server. Every answer is one of ./types; every refusal is a Refused.

import type {
  AcceptInvitation,
  BaseMap,
  Board,
  Changed,
  Course,
  Deactivated,
  Deliveries,
  DeliveryDetail,
  DispatchDay,
  EditMember,
  Findings,
  HookSecret,
  Integrations,
  Invitation,
  Invited,
  InviteMember,
  JobDetail,
  JobQuote,
  LatestPlan,
  LogIn,
  MadeKey,
  MakeKey,
  MakePlan,
  MapsPage,
  MoveJob,
  NameTeam,
  PinJob,
  PlanCard,
  PlanPreview,
  PlanUndone,
  Problem,
  PutBack,
  PutPin,
  Received,
  Replayed,
  RouteLines,
  Session,
  SetHook,
  SoughtAgain,
  StartImport,
  Team,
  TeamMember,
  TeamPage,
  Unlocated,
  UnlocatedPage,
} from "./types";

/** The server said no and why. `status` is the HTTP status, `problem.message` is for people. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

/** No answer came: the server or the network is away. */
export class Away extends Error {}

let csrf = "";
let loggedOut = (): void => undefined;

/** Call `then` when the server no longer knows the session of a page that had one. */
export function whenLoggedOut(then: () => void): void {
  loggedOut = then;
}

let serverAhead_ms = 0;

/** Milliseconds the server's clock is ahead of this machine's, to a second. */
export function clockOffset_ms(): number {
  return serverAhead_ms;
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const raw = body instanceof Blob;
  if (body !== undefined) {
    headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  }
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
  } catch (error) {
    throw new Away("no answer", { cause: error });
  }
  rememberClock(response);
  if (!response.ok) throw await refusal(response);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

function rememberClock(response: Response): void {
  const date = Date.parse(response.headers.get("date") ?? "");
  // The header counts whole seconds, so a difference below one says nothing.
  if (!Number.isNaN(date)) {
    const ahead = date - Date.now();
    serverAhead_ms = Math.abs(ahead) < 2000 ? 0 : ahead;
  }
}

async function refusal(response: Response): Promise<Error> {
  try {
    const problem = (await response.json()) as Problem;
    if (typeof problem.message === "string") {
      if (response.status === 401) loggedOut();
      return new Refused(response.status, problem);
    }
  } catch {
    // A proxy in between answers with a page of its own.
  }
  if (response.status >= 502) return new Away(`status ${response.status}`);
  return new Refused(response.status, { code: "", message: "", field: "", requestId: "" });
}

function keep(session: Session): Session {
  csrf = session.csrf;
  return session;
}

const segment = encodeURIComponent;
// What the server takes of a text that is looked for.
const SEARCH_LENGTH = 200;
const among = (members: readonly string[]): string =>
  members.length > 0 ? `&members=${members.map(segment).join(",")}` : "";

export const server = {
  session: async () => keep(await call<Session>("GET", "/web/session")),
  logIn: async (body: LogIn) => keep(await call<Session>("POST", "/web/login", body)),
  logOut: () => call<undefined>("POST", "/web/logout", {}),
  board: (day: number) => call<Board>("GET", `/web/board?day=${day}`),
  baseMap: () => call<BaseMap>("GET", "/web/basemap"),
  course: (member: string, day: number) =>
    call<Course>("GET", `/web/members/${segment(member)}/course?day=${day}`),
  job: (id: string) => call<JobDetail>("GET", `/web/jobs/${segment(id)}`),
  search: (
    text: string,
    asked: { onlyAddresses: boolean; day: number; at: { lat: number; lng: number } | null },
  ) => {
    const query = new URLSearchParams({ q: text.slice(0, SEARCH_LENGTH) });
    if (asked.onlyAddresses) query.set("only", "address");
    if (asked.day) query.set("day", String(asked.day));
    if (asked.at) {
      query.set("lat", asked.at.lat.toFixed(5));
      query.set("lng", asked.at.lng.toFixed(5));
    }
    return call<Findings>("GET", `/web/search?${query.toString()}`);
  },
  unlocated: () => call<UnlocatedPage>("GET", "/web/unlocated"),
  seekAgain: () => call<SoughtAgain>("POST", "/web/unlocated/again", {}),
  putPin: (kind: string, id: string, body: PutPin) =>
    call<Unlocated>("PUT", `/web/pins/${segment(kind)}/${segment(id)}`, body),
  takeBackPin: (kind: string, id: string) =>
    call<Unlocated>("DELETE", `/web/pins/${segment(kind)}/${segment(id)}`),
  dispatchDay: (day: number, members: readonly string[] = []) =>
    call<DispatchDay>("GET", `/web/dispatch/day?day=${day}${among(members)}`),
  lines: (day: number, members: readonly string[] = []) =>
    call<RouteLines>("GET", `/web/dispatch/lines?day=${day}${among(members)}`),
  quote: (job: string, day: number) =>
    call<JobQuote>("GET", `/web/dispatch/quote?job=${segment(job)}&day=${day}`),
  moveJob: (body: MoveJob) => call<Changed>("POST", "/web/dispatch/move", body),
  putBack: (body: PutBack) => call<Changed>("POST", "/web/dispatch/undo", body),
  makePlan: (body: MakePlan) => call<PlanCard>("POST", "/web/dispatch/plans", body),
  latestPlan: (day: number) => call<LatestPlan>("GET", `/web/dispatch/plans?day=${day}`),
  plan: (id: string) => call<PlanPreview>("GET", `/web/dispatch/plans/${segment(id)}`),
  applyPlan: (id: string) => call<PlanCard>("POST", `/web/dispatch/plans/${segment(id)}/apply`, {}),
  cancelPlan: (id: string) =>
    call<PlanCard>("POST", `/web/dispatch/plans/${segment(id)}/cancel`, {}),
  undoPlan: (id: string) => call<PlanUndone>("POST", `/web/dispatch/plans/${segment(id)}/undo`, {}),
  pinJob: (id: string, body: PinJob) =>
    call<undefined>("PUT", `/web/dispatch/pins/${segment(id)}`, body),
  integrations: () => call<Integrations>("GET", "/web/integrations"),
  switchApi: (on: boolean) => call<undefined>("PUT", "/web/integrations/enabled", { on }),
  makeKey: (body: MakeKey) => call<MadeKey>("POST", "/web/keys", body),
  revokeKey: (id: string) => call<undefined>("DELETE", `/web/keys/${segment(id)}`),
  setHook: (event: string, body: SetHook) =>
    call<undefined>("PUT", `/web/hooks/${segment(event)}`, body),
  makeHookSecret: (event: string) =>
    call<HookSecret>("POST", `/web/hooks/${segment(event)}/secret`, {}),
  testHook: (event: string) => call<undefined>("POST", `/web/hooks/${segment(event)}/test`, {}),
  deliveries: (event: string, before = "") =>
    call<Deliveries>("GET", `/web/hooks/${segment(event)}/deliveries?before=${segment(before)}`),
  delivery: (event: string, id: string) =>
    call<DeliveryDetail>("GET", `/web/hooks/${segment(event)}/deliveries/${segment(id)}`),
  replay: (event: string, ids: string[]) =>
    call<Replayed>("POST", `/web/hooks/${segment(event)}/replay`, { ids }),
  team: () => call<TeamPage>("GET", "/web/team"),
  inviteMember: (body: InviteMember) => call<Invited>("POST", "/web/team/members", body),
  editMember: (id: string, body: EditMember) =>
    call<TeamMember>("PUT", `/web/team/members/${segment(id)}`, body),
  deactivateMember: (id: string) =>
    call<Deactivated>("DELETE", `/web/team/members/${segment(id)}`),
  inviteAgain: (id: string) =>
    call<Invited>("POST", `/web/team/members/${segment(id)}/invitation`, {}),
  bringBack: (id: string) => call<Invited>("POST", `/web/team/members/${segment(id)}/return`, {}),
  addTeam: (body: NameTeam) => call<Team[]>("POST", "/web/team/teams", body),
  renameTeam: (id: number, body: NameTeam) => call<Team[]>("PUT", `/web/team/teams/${id}`, body),
  removeTeam: (id: number) => call<Team[]>("DELETE", `/web/team/teams/${id}`),
  maps: () => call<MapsPage>("GET", "/web/maps"),
  startImport: (body: StartImport) => call<undefined>("POST", "/web/maps/import", body),
  cancelImport: () => call<undefined>("POST", "/web/maps/cancel", {}),
  removeRegion: (name: string) => call<undefined>("DELETE", `/web/maps/regions/${segment(name)}`),
  uploadPiece: (name: string, piece: Blob, offset: number, size: number) =>
    call<Received>(
      "PUT",
      `/web/maps/files/${segment(name)}?offset=${offset}&size=${size}`,
      piece,
    ),
  removeMapFile: (name: string) => call<undefined>("DELETE", `/web/maps/files/${segment(name)}`),
  invitation: (token: string) => call<Invitation>("GET", `/web/invitations/${segment(token)}`),
  acceptInvitation: async (token: string, body: AcceptInvitation) =>
    keep(await call<Session>("POST", `/web/invitations/${segment(token)}`, body)),
  openapi: () => call<unknown>("GET", "/api/openapi.json"),
};

// What the browser app and the server say to each other. Made by scripts/make_web_types.py from
// roundsman/web/shapes/: change it there and run the script again.

/**
 * Body of `POST /web/login`.
 */
export interface LogIn {
  username: string;
  password: string;
}

/**
 * Who is looking, and what they may do.
 */
export interface Viewer {
  id: string;
  name: string;
  username: string;
  role: string;
  mayDispatch: boolean;
  mayIntegrate: boolean;
  mayManageMembers: boolean;
  mayManageCompany: boolean;
}

/**
 * The company of the viewer; `lat`/`lng` is where an empty map starts.
 */
export interface CompanyCard {
  id: string;
  name: string;
  timezone: string;
  lat: number;
  lng: number;
  unitDistance: string;
  unitTime: string;
  today: number;
  demo: boolean;
}

/**
 * Answer of `GET /web/session` and `POST /web/login`: `csrf` goes back as `X-CSRF-Token`.
 */
export interface Session {
  csrf: string;
  viewer: Viewer;
  company: CompanyCard;
}

/**
 * Answer of `GET /web/invitations/{token}`.
 */
export interface Invitation {
  name: string;
  username: string;
  company: string;
}

/**
 * Body of `POST /web/invitations/{token}`; the answer is a Session.
 */
export interface AcceptInvitation {
  password: string;
}

/**
 * The body of every refusal of this surface, with a fitting HTTP status.
 *
 * `code` is one of `docs/errors.md`, `message` a sentence for people, `field` the field meant.
 */
export interface Problem {
  code: string;
  message: string;
  field: string;
  requestId: string;
}

/**
 * The last known position of a member. `ts` is the time of the fix on the device.
 */
export interface Here {
  lat: number;
  lng: number;
  ts: number;
  accuracy: number;
  speed: number;
  heading: number;
}

/**
 * A member on the board.
 *
 * `moving` is one of ontheway, idling, halted, offduty or empty; `freshness` one of live, recent,
 * stale, offline or none; `at` names the job or place the member is inside, or is empty.
 */
export interface MemberCard {
  id: string;
  name: string;
  role: string;
  color: string;
  teams: number[];
  phone: string;
  moving: string;
  movingSince: number;
  freshness: string;
  battery: number;
  charging: boolean;
  at: string;
  here: Here | null;
}

/**
 * A job of the day on the board.
 *
 * `progress` is one of unassigned, scheduled, accepted, rejected, in_progress, left, done, issue.
 * `member` is a member's id or empty, `helpers` are ids of members. `windowStart`/`windowEnd` are
 * minutes since midnight, 0 and 1440 where open. `lat`/`lng` are null without a position. `eta` is
 * when the member is expected, `etaLow` to `etaHigh` its range, all 0 where nobody is. `carried`
 * is how often the job was carried over, `pinned` names what no automatic step changes: person,
 * position, time.
 */
export interface JobCard {
  id: string;
  title: string;
  address: string;
  lat: number | null;
  lng: number | null;
  radius: number;
  member: string;
  helpers: string[];
  team: number;
  number: number;
  priority: number;
  kind: string;
  progress: string;
  windowStart: number;
  windowEnd: number;
  onSiteSeconds: number;
  scheduledStart: number;
  scheduledEnd: number;
  checkIn: number;
  checkOut: number;
  done: number;
  eta: number;
  etaLow: number;
  etaHigh: number;
  carried: number;
  contactName: string;
  contactPhone: string;
  note: string;
  reply: string;
  pinned: string[];
}

/**
 * A team of the company.
 */
export interface TeamCard {
  id: number;
  name: string;
}

/**
 * Answer of `GET /web/board?day=YYYYMMDD`: everything the live map shows, in one answer.
 *
 * `seq` is the number of the newest live frame already contained.
 */
export interface Board {
  seq: number;
  day: number;
  members: MemberCard[];
  jobs: JobCard[];
  teams: TeamCard[];
}

/**
 * One message of the websocket `/web/live?day=YYYYMMDD&seq=n`: what changed since the last one.
 *
 * Members and jobs replace those of the same id; `goneJobs` are no longer on this day.
 */
export interface Frame {
  type: "frame";
  seq: number;
  members: MemberCard[];
  jobs: JobCard[];
  goneJobs: string[];
}

/**
 * One entry of a job's history. `means` is one of api, web, geofence, system, app.
 *
 * `day` is the day that a job was carried over from, 0 in other entries.
 */
export interface Step {
  at: number;
  what: string;
  who: string;
  means: string;
  day: number;
}

/**
 * Answer of `GET /web/members/{id}/course?day=`: the driven line of the day (polyline, 5).
 */
export interface Course {
  encoded: string;
  distance: number;
  stops: Here[];
}

/**
 * Answer of `GET /web/jobs/{id}`.
 */
export interface JobDetail {
  job: JobCard;
  history: Step[];
  customFields: [string, string][];
}

/**
 * One job in somebody's day.
 *
 * `travelSeconds` and `metres` are of the way to it; work begins at `start`, after waiting where
 * that is later than `arrive`. `lateSeconds` counts from the end of its time window. A `settled`
 * stop has begun or ended and is as it happened.
 */
export interface StopCard {
  job: JobCard;
  settled: boolean;
  arrive: number;
  start: number;
  leave: number;
  travelSeconds: number;
  metres: number;
  lateSeconds: number;
}

/**
 * What somebody's day breaks, at which job (empty: as a whole), and by how much.
 *
 * `kind` is one of time_window, working_hours, capacity, unreachable, no_location, pinned, skill
 * or another constraint of the planner; `by` is in seconds, units of load or items of its kind.
 */
export interface Trouble {
  kind: string;
  job: string;
  by: number;
}

/**
 * Somebody's day. `works` is false on a day off; `ends` is 0 where nothing ends the day.
 *
 * What is still to be done is driven from `depart` to `finish`; the sums are of that.
 * `home` and `back` are where the route starts and ends, as latitude and longitude.
 */
export interface PersonDay {
  id: string;
  name: string;
  color: string;
  teams: number[];
  mode: string;
  works: boolean;
  begins: number;
  ends: number;
  depart: number;
  finish: number;
  home: [number, number] | null;
  back: [number, number] | null;
  stops: StopCard[];
  metres: number;
  drivingSeconds: number;
  waitingSeconds: number;
  serviceSeconds: number;
  lateSeconds: number;
  overtimeSeconds: number;
  troubles: Trouble[];
}

/**
 * Answer of `GET /web/dispatch/day?day=YYYYMMDD&members=a,b`.
 *
 * `unassigned` are the jobs of the day that nobody has, `undated` those without person and day.
 * With `members` only their days are in the answer. `editable` is false for a day that is over.
 * `roads` names whose travel times these are, `note` why not streets.
 */
export interface DispatchDay {
  day: number;
  midnight: number;
  editable: boolean;
  people: PersonDay[];
  unassigned: JobCard[];
  undated: JobCard[];
  teams: TeamCard[];
  roads: string;
  note: string;
  attribution: string;
}

/**
 * The way of somebody's day on the map (polyline, 5); `roads` tells whose way it is.
 */
export interface RouteLine {
  member: string;
  encoded: string;
  roads: string;
}

/**
 * Answer of `GET /web/dispatch/lines?day=YYYYMMDD&members=a,b`.
 */
export interface RouteLines {
  lines: RouteLine[];
}

/**
 * What a job adds before the open job `before` (empty: at the end).
 *
 * `lateSeconds` is lateness at all stops and overtime together; `arrive` when the job is reached;
 * `breaks` names constraints it breaks or breaks more.
 */
export interface Option {
  before: string;
  drivingSeconds: number;
  metres: number;
  lateSeconds: number;
  arrive: number;
  breaks: string[];
}

/**
 * Somebody's options for a job, one for each place in what is open of their day.
 */
export interface Offer {
  member: string;
  options: Option[];
}

/**
 * Answer of `GET /web/dispatch/quote?job=&day=YYYYMMDD`.
 *
 * `saved` is what the job costs where it is on that day now, null when it is with nobody. A job
 * without a position has no offers.
 */
export interface JobQuote {
  job: string;
  day: number;
  offers: Offer[];
  saved: Option | null;
}

/**
 * Body of `POST /web/dispatch/move`: into whose day, before which open job (empty: the end).
 *
 * An empty `member` takes the job from whoever has it.
 */
export interface MoveJob {
  job: string;
  member: string;
  day: number;
  before: string;
}

/**
 * Where a job stands: whose (empty: nobody's), on which day (0: none), under which number.
 */
export interface JobPlace {
  job: string;
  member: string;
  day: number;
  number: number;
}

/**
 * Body of `POST /web/dispatch/undo`: jobs stand as expected and shall stand as wanted.
 */
export interface PutBack {
  expected: JobPlace[];
  wanted: JobPlace[];
}

/**
 * The members whose day a change touched.
 */
export interface ChangedDay {
  day: number;
  people: PersonDay[];
}

/**
 * Answer of a change: where the jobs it touched stood and stand, and the days it touched.
 *
 * `before` and `after` are what `undo` takes back and brings again.
 */
export interface Changed {
  before: JobPlace[];
  after: JobPlace[];
  days: ChangedDay[];
}

/**
 * Body of `POST /web/dispatch/plans`: the day that is planned anew; nothing changes by it.
 *
 * `keep` is what stays of the plan there is: nothing, assignment or everything.
 */
export interface MakePlan {
  day: number;
  keep: string;
}

/**
 * What a day amounts to, of what has not begun yet.
 */
export interface PlanSums {
  jobs: number;
  metres: number;
  drivingSeconds: number;
  waitingSeconds: number;
  workSeconds: number;
  lateSeconds: number;
  overtimeSeconds: number;
}

/**
 * A job that fits nowhere, and why.
 *
 * `member` comes closest (empty: nobody can be asked): the bound of the reason breaks there `by`
 * so many seconds, metres, jobs or items; the job adds `adds` seconds to the way, null unknown.
 */
export interface LeftOut {
  job: string;
  reason: string;
  member: string;
  by: number;
  adds: number | null;
}

/**
 * How far a plan is: waiting, running, done, failed, cancelled, applied or undone.
 *
 * `before` and `after` are null until there is a plan. `problem` says why it has none.
 */
export interface PlanCard {
  id: string;
  day: number;
  state: string;
  keep: string;
  elapsedMs: number;
  iterations: number;
  problem: string;
  before: PlanSums | null;
  after: PlanSums | null;
  unservedBefore: number;
  leftOut: LeftOut[];
  changed: number;
}

/**
 * Answer of `GET /web/dispatch/plans/{id}`: a plan, and the day as it would be with it.
 *
 * `people`, `unassigned` and `lines` are empty until there is a plan.
 */
export interface PlanPreview {
  plan: PlanCard;
  people: PersonDay[];
  unassigned: JobCard[];
  lines: RouteLine[];
}

/**
 * Answer of `GET /web/dispatch/plans?day=`: the newest plan of a day, null where none is.
 */
export interface LatestPlan {
  plan: PlanCard | null;
}

/**
 * Answer of `POST /web/dispatch/plans/{id}/undo`.
 *
 * `kept` counts jobs that somebody has changed since and that stay as they are.
 */
export interface PlanUndone {
  plan: PlanCard;
  kept: number;
}

/**
 * Body of `PUT /web/dispatch/pins/{job}`: what no automatic step may change of a job.
 */
export interface PinJob {
  person: boolean;
  position: boolean;
  time: boolean;
}

/**
 * Something that was found. `kind` is one of address, place, job, person.
 *
 * `id` is that of the place, job or member; `state` says how well an address was found: exact,
 * street or town. `lat`/`lng` are null where nobody knows where it is; `day` is 0 but for jobs.
 */
export interface Found {
  kind: string;
  id: string;
  title: string;
  about: string;
  state: string;
  lat: number | null;
  lng: number | null;
  day: number;
}

/**
 * Answer of `GET /web/search?q=&day=&lat=&lng=&only=address`, the likeliest of a kind first.
 */
export interface Findings {
  found: Found[];
  attribution: string;
}

/**
 * A job or place whose position a person should look at. `kind` is one of job, place.
 *
 * `state` is one of street, town, failed, outdated, and hand where somebody has put it right.
 */
export interface Unlocated {
  kind: string;
  id: string;
  title: string;
  address: string;
  state: string;
  lat: number | null;
  lng: number | null;
  day: number;
}

/**
 * Answer of `GET /web/unlocated`. `waiting` addresses are still to be looked for.
 *
 * `complete` is false where more than these are to be looked at.
 */
export interface UnlocatedPage {
  items: Unlocated[];
  waiting: number;
  complete: boolean;
}

/**
 * Body of `PUT /web/pins/{kind}/{id}`, which answers the job or place as it is then.
 */
export interface PutPin {
  lat: number;
  lng: number;
}

/**
 * Answer of `POST /web/unlocated/again`: how many addresses are looked for once more.
 */
export interface SoughtAgain {
  count: number;
}

/**
 * A rectangle of degrees.
 */
export interface MapFrame {
  west: number;
  south: number;
  east: number;
  north: number;
}

/**
 * Answer of `GET /web/basemap`: where tiles are; `tiles` is empty when no map is imported.
 */
export interface BaseMap {
  tiles: string;
  maxZoom: number;
  frame: MapFrame | null;
  attribution: string;
}

/**
 * An imported extract. `problem` says what is wrong with it, or nothing.
 */
export interface MapRegion {
  name: string;
  file: string;
  dataAt: string;
  importedAt: number;
  bytes: number;
  streets: number;
  houses: number;
  modes: string[];
  baseMap: boolean;
  problem: string;
}

/**
 * The import at work, or how the last one ended.
 *
 * `state` is running, done, failed, cancelled or interrupted; `percent` is that of the step.
 */
export interface MapWork {
  name: string;
  file: string;
  modes: string[];
  state: string;
  done: number;
  steps: number;
  what: string;
  percent: number | null;
  started: number;
  said: number;
  message: string;
}

/**
 * A file on the server that can be imported; it is whole when `bytes` is `size`.
 */
export interface MapFile {
  name: string;
  bytes: number;
  size: number;
  changed: number;
}

/**
 * Answer of `GET /web/maps`. `why_not` says why the viewer may only look, or nothing.
 */
export interface MapsPage {
  whyNot: string;
  regions: MapRegion[];
  unfinished: string[];
  work: MapWork | null;
  files: MapFile[];
  folder: string;
  free: number;
  uploadLimit: number;
  piece: number;
  modes: string[];
  attribution: string;
}

/**
 * Body of `POST /web/maps/import`: a file that waits, and the travel modes to build for.
 *
 * An empty name is made from that of the file.
 */
export interface StartImport {
  file: string;
  name: string;
  modes: string[];
}

/**
 * Answer of `PUT /web/maps/files/{name}`: how many bytes of the file are there.
 */
export interface Received {
  bytes: number;
}

/**
 * A member on the team page.
 *
 * `state` is active, suspended or deactivated. `seen` is the time of the last position the viewer
 * may know of. `invitation` is open, expired or empty, where none was made or it was used;
 * `invitedUntil` is when it ends or ended. `mayEdit` tells whether the viewer may change the
 * profile.
 */
export interface TeamMember {
  id: string;
  name: string;
  username: string;
  role: string;
  color: string;
  phone: string;
  teams: number[];
  state: string;
  seen: number;
  freshness: string;
  invitation: string;
  invitedUntil: number;
  mayEdit: boolean;
}

/**
 * A team on the team page; `members` counts the active ones.
 */
export interface Team {
  id: number;
  name: string;
  members: number;
}

/**
 * Answer of `GET /web/team`: members by name, those who were deactivated for managers only.
 */
export interface TeamPage {
  members: TeamMember[];
  teams: Team[];
  mayManage: boolean;
  sendsMail: boolean;
}

/**
 * Body of `POST /web/team/members`: whom to invite. `role` is worker, operator or admin.
 */
export interface InviteMember {
  name: string;
  username: string;
  phone: string;
  role: string;
  teams: number[];
}

/**
 * Answer where somebody was invited: the link, shown once, and whether a mail carries it.
 */
export interface Invited {
  member: TeamMember;
  url: string;
  mailed: boolean;
}

/**
 * Body of `PUT /web/team/members/{id}`: what the member is to be.
 */
export interface EditMember {
  name: string;
  phone: string;
  color: string;
  role: string;
  teams: number[];
}

/**
 * Answer of `DELETE /web/team/members/{id}`: how many jobs nobody has any more.
 */
export interface Deactivated {
  member: TeamMember;
  released: number;
}

/**
 * Body of `POST /web/team/teams` and `PUT /web/team/teams/{id}`.
 */
export interface NameTeam {
  name: string;
}

/**
 * An API key as it is shown: never the secret, only its first six characters.
 */
export interface Key {
  id: string;
  hint: string;
  label: string;
  member: string;
  memberName: string;
  created: number;
  lastUsed: number;
  revoked: number;
}

/**
 * A webhook setting: one URL per event key.
 */
export interface Hook {
  event: string;
  url: string;
  headers: Record<string, string>;
  lastStatus: number;
  lastAttempt: number;
  pending: number;
  failed: number;
}

/**
 * A member a key can be made for.
 */
export interface MemberChoice {
  id: string;
  name: string;
  role: string;
}

/**
 * Answer of `GET /web/integrations`.
 */
export interface Integrations {
  enabled: boolean;
  baseUrl: string;
  keys: Key[];
  hooks: Hook[];
  members: MemberChoice[];
}

/**
 * Body of `PUT /web/integrations/enabled`.
 */
export interface Switch {
  on: boolean;
}

/**
 * Body of `POST /web/keys`.
 */
export interface MakeKey {
  label: string;
  member: string;
}

/**
 * Answer of `POST /web/keys`: the only time the secret is shown.
 */
export interface MadeKey {
  key: Key;
  secret: string;
}

/**
 * Body of `PUT /web/hooks/{event}`; an empty `url` switches the event off.
 */
export interface SetHook {
  url: string;
  headers: Record<string, string>;
}

/**
 * Answer of `POST /web/hooks/{event}/secret`: a new signing secret, shown once.
 */
export interface HookSecret {
  secret: string;
}

/**
 * One call of a receiver: its HTTP status, or 0 and why none came, after `took` ms.
 */
export interface Attempt {
  at: number;
  number: number;
  status: number;
  error: string;
  took: number;
}

/**
 * A line of the delivery log.
 *
 * `state` is waiting, delivered, dead or off; `due` is when it is tried (again), 0 when not;
 * `subject` is the id of what it tells of.
 */
export interface Delivery {
  id: string;
  action: string;
  subject: string;
  state: string;
  attempts: number;
  status: number;
  error: string;
  created: number;
  due: number;
  done: number;
}

/**
 * Answer of `GET /web/hooks/{event}/deliveries?before=`: newest first.
 *
 * `more` tells whether there are older ones: ask again with `before`, the id of the last line.
 */
export interface Deliveries {
  lines: Delivery[];
  more: boolean;
}

/**
 * Answer of `GET /web/hooks/{event}/deliveries/{id}`: what is sent, and every attempt.
 */
export interface DeliveryDetail {
  delivery: Delivery;
  contentType: string;
  body: string;
  attempts: Attempt[];
}

/**
 * Body of `POST /web/hooks/{event}/replay`: deliveries to send once more.
 */
export interface Replay {
  ids: string[];
}

/**
 * Answer of `POST /web/hooks/{event}/replay`: how many were put on their way.
 */
export interface Replayed {
  count: number;
}

// Cards for unit tests: everything empty, then what the test is about.

import type { JobCard, MemberCard } from "../api/types";

export function someJob(given: Partial<JobCard> = {}): JobCard {
  return {
    id: "65a1b2c3d4e5f60718293a4b",
    title: "Boiler inspection",
    address: "",
    lat: null,
    lng: null,
    radius: 100,
    member: "",
    team: 0,
    number: 0,
    priority: 5,
    kind: "work",
    progress: "unassigned",
    windowStart: 0,
    windowEnd: 1440,
    onSiteSeconds: 720,
    scheduledStart: 0,
    scheduledEnd: 0,
    checkIn: 0,
    checkOut: 0,
    done: 0,
    helpers: [],
    eta: 0,
    etaLow: 0,
    etaHigh: 0,
    carried: 0,
    contactName: "",
    contactPhone: "",
    note: "",
    reply: "",
    pinned: [],
    ...given,
  };
}

export function someMember(given: Partial<MemberCard> = {}): MemberCard {
  return {
    id: "wanda1",
    name: "Wanda Weber",
    role: "worker",
    color: "#0b6e75",
    teams: [],
    phone: "",
    moving: "",
    movingSince: 0,
    freshness: "none",
    battery: -1,
    charging: false,
    at: "",
    here: null,
    ...given,
  };
}

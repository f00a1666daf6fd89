// Members as discs with initials. They are elements of the page, not of the canvas: at fifty they
// cost little and take colour, text and pointer from the style sheet.

import "./members.css";

import { type Map as Engine, Marker } from "maplibre-gl";

import type { MemberCard } from "../../api/types";
import { freshness } from "../../state/freshness";
import { duration, initials } from "../../words/format";
import { inkOn, safeColor } from "../colors";
import { type Glide, glideTo, isOver, positionAt, standing } from "../glide";
import type { Position } from "../polyline";
import type { MapLayer, Scene } from "../scene";

const MOVING_MPS = 1.5;

export interface MemberEvents {
  click(id: string): void;
  hover(id: string | null): void;
}

interface Figure {
  marker: Marker;
  element: HTMLButtonElement;
  disc: HTMLElement;
  name: HTMLElement;
  age: HTMLElement;
  heading: SVGElement;
  glide: Glide;
  turned: number;
}

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

export function members(events: MemberEvents): MapLayer {
  const figures = new Map<string, Figure>();
  let running = 0;

  function step(now: number): void {
    let open = false;
    for (const figure of figures.values()) {
      if (figure.glide.length === 0) continue;
      figure.marker.setLngLat(positionAt(figure.glide, now));
      if (isOver(figure.glide, now)) figure.glide = standing(figure.glide.to, figure.glide.start);
      else open = true;
    }
    running = open ? requestAnimationFrame(step) : 0;
  }

  return {
    add() {
      // Markers live above every ground.
    },

    update(map, scene) {
      const now = performance.now();
      const present = new Set<string>();
      for (const member of scene.members) {
        if (!member.here) continue;
        present.add(member.id);
        const at: Position = [member.here.lng, member.here.lat];
        let figure = figures.get(member.id);
        if (!figure) {
          figure = build(map, member.id, at, now, events);
          figures.set(member.id, figure);
        }
        if (figure.glide.to[0] !== at[0] || figure.glide.to[1] !== at[1]) {
          figure.glide = calm.matches ? standing(at, now) : glideTo(figure.glide, at, now);
          if (figure.glide.length === 0) figure.marker.setLngLat(at);
        }
        dress(figure, member, scene);
      }
      for (const [id, figure] of figures) {
        if (present.has(id)) continue;
        figure.marker.remove();
        figures.delete(id);
      }
      if (!running) running = requestAnimationFrame(step);
    },

    remove() {
      cancelAnimationFrame(running);
      running = 0;
      for (const figure of figures.values()) figure.marker.remove();
      figures.clear();
    },
  };
}

function build(
  map: Engine,
  id: string,
  at: Position,
  now: number,
  events: MemberEvents,
): Figure {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "member";
  // The list beside the map offers the same people to the keyboard.
  element.tabIndex = -1;
  element.innerHTML =
    '<svg class="member-heading" viewBox="0 0 50 50" aria-hidden="true"><path d="M25 1.2 33.5 13.4a14.6 14.6 0 0 0-17 0z"/></svg>' +
    '<span class="member-disc"></span><span class="member-age"></span><span class="member-name"></span>';
  element.addEventListener("click", (event) => {
    event.stopPropagation();
    events.click(id);
  });
  element.addEventListener("pointerenter", (event) => {
    // A finger does not hover.
    if (event.pointerType === "mouse") events.hover(id);
  });
  element.addEventListener("pointerleave", () => events.hover(null));
  const part = (name: string): HTMLElement => element.querySelector<HTMLElement>(`.${name}`)!;
  return {
    marker: new Marker({ element, anchor: "center" }).setLngLat(at).addTo(map),
    element,
    disc: part("member-disc"),
    name: part("member-name"),
    age: part("member-age"),
    heading: element.querySelector<SVGElement>(".member-heading")!,
    glide: standing(at, now),
    turned: 0,
  };
}

function dress(figure: Figure, member: MemberCard, scene: Scene): void {
  const { element } = figure;
  const fresh = freshness(member.here?.ts, scene.now);
  const tint = safeColor(member.color);
  const chosen = scene.chosen?.kind === "member" && scene.chosen.id === member.id;
  const hovered = scene.hovered?.kind === "member" && scene.hovered.id === member.id;
  const moves =
    (member.here?.speed ?? 0) >= MOVING_MPS && (fresh === "live" || fresh === "recent");
  const old = fresh === "stale" || fresh === "offline";

  element.style.setProperty("--member-color", tint);
  element.style.setProperty("--member-ink", inkOn(tint));
  element.style.zIndex = chosen || hovered ? "3" : moves ? "2" : "1";
  element.dataset["fresh"] = fresh;
  element.toggleAttribute("data-marked", chosen || hovered);
  element.toggleAttribute("data-chosen", chosen);
  element.ariaLabel = member.name;
  setText(figure.disc, initials(member.name));
  setText(figure.name, member.name);
  setText(figure.age, old ? duration((scene.now - (member.here?.ts ?? 0)) / 1000) : "");
  figure.age.hidden = !old || chosen || hovered;
  figure.heading.style.visibility = moves ? "visible" : "hidden";
  figure.turned = turnTo(figure.turned, member.here?.heading ?? 0);
  figure.heading.style.transform = `rotate(${figure.turned}deg)`;
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

// From 350 to 10 degrees is a turn of 20 to the right, not of 340 to the left.
function turnTo(from: number, heading: number): number {
  const turn = ((((heading - from) % 360) + 540) % 360) - 180;
  return from + turn;
}

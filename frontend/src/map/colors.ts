// Colours of the page for the canvas: the style sheet owns them, the map asks for them by name.

/** The value of a CSS custom property such as `--done` as it is now. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const LIGHT = "#ffffff";
const DARK = "#000000";
// WCAG 2 asks for this much between small letters and what is behind them.
const READABLE = 4.5;

/** White on `background`, a #rrggbb colour, where that can be read, else black. */
export function inkOn(background: string): typeof LIGHT | typeof DARK {
  return contrast(background, LIGHT) >= READABLE ? LIGHT : DARK;
}

/** The contrast of two #rrggbb colours by WCAG 2, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** `text` if it is a #rrggbb colour, else the fallback: colours of members come from outside. */
export function safeColor(text: string, fallback = "#5b6b72"): string {
  return /^#[0-9a-f]{6}$/i.test(text) ? text : fallback;
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Colours of the page for the canvas: the style sheet owns them, the map asks for them by name.

/** The value of a CSS custom property such as `--done` as it is now. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Black or white, whichever is easier to read on `background`, a #rrggbb colour (WCAG 2 luminance). */
export function inkOn(background: string): "#ffffff" | "#0d1a1e" {
  return luminance(background) > 0.36 ? "#0d1a1e" : "#ffffff";
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

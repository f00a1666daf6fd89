let asked: Promise<GeoJSON.FeatureCollection | null> | null = null;

/** The streets the server has, or null when it has none; asked once for the life of the page. */
export function streets(): Promise<GeoJSON.FeatureCollection | null> {
  asked ??= load();
  return asked;
}

async function load(): Promise<GeoJSON.FeatureCollection | null> {
  try {
    const response = await fetch("/map/streets.json", { credentials: "same-origin" });
    if (response.ok) return (await response.json()) as GeoJSON.FeatureCollection;
    if (response.status === 404) return null;
  } catch {
    // The line is down or the answer is cut: the next map asks again.
  }
  asked = null;
  return null;
}

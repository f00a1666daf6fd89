import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The server answers index.html for the pages and the files below /assets and /map as they are.
// In development `npm run dev` serves the sources and hands everything else to a running server.
const server = process.env["ROUNDSMAN_DEV_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../roundsman/web/static",
    emptyOutDir: true,
    // The content policy allows no data: fonts or scripts, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The map engine alone is larger than the default limit; it is loaded after the page is shown.
    chunkSizeWarningLimit: 1300,
  },
  server: {
    proxy: {
      "/web": { target: server, ws: true },
      "/api": server,
      "/map/streets.json": server,
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});

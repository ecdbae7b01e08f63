import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** Where the front door is while pages are worked on with Vite's own server. */
const BACKEND = "http://127.0.0.1:8080";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte()],
  resolve: {
    // The light build has no subtitles, DRM or alternate audio: 220 kB that a listener never uses.
    alias: [{ find: /^hls\.js$/, replacement: "hls.js/light" }],
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // No data: URIs: the pages' Content-Security-Policy then needs none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js alone is 370 kB, loaded only by those who listen.
    chunkSizeWarningLimit: 450,
  },
  server: {
    proxy: {
      "/api": BACKEND,
      "/hls": BACKEND,
      "/ws": { target: BACKEND, ws: true },
    },
  },
});

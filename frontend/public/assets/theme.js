// Runs before the first paint, so that a dark page never flashes white. The content policy forbids
// inline scripts, hence a file of its own; state/theme.svelte.ts takes over from here.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("roundsman.theme");
  } catch (error) {
    // Storage may be switched off: the system's choice counts.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();

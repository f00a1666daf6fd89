export type Choice = "system" | "light" | "dark";

const KEY = "roundsman.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function stored(): Choice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

class Theme {
  choice = $state<Choice>(stored());
  #systemIsDark = $state(dark.matches);

  constructor() {
    dark.addEventListener("change", (event) => {
      this.#systemIsDark = event.matches;
      this.#show();
    });
  }

  /** What is shown now. */
  get shown(): "light" | "dark" {
    if (this.choice !== "system") return this.choice;
    return this.#systemIsDark ? "dark" : "light";
  }

  /** Choose and remember it in this browser. */
  choose(choice: Choice): void {
    this.choice = choice;
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage may be switched off: the choice then lasts as long as the page.
    }
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset["theme"] = this.shown;
  }
}

/** Light or dark, by the system or by choice. */
export const theme = new Theme();

const query = window.matchMedia("(max-width: 759px)");

class Narrow {
  /** Whether the window is as narrow as a phone. */
  is = $state(query.matches);

  constructor() {
    query.addEventListener("change", (event) => (this.is = event.matches));
  }
}

export const narrow = new Narrow();

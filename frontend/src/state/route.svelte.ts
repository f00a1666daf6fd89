// Which page is shown. The server answers the same file for all of them.

class Route {
  path = $state(location.pathname);
  hash = $state(location.hash);

  constructor() {
    window.addEventListener("popstate", () => this.#read());
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /** Show the page at `path`, which may end in a #fragment. */
  go(path: string): void {
    history.pushState(null, "", path);
    this.#read();
    if (!this.hash) window.scrollTo(0, 0);
  }

  #read(): void {
    this.path = location.pathname;
    this.hash = location.hash;
  }

  // Links to our own pages do not load the page again.
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.origin !== location.origin) return;
    if (link.hasAttribute("download") || !isOurs(link.pathname)) return;
    if (link.pathname === location.pathname && link.hash) return;
    event.preventDefault();
    this.go(link.pathname + link.hash);
  }
}

function isOurs(path: string): boolean {
  const pages = ["/", "/dispatch", "/addresses", "/team", "/integrations", "/maps", "/reference"];
  return pages.includes(path) || path.startsWith("/invite/");
}

export const route = new Route();

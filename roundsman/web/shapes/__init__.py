"""What the browser app and the server say to each other: every request and answer of `/web`."""

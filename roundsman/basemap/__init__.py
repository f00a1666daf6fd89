"""The base map: vector tiles of an imported extract, made, read and merged."""

"""The tables of an address index: one SQLite file, written once and then only read.

Degrees are whole numbers of 1e-7. Lists in a text column are separated by `|`; `keys`, `context`
and `near` hold canonical words (`words.py`). `find` has a row for each entry: the words of its
names, and those of the towns and postcodes it lies in. `near` files every word under the keys of
`spelling.py`; `grams` finds whole words that share three letters in a row, for two errors. The
tokenizer is the one that takes every letter beyond ASCII as part of a word, since words come to it
ready. Both keep every position (no `detail` option), because a table without content cannot be
ranked otherwise.
"""

# The name of an index in the folder of an imported map.
FILE = "addresses.sqlite"
VERSION = 1
FACTOR = 10_000_000
SEPARATOR = "|"

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, is_town INTEGER NOT NULL, name TEXT NOT NULL, keys TEXT NOT NULL,
    city TEXT NOT NULL, postcodes TEXT NOT NULL, country TEXT NOT NULL,
    lat INTEGER NOT NULL, lng INTEGER NOT NULL, weight REAL NOT NULL,
    context TEXT NOT NULL, near TEXT NOT NULL, is_sure INTEGER NOT NULL
);
CREATE TABLE house (
    id INTEGER PRIMARY KEY, street INTEGER NOT NULL, key TEXT NOT NULL, number TEXT NOT NULL,
    lat INTEGER NOT NULL, lng INTEGER NOT NULL, postcode TEXT NOT NULL, city TEXT NOT NULL
);
CREATE TABLE line (id INTEGER PRIMARY KEY, street INTEGER NOT NULL, points BLOB NOT NULL);
CREATE TABLE area (id INTEGER PRIMARY KEY, town INTEGER NOT NULL, rings BLOB NOT NULL);
CREATE TABLE postcode (
    code TEXT PRIMARY KEY, text TEXT NOT NULL, city TEXT NOT NULL, country TEXT NOT NULL,
    lat INTEGER NOT NULL, lng INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL, uses INTEGER NOT NULL);
CREATE TABLE near (key INTEGER NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (key, word))
    WITHOUT ROWID;
CREATE VIRTUAL TABLE find USING fts5(
    name, context, content='', tokenize="ascii"
);
CREATE VIRTUAL TABLE grams USING fts5(text, content='', tokenize="trigram");
CREATE VIRTUAL TABLE house_box USING rtree_i32(id, south, north, west, east);
CREATE VIRTUAL TABLE line_box USING rtree_i32(id, south, north, west, east);
CREATE VIRTUAL TABLE area_box USING rtree_i32(id, south, north, west, east);
CREATE VIRTUAL TABLE town_box USING rtree_i32(id, south, north, west, east);
"""
# Made when the tables are full, which is quicker than keeping them while they fill.
INDEXES = (
    "CREATE INDEX house_of_street ON house (street, key)",
    "CREATE UNIQUE INDEX word_text ON word (text)",
)

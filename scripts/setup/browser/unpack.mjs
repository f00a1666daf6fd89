// Unpacks the browser of @sparticuz/chromium: node unpack.mjs PACKAGE_BIN TARGET
import { createReadStream, createWriteStream, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [source, target] = process.argv.slice(2);
mkdirSync(target, { recursive: true });
for (const name of readdirSync(source).filter((name) => name.endsWith(".br"))) {
  await pipeline(
    createReadStream(join(source, name)),
    createBrotliDecompress(),
    createWriteStream(join(target, name.slice(0, -".br".length))),
  );
}

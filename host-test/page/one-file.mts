/**
 * The page as one file: everything inline, under a policy that allows nothing but the
 * scripts and the style in it. The plugin's build and the tests call this; the terminal
 * program puts the same pieces together the same way.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Rewrites a script or a style before it is put into the page. */
export type Rewrite = (text: string, kind: "script" | "style") => string;

/** Returns the page without a document, as a snapshot. Its comments stay in the sources. */
export function oneFile(rewrite: Rewrite = (text) => text): string {
  const hashes = { script: [] as string[], style: [] as string[] };
  const inline = (kind: "script" | "style", name: string) => {
    const text = rewrite(readFileSync(join(import.meta.dirname, name), "utf8"), kind);
    if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${name} cannot stand in a page`);
    hashes[kind].push(`'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    return `<${kind}>${text}</${kind}>`;
  };
  const page = readFileSync(join(import.meta.dirname, "index.html"), "utf8")
    .replace(/<!--.*?-->\n/s, "")
    .replace(' data-source="document.json"', "")
    .replace(/<link rel="stylesheet" href="([a-z]+\.css)">/g, (_, name) => inline("style", name))
    .replace(/<script src="([a-z]+\.js)"><\/script>/g, (_, name) => inline("script", name));
  const { script, style } = hashes;
  const policy = `${NOTHING}; script-src ${script.join(" ")}; style-src ${style.join(" ")}; img-src data:; base-uri 'none'; form-action 'none'`;
  return page.replace('<meta charset="utf-8">', (charset) => `${charset}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`);
}

const NOTHING = "default-src 'none'";

/** Puts a document into the page. With a `source`, an address on the same host, the page asks it for newer ones. */
export function withDocument(page: string, json: string, source?: string): string {
  const embedded = page.replace('id="document"></script>', () => `id="document">${json.replaceAll("<", "\\u003c")}</script>`);
  if (source === undefined) return embedded;
  return embedded.replace('<html lang="en"', (html) => `${html} data-source="${source}"`).replace(NOTHING, (nothing) => `${nothing}; connect-src 'self'`);
}

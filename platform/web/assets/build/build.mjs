// Copies and compiles the third-party files that Mercat embeds, from the exact
// versions in package-lock.json:
//
//	cd platform/web/assets/build && npm ci && npm run build
//
// The results in ../files are committed, so building Mercat needs no npm.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "sass";

const out = new URL("../files/", import.meta.url);
const modules = new URL("./node_modules/", import.meta.url);

const next = "@fontsource-variable/atkinson-hyperlegible-next/";
const mono = "@fontsource-variable/atkinson-hyperlegible-mono/";
const copies = [
  ["htmx.org/dist/htmx.min.js", "htmx.js"],
  ["htmx.org/dist/ext/hx-sse.min.js", "hx-sse.js"],
  ["maplibre-gl/dist/maplibre-gl.mjs", "maplibre-gl.mjs"],
  ["maplibre-gl/dist/maplibre-gl-worker.mjs", "maplibre-gl-worker.mjs"],
  ["maplibre-gl/dist/maplibre-gl.css", "maplibre-gl.css"],
  [next + "files/atkinson-hyperlegible-next-latin-wght-normal.woff2", "atkinson-next.woff2"],
  [next + "files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2", "atkinson-next-ext.woff2"],
  [next + "files/atkinson-hyperlegible-next-latin-wght-italic.woff2", "atkinson-next-italic.woff2"],
  [mono + "files/atkinson-hyperlegible-mono-latin-wght-normal.woff2", "atkinson-mono.woff2"],
];

for (const [from, to] of copies) {
  let body = await readFile(new URL(from, modules));
  if (/\.m?js$/.test(to)) {
    // The source maps are not shipped.
    body = body.toString().replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  }
  await writeFile(new URL(to, out), body);
}

const sheet = compile(new URL("public.scss", import.meta.url).pathname, {
  loadPaths: [modules.pathname],
  style: "compressed",
  silenceDeprecations: [],
});
if (/transport/i.test(sheet.css)) throw new Error("the Transport font got in");
await writeFile(new URL("govuk.css", out), "/*! GOV.UK Frontend, MIT licence, see THIRD_PARTY.md */\n" + sheet.css + "\n");

const credits = [
  ["htmx and its SSE extension", "htmx.org", "LICENSE", "files/htmx.js, files/hx-sse.js"],
  ["GOV.UK Frontend (style sheet only, without its font and crown)", "govuk-frontend", "LICENSE.txt", "files/govuk.css"],
  ["MapLibre GL JS", "maplibre-gl", "LICENSE.txt", "files/maplibre-gl.mjs, files/maplibre-gl-worker.mjs, files/maplibre-gl.css"],
  ["Atkinson Hyperlegible Next, by the Braille Institute", next.slice(0, -1), "LICENSE", "files/atkinson-next*.woff2"],
  ["Atkinson Hyperlegible Mono, by the Braille Institute", mono.slice(0, -1), "LICENSE", "files/atkinson-mono.woff2"],
];
let text = "# Third-party files\n\nCopied or compiled by `build/build.mjs`. Everything else in `files` is Mercat's own.\n";
for (const [name, pkg, licence, where] of credits) {
  const about = JSON.parse(await readFile(new URL(pkg + "/package.json", modules)));
  let words;
  try {
    words = (await readFile(new URL(pkg + "/" + licence, modules))).toString();
  } catch {
    // The package comes without the text of the licence that it declares.
    words = (await readFile(new URL("licences/" + pkg + ".txt", import.meta.url))).toString();
  }
  text += `\n## ${name}\n\nnpm \`${pkg}\` ${about.version}, licence ${about.license}; ${where}\n\n\`\`\`\n${words.trim()}\n\`\`\`\n`;
}
await writeFile(new URL("../THIRD_PARTY.md", import.meta.url), text);

// Writes what the pages load into ../static/vendor, ../icons.json and the tests' axe, with licences and a manifest of hashes.
// Versions stand in package-lock.json; the output is committed, so that nobody but us needs node.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const out = new URL("../static/vendor/", import.meta.url);
const tests = new URL("../../../tests/browser/vendor/", import.meta.url);
const from = (path) => new URL(`node_modules/${path}`, import.meta.url);
const version = (name) => JSON.parse(readFileSync(from(`${name}/package.json`))).version;

for (const folder of [out, tests]) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

const copied = [
  ["bootstrap", "dist/css/bootstrap.min.css", "bootstrap.css", "LICENSE"],
  ["htmx.org", "dist/htmx.min.js", "htmx.js", "LICENSE"],
  ["echarts", null, "echarts.js", "LICENSE"],
  ["@tabler/icons", null, null, "LICENSE"],
];

await build({
  entryPoints: [new URL("echarts-entry.js", import.meta.url).pathname],
  outfile: new URL("echarts.js", out).pathname,
  bundle: true,
  minify: true,
  target: "chrome86",
  legalComments: "none",
});

const manifest = {};
for (const [name, source, target, license] of copied) {
  const plain = name.replace(/^@/, "").replace("/", "-");
  copyFileSync(from(`${name}/${license}`), new URL(`${plain}.LICENSE.txt`, out));
  if (source) {
    const text = readFileSync(from(`${name}/${source}`), "utf8").replace(/\n?\/[/*]# sourceMappingURL=.*$/m, "");
    writeFileSync(new URL(target, out), text);
  }
  if (!target) continue;
  const sha256 = createHash("sha256").update(readFileSync(new URL(target, out))).digest("hex");
  manifest[target] = { package: name, version: version(name), sha256 };
}
copyFileSync(from("echarts/NOTICE"), new URL("echarts.NOTICE.txt", out));

const nodes = JSON.parse(readFileSync(from("@tabler/icons/tabler-nodes-outline.json")));
const attributes = (values) => Object.entries(values).map(([key, value]) => ` ${key}="${value}"`).join("");
const icons = Object.fromEntries(
  Object.entries(nodes).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, parts]) => [name, parts.map(([tag, values]) => `<${tag}${attributes(values)}/>`).join("")]),
);
writeFileSync(new URL("../icons.json", import.meta.url), `${JSON.stringify(icons, null, 0).replace(/","/g, '",\n"')}\n`);
manifest["icons.json"] = { package: "@tabler/icons", version: version("@tabler/icons"), icons: Object.keys(icons).length };

copyFileSync(from("axe-core/axe.min.js"), new URL("axe.min.js", tests));
copyFileSync(from("axe-core/LICENSE"), new URL("axe.LICENSE.txt", tests));

writeFileSync(new URL("manifest.json", out), `${JSON.stringify(manifest, null, 2)}\n`);

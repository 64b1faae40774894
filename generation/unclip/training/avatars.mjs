// Draws avatars with DiceBear's generators, one JSON line each: the SVG and what was chosen for it.
// Standard input: {core: path, style: path, options: {...}, count: number}.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { core, style, options, count } = JSON.parse(readFileSync(0, "utf8"));
const { createAvatar } = await import(pathToFileURL(core));
const drawn = await import(pathToFileURL(style));
for (let seed = 0; seed < count; seed += 1) {
  const avatar = createAvatar(drawn, { ...options, seed: String(seed) });
  process.stdout.write(`${JSON.stringify({ svg: avatar.toString(), chosen: avatar.toJson().extra })}\n`);
}

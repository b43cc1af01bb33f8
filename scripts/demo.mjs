// `npm run demo`: sets everything up, then shows the whole path on a virtual phone (src/cli/demo).
import { createRequire } from "node:module";
import { main, setUp } from "./setup.mjs";

await main(async () => {
  await setUp({ for: "demo" });
  const { renderTimeline } = await import("./render-timeline.mjs");
  const demo = createRequire(import.meta.url)("../dist/demo.js");
  return demo.main(renderTimeline);
});

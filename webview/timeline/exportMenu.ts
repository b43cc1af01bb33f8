import { chromeJsonPieces } from "../../src/trace/exports/chromeJson";
import { csvPieces } from "../../src/trace/exports/csv";
import type { ExportKind } from "../../src/ui/messages/timeline";
import type { Host } from "./host";
import { openMenu } from "./menu";
import type { TimelineModel } from "./model";
import type { Surface } from "./surface";

/** Everything a trace can become. `say` tells how it went. */
export function exportMenu(
  anchor: HTMLElement,
  model: TimelineModel,
  surface: Surface,
  host: Host,
  say: (text: string) => void,
): void {
  const save = (kind: ExportKind, content?: () => string | ArrayBuffer | Promise<ArrayBuffer>): void => {
    void (async () => {
      const result = await host.save(kind, model.fileName, await content?.());
      if (!result.ok) {
        say(result.failure.message);
        host.report(result.failure.code, result.failure.message);
      } else if (result.value.saved) say("Saved");
    })();
  };
  openMenu(anchor, "Export", [
    { label: "Perfetto trace…", note: ".pftrace", run: () => save("pftrace") },
    { label: "Chrome trace…", note: ".json", run: () => save("json", () => joined(chromeJsonPieces(model.trace))) },
    { label: "Table of slices…", note: ".csv", run: () => save("csv", () => joined(csvPieces(model.trace))) },
    { label: "Picture of the tracks…", note: ".png", run: () => save("png", () => pngOf(surface.picture())) },
    ...(host.kind === "editor" ? [{ label: "HTML report…", note: ".html", run: () => save("html") }] : []),
    {
      label: "Open in the Perfetto UI",
      note: "drag the file in",
      run: () => {
        void host.openInPerfetto().then((result) => {
          if (!result.ok) say(result.failure.message);
        });
      },
    },
  ]);
}

/** A blob may be longer than a text. */
function joined(pieces: Iterable<string>): Promise<ArrayBuffer> {
  return new Blob([...pieces]).arrayBuffer();
}

async function pngOf(canvas: HTMLCanvasElement): Promise<ArrayBuffer> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("The picture is too large for this browser.");
  return blob.arrayBuffer();
}

import { type Result, success } from "../../base/result";
import { decodeTrace } from "../../trace/decode";
import { readWork } from "../../trace/work";
import { opSums } from "../opSums";
import { milliseconds } from "../statistics";
import { plainTable } from "../table";

/** A table of the ops of a trace by kind and by the processor that really ran them. */
export function placementTable(bytes: Uint8Array, fileName: string): Result<string> {
  const decoded = decodeTrace(bytes, fileName);
  if (!decoded.ok) return decoded;
  const trace = decoded.value;
  const sums = opSums(trace, readWork(trace), ({ kind }, processor) => `${kind}\t${processor.toUpperCase()}`);
  const rows = sums.map(({ name, count, ns, share }) => {
    const [kind = "", processor = ""] = name.split("\t");
    return [kind, processor, String(count), milliseconds(ns / 1e6), `${(share * 100).toFixed(1)} %`];
  });
  const right = "right" as const;
  const columns = [
    { title: "KIND" },
    { title: "RAN ON" },
    { title: "OPS", align: right },
    { title: "TIME", align: right },
    { title: "SHARE", align: right },
  ];
  return success(plainTable(columns, rows));
}

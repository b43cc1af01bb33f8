import { GGMLQuantizationType, type GGUFParseOutput, type MetadataValue, gguf } from "@huggingface/gguf";
import { open } from "node:fs/promises";
import path from "node:path";
import { fileTrouble, systemCode } from "../base/fileTrouble";
import { type Result, failure, success } from "../base/result";
import { quantizationName, tensorTypes } from "./tensorTypes";

/** Sizes of a transformer; 0 where the file does not say. */
export interface Dimensions {
  readonly layers: number;
  readonly embedding: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headLength: number;
  readonly vocabulary: number;
  readonly trainedContext: number;
}

/** What a GGUF file says of itself, without its weights and its vocabulary. */
export interface ModelHeader {
  readonly path: string;
  /** Of the file. */
  readonly bytes: number;
  readonly name: string;
  /** `general.architecture`, e.g. "llama". */
  readonly family: string;
  readonly parameters: number;
  /** For example "Q4_0" or "Q4_K_M". */
  readonly type: string;
  readonly weightBytesByType: Readonly<Record<string, number>>;
  readonly dimensions: Dimensions;
  readonly tokenizer: string;
  readonly chatTemplate: string | null;
  readonly bosText: string;
  readonly eosText: string;
  /** Part number and count of a split file; 1 of 1 else. */
  readonly parts: number;
}

/** Types that the library knows by name; the file may have any number. */
const knownNames: Readonly<Record<number, string | undefined>> = GGMLQuantizationType;

type Parsed = GGUFParseOutput<{ strict: false }>;

/** Reads only the header. Codes are those of the agent: `file-not-found`, `gguf-bad-magic`, `gguf-truncated`, … */
export async function readModelHeader(file: string): Promise<Result<ModelHeader>> {
  const name = path.basename(file);
  const start = await readStart(file);
  if (!start.ok) return start;
  const { bytes, magic, version } = start.value;
  if (magic !== "GGUF") {
    return failure("gguf-bad-magic", `${name} is not a GGUF file: choose another file.`, { path: file });
  }
  if (version !== 2 && version !== 3) {
    return failure(
      "gguf-bad-version",
      `${name} has GGUF version ${version}, and Tandem reads 2 and 3: convert the model again with a current converter.`,
      { path: file },
    );
  }
  let parsed: Parsed;
  try {
    parsed = await gguf(path.resolve(file), { allowLocalFile: true });
  } catch (error) {
    return damaged(file, error instanceof Error ? error.message : String(error));
  }
  try {
    return interpret(file, bytes, parsed);
  } catch (error) {
    return damaged(file, error instanceof Error ? error.message : String(error));
  }
}

interface FileStart {
  readonly bytes: number;
  readonly magic: string;
  readonly version: number;
}

async function readStart(file: string): Promise<Result<FileStart>> {
  try {
    const handle = await open(file, "r");
    try {
      const stat = await handle.stat();
      if (!stat.isFile())
        return failure("file-unreadable", `${file} is not a file: choose a .gguf file.`, { path: file });
      const start = Buffer.alloc(8);
      const { bytesRead } = await handle.read(start, 0, 8, 0);
      if (bytesRead < 8) return truncated(file, stat.size);
      return success({ bytes: stat.size, magic: start.toString("latin1", 0, 4), version: start.readUInt32LE(4) });
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return failure("file-not-found", `${file} was not found: check the path.`, { path: file });
    return failure(
      "file-unreadable",
      `${file} could not be read (${fileTrouble(error)}): check the path and its permissions.`,
      {
        path: file,
        code,
      },
    );
  }
}

function interpret(file: string, bytes: number, parsed: Parsed): Result<ModelHeader> {
  const [, tensorInfoEnd] = parsed.tensorInfoByteRange;
  if (tensorInfoEnd > bytes) return truncated(file, bytes);
  const get = (key: string): MetadataValue | undefined => parsed.metadata[key];
  const family = text(get("general.architecture"));
  if (family === "") return damaged(file, "it does not name its architecture");
  const size = (key: string): number => count(get(`${family}.${key}`));

  let parameters = 0;
  const weightBytesByType: Record<string, number> = {};
  for (const tensor of parsed.tensorInfos) {
    const elements = tensor.shape.reduce((product, extent) => product * Number(extent), 1);
    const type = tensorTypes.get(tensor.dtype);
    const number: number = tensor.dtype;
    const typeName = type?.name ?? knownNames[number];
    if (typeName === undefined) {
      const message = `${path.basename(file)} has a tensor of the unknown type ${number}: convert the model again.`;
      return failure("gguf-unknown-type", message, { path: file, tensor: tensor.name });
    }
    const tensorBytes = type === undefined ? 0 : (elements / type.blockElements) * type.blockBytes;
    if (Number(parsed.tensorDataOffset) + Number(tensor.offset) + tensorBytes > bytes) return truncated(file, bytes);
    parameters += elements;
    weightBytesByType[typeName] = (weightBytesByType[typeName] ?? 0) + tensorBytes;
  }

  const tokens = get("tokenizer.ggml.tokens");
  const tokenTexts = Array.isArray(tokens) ? tokens : [];
  const tokenText = (key: string): string => {
    const id = get(key);
    return id === undefined ? "" : text(tokenTexts[Number(id)]);
  };
  const heads = size("attention.head_count");
  const embedding = size("embedding_length");
  const fileType = get("general.file_type");
  return success({
    path: file,
    bytes,
    name: text(get("general.name")) || path.basename(file, ".gguf"),
    family,
    parameters,
    type: quantizationName(weightBytesByType, fileType === undefined ? undefined : Number(fileType)),
    weightBytesByType,
    dimensions: {
      layers: size("block_count"),
      embedding,
      feedForward: size("feed_forward_length"),
      heads,
      kvHeads: size("attention.head_count_kv") || heads,
      headLength: size("attention.key_length") || (heads > 0 ? embedding / heads : 0),
      vocabulary: size("vocab_size") || tokenTexts.length,
      trainedContext: size("context_length"),
    },
    tokenizer: text(get("tokenizer.ggml.model")),
    chatTemplate: text(get("tokenizer.chat_template")) || null,
    bosText: tokenText("tokenizer.ggml.bos_token_id"),
    eosText: tokenText("tokenizer.ggml.eos_token_id"),
    parts: count(get("split.count")) || 1,
  });
}

function text(value: MetadataValue | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A size; per-layer arrays give their largest value. */
function count(value: MetadataValue | undefined): number {
  if (Array.isArray(value)) return value.reduce<number>((most, each) => Math.max(most, count(each)), 0);
  const number = typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

function truncated(file: string, bytes: number): Result<never> {
  const message = `${path.basename(file)} ends after ${bytes} bytes, before its tensors do: download or copy it again.`;
  return failure("gguf-truncated", message, { path: file, bytes: String(bytes) });
}

function damaged(file: string, detail: string): Result<never> {
  return failure("gguf-corrupt", `${path.basename(file)} is damaged: download or copy it again.`, {
    path: file,
    detail,
  });
}

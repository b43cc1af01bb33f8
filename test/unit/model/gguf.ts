/** A GGUF file for tests: metadata of strings, numbers and string arrays, and tensors of zeros. */
export interface GgufContent {
  readonly version?: number;
  readonly metadata: Readonly<Record<string, string | number | readonly string[]>>;
  readonly tensors?: readonly GgufTensor[];
}

export interface GgufTensor {
  /** As bytes where they are not UTF-8. */
  readonly name: string | Buffer;
  readonly shape: readonly number[];
  /** ggml type number. */
  readonly type: number;
  readonly bytes: number;
  /** Where the file says that its data begins; without it, after the data before. */
  readonly offset?: number;
}

const alignment = 32;

export function ggufFile({ version = 3, metadata, tensors = [] }: GgufContent): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from("GGUF"), u32(version), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) parts.push(string(key), typed(value));
  let offset = 0;
  for (const { name, shape, type, bytes, offset: told = offset } of tensors) {
    parts.push(string(name), u32(shape.length), ...shape.map(u64), u32(type), u64(told));
    offset += padded(bytes);
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length + offset)]);
}

/** A one-layer llama of F32 weights. */
export function tinyLlama(more: GgufContent["metadata"] = {}): GgufContent {
  return {
    metadata: {
      "general.architecture": "llama",
      "general.name": "Tiny",
      "llama.block_count": 1,
      "llama.embedding_length": 8,
      "llama.feed_forward_length": 16,
      "llama.attention.head_count": 2,
      "llama.attention.head_count_kv": 1,
      "llama.context_length": 128,
      "tokenizer.ggml.model": "llama",
      "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>"],
      "tokenizer.ggml.bos_token_id": 1,
      "tokenizer.ggml.eos_token_id": 2,
      ...more,
    },
    tensors: [
      { name: "token_embd.weight", shape: [8, 3], type: 0, bytes: 96 },
      { name: "blk.0.attn_q.weight", shape: [8, 8], type: 0, bytes: 256 },
    ],
  };
}

function padded(size: number): number {
  return Math.ceil(size / alignment) * alignment;
}

function typed(value: string | number | readonly string[]): Buffer {
  if (typeof value === "string") return Buffer.concat([u32(8), string(value)]);
  if (typeof value === "number") return Buffer.concat([u32(4), u32(value)]);
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(string)]);
}

function string(text: string | Buffer): Buffer {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Block layouts of the GGUF tensor types (ggml's type numbers), and which of them Tandem's agent runs. */
export interface TensorType {
  readonly name: string;
  readonly blockElements: number;
  readonly blockBytes: number;
  readonly runs: boolean;
}

const type = (name: string, blockElements: number, blockBytes: number, runs = true): TensorType => ({
  name,
  blockElements,
  blockBytes,
  runs,
});

export const tensorTypes: ReadonlyMap<number, TensorType> = new Map([
  [0, type("F32", 1, 4)],
  [1, type("F16", 1, 2)],
  [2, type("Q4_0", 32, 18)],
  [3, type("Q4_1", 32, 20)],
  [6, type("Q5_0", 32, 22)],
  [7, type("Q5_1", 32, 24)],
  [8, type("Q8_0", 32, 34)],
  [10, type("Q2_K", 256, 84)],
  [11, type("Q3_K", 256, 110)],
  [12, type("Q4_K", 256, 144)],
  [13, type("Q5_K", 256, 176)],
  [14, type("Q6_K", 256, 210)],
  [16, type("IQ2_XXS", 256, 66, false)],
  [17, type("IQ2_XS", 256, 74, false)],
  [18, type("IQ3_XXS", 256, 98, false)],
  [19, type("IQ1_S", 256, 50, false)],
  [20, type("IQ4_NL", 32, 18, false)],
  [21, type("IQ3_S", 256, 110, false)],
  [22, type("IQ2_S", 256, 82, false)],
  [23, type("IQ4_XS", 256, 136, false)],
  [29, type("IQ1_M", 256, 56, false)],
  [30, type("BF16", 1, 2)],
  [34, type("TQ1_0", 256, 54, false)],
  [35, type("TQ2_0", 256, 66, false)],
  [39, type("MXFP4", 32, 17, false)],
]);

/** Names that `general.file_type` stands for where they differ from the type that most weights have. */
const mixes: ReadonlyMap<number, string> = new Map([
  [10, "Q2_K"],
  [11, "Q3_K_S"],
  [12, "Q3_K_M"],
  [13, "Q3_K_L"],
  [14, "Q4_K_S"],
  [15, "Q4_K_M"],
  [16, "Q5_K_S"],
  [17, "Q5_K_M"],
  [18, "Q6_K"],
  [21, "Q2_K_S"],
]);

/**
 * The name people know a file's quantisation by. The tensors are the truth; `general.file_type` only tells the mixes of
 * K-quants apart, and only where the tensors agree with it.
 */
export function quantizationName(
  weightBytesByType: Readonly<Record<string, number>>,
  fileType: number | undefined,
): string {
  const dominant = Object.entries(weightBytesByType).sort((a, b) => b[1] - a[1])[0]?.[0] ?? "none";
  const mix = fileType === undefined ? undefined : mixes.get(fileType);
  return mix !== undefined && dominant.endsWith("_K") && usesTypeOf(mix, weightBytesByType) ? mix : dominant;
}

function usesTypeOf(mix: string, weightBytesByType: Readonly<Record<string, number>>): boolean {
  return Object.hasOwn(weightBytesByType, mix.slice(0, 4));
}

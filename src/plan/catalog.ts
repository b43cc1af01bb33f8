// What the agent brings along for simulations. A test compares both lists with the agent's own.

/** A SoC description: costs that stand in for a phone's. */
export interface Soc {
  readonly id: string;
  readonly name: string;
  /** False: its constants are scaled from published figures. */
  readonly calibrated: boolean;
}

export const socs: readonly Soc[] = [
  { id: "snapdragon-8-gen-3", name: "Snapdragon 8 Gen 3", calibrated: true },
  { id: "snapdragon-8-gen-2", name: "Snapdragon 8 Gen 2", calibrated: false },
  { id: "snapdragon-8-elite", name: "Snapdragon 8 Elite", calibrated: false },
  { id: "snapdragon-8-elite-gen-5", name: "Snapdragon 8 Elite Gen 5", calibrated: false },
  { id: "dimensity-9300", name: "Dimensity 9300", calibrated: false },
  { id: "dimensity-9400", name: "Dimensity 9400", calibrated: false },
  { id: "exynos-2400", name: "Exynos 2400", calibrated: false },
  { id: "tensor-g4", name: "Tensor G4", calibrated: false },
];

/** A published model of which the shapes are known: it simulates without a file. */
export interface Shape {
  readonly id: string;
  readonly name: string;
}

export const shapes: readonly Shape[] = [
  { id: "llama-3-8b", name: "Llama-3-8B" },
  { id: "llama-2-7b", name: "Llama-2-7B" },
  { id: "llama-3.2-3b", name: "Llama-3.2-3B" },
  { id: "llama-3.2-1b", name: "Llama-3.2-1B" },
  { id: "internlm-1.8b", name: "InternLM2-1.8B" },
  { id: "qwen2.5-1.5b", name: "Qwen2.5-1.5B" },
  { id: "qwen2.5-3b", name: "Qwen2.5-3B" },
  { id: "qwen2.5-7b", name: "Qwen2.5-7B" },
  { id: "qwen3-4b", name: "Qwen3-4B" },
  { id: "qwen3-8b", name: "Qwen3-8B" },
];

/** Short ones, which one processor answers best alone. */
export const questions = [
  "What is prefill?",
  "Why does an NPU need fixed shapes?",
  "How does Tandem split a matmul between the GPU and the NPU?",
];

const passage = [
  "A language model on a phone works in two phases. In prefill the model reads the whole prompt at once and fills the KV cache. Every weight is read once for all tokens of the prompt, so prefill is limited by computing power. In decode the model makes one token after the other. Every weight is read again for every token, so decode is limited by the bandwidth of the memory.",
  "A phone has a GPU and an NPU, and both share the same memory. The NPU is fast at large matmuls, but it runs graphs that were compiled in advance for one exact shape. The GPU takes any shape, and it runs every op of the model. When both work at the same time, each of them computes its own part of the output and writes it into the same tensor. Where one processor needs the result of the other there is a join, and a join costs time. A split is worth it when the time that is saved is longer than the join.",
  "For a long prompt there is much to compute in every matmul, so the GPU and the NPU work on the same matmul. For one token there is little to compute, so the token stays on the GPU. The solver decides this for every op and for every length of the prompt. It knows from a profile how long each shape takes on each processor, how much both slow each other down when they read the same memory, and what a join costs on this phone. Of all placements it takes the one that ends first, and it keeps those that lost together with the cause.",
  "The timeline shows what really happened. Every op of every layer is a slice on the track of the processor that ran it, with its shape, its bytes and the time that was predicted for it. Joins have a track of their own, and an arrow leads from the work that was waited for to the work that went on. The trace is one file, and it holds the plan, the settings and the facts of the phone, so that another person can read the whole story from it.",
].join("\n\n");

/** A page to read first: long enough that the solver may find two processors worth their joins. */
export const longQuestion = { passage, question: "What limits decode?" };

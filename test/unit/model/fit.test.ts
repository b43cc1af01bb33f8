import assert from "node:assert/strict";
import { doesNotFit, estimateFit } from "../../../src/model/fit";
import type { ModelHeader } from "../../../src/model/header";

/** Llama 3 8B in Q4_0, figures from its published configuration. */
const llama3: ModelHeader = {
  path: "llama3.gguf",
  bytes: 4_661_211_808,
  name: "Llama-3-8B",
  family: "llama",
  parameters: 8_030_261_248,
  type: "Q4_0",
  weightBytesByType: { Q4_0: 4_222_615_552, Q6_K: 430_940_160, F32: 1_064_960 },
  dimensions: {
    layers: 32,
    embedding: 4096,
    feedForward: 14336,
    heads: 32,
    kvHeads: 8,
    headLength: 128,
    vocabulary: 128256,
    trainedContext: 8192,
  },
  tokenizer: "gpt2",
  chatTemplate: null,
  bosText: "",
  eosText: "",
  parts: 1,
};

describe("estimateFit", () => {
  it("takes the KV cache in fp16: 128 KiB for each token of this model", () => {
    assert.equal(estimateFit(llama3, 1, undefined).kvCache, 2 * 32 * 8 * 128 * 2);
    assert.equal(estimateFit(llama3, 1000, undefined).kvCache, 1000 * 131072);
  });

  it("uses the model's own context up to 4096 where none is asked for", () => {
    assert.equal(estimateFit(llama3, 0, undefined).contextLength, 4096);
    const short = { ...llama3, dimensions: { ...llama3.dimensions, trainedContext: 512 } };
    assert.equal(estimateFit(short, 0, undefined).contextLength, 512);
  });

  it("adds up, and compares with what is free", () => {
    const estimate = estimateFit(llama3, 4096, 5e9);
    assert.equal(estimate.total, estimate.weights + estimate.kvCache + estimate.activations);
    assert.equal(estimate.fits, false);
    assert.equal(estimateFit(llama3, 4096, 8e9).fits, true);
    assert.equal(estimateFit(llama3, 4096, undefined).fits, undefined);
  });

  it("says what is needed and what is free", () => {
    const sentence = doesNotFit(llama3, estimateFit(llama3, 4096, 3e9), "Galaxy A55");
    assert.match(
      sentence,
      /^Llama-3-8B Q4_0 does not fit on Galaxy A55: it needs 5\.\d\d GB, and 3\.00 GB are free; choose .*\.$/,
    );
  });
});

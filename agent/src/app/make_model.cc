#include "app/make_model.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

#include "app/make_model_family.h"
#include "app/make_model_plan.h"
#include "app/make_model_tokens.h"
#include "app/make_model_weights.h"
#include "gguf/writer.h"

namespace tandem::app {
namespace {

constexpr size_t kChunkBytes = size_t{8} << 20;

void add_metadata(GgufWriter& writer, const MakeModelOptions& options) {
  const ModelShape& shape = options.shape;
  const std::string& family = options.family;
  writer.add_string("general.architecture", family);
  writer.add_string("general.name",
                    "Random weights, " + family + ", " + std::to_string(shape.layers) + " layers");
  writer.add_u32("general.quantization_version", 2);
  writer.add_u32(family + ".block_count", shape.layers);
  writer.add_u32(family + ".context_length", shape.context);
  writer.add_u32(family + ".embedding_length", shape.embedding);
  writer.add_u32(family + ".feed_forward_length", shape.feed_forward);
  writer.add_u32(family + ".attention.head_count", shape.heads);
  writer.add_u32(family + ".attention.head_count_kv", shape.kv_heads);
  writer.add_u32(family + ".attention.key_length", shape.head_dim);
  writer.add_u32(family + ".attention.value_length", shape.head_dim);
  writer.add_f32(family + ".attention.layer_norm_rms_epsilon", 1e-5f);
  writer.add_u32(family + ".rope.dimension_count", shape.head_dim);
  writer.add_f32(family + ".rope.freq_base", shape.rope_base);
  writer.add_u32(family + ".vocab_size", shape.vocabulary);
  add_family_metadata(writer, options);
}

Error unwritable(const std::string& path) {
  if (errno == ENOSPC) {
    return {ErrorCode::kDiskFull, "The disk is full; free some space for " + path + ".", {{"path", path}}};
  }
  return {ErrorCode::kFileUnwritable,
          "The file " + path + " cannot be written (" + std::strerror(errno) + "); choose another folder.",
          {{"path", path}}};
}

bool write_tensors(std::ofstream& file, const GgufWriter& writer, const std::vector<PlannedTensor>& tensors,
                   const std::vector<uint64_t>& sizes, uint64_t seed) {
  WeightSource source(seed);
  std::vector<std::byte> chunk(kChunkBytes);
  for (size_t i = 0; i < tensors.size() && file; i++) {
    const size_t block = type_traits(tensors[i].type).block_bytes;
    const uint64_t most = kChunkBytes / block * block;
    for (uint64_t left = sizes[i]; left > 0;) {
      const auto count = static_cast<size_t>(std::min(left, most));
      source.fill(tensors[i], std::span(chunk).first(count));
      file.write(reinterpret_cast<const char*>(chunk.data()), static_cast<std::streamsize>(count));
      left -= count;
    }
    const std::string padding(writer.padded(sizes[i]) - sizes[i], '\0');
    file << padding;
  }
  file.close();
  return !file.fail();
}

}  // namespace

Result<ModelShape> model_preset(std::string_view name) {
  if (name == "1b") return ModelShape{16, 2048, 8192, 32, 8, 64, 128256, 131072, true, 500000};
  if (name == "tinyllama") return ModelShape{22, 2048, 5632, 32, 4, 64, 32000, 2048, false, 10000};
  if (name == "tiny") return ModelShape{2, 256, 256, 4, 2, 64, 512, 512, true, 10000};
  return Error{ErrorCode::kNotFound,
               "There is no preset \"" + std::string(name) + "\"; choose 1b, tinyllama or tiny.",
               {}};
}

Result<void> make_model(const MakeModelOptions& options) {
  TANDEM_ASSIGN(const std::vector<PlannedTensor> tensors, plan_tensors(options));
  const uint32_t vocabulary = options.shape.vocabulary;
  if (vocabulary < kLeastVocabulary || vocabulary > kMostVocabulary) {
    return Error{ErrorCode::kInvalidArgument,
                 "A model cannot be made: the vocabulary must have from " + std::to_string(kLeastVocabulary) +
                     " to " + std::to_string(kMostVocabulary) + " tokens; change it.",
                 {}};
  }
  GgufWriter writer;
  add_metadata(writer, options);
  add_tokenizer(writer, vocabulary);
  std::vector<uint64_t> sizes;
  for (const PlannedTensor& tensor : tensors)
    sizes.push_back(writer.add_tensor(tensor.name, tensor.type, tensor.dims));

  const std::string part = options.path + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file << writer.header();
  if (!write_tensors(file, writer, tensors, sizes, options.seed)) {
    Error error = unwritable(options.path);
    std::remove(part.c_str());
    return error;
  }
  if (std::rename(part.c_str(), options.path.c_str()) != 0) return unwritable(options.path);
  return {};
}

}  // namespace tandem::app

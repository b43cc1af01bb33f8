#include "gguf/tensor_type.h"

#include <array>
#include <string_view>

#include "tensor/type.h"

namespace tandem {
namespace {

// Index is ggml's id (enum ggml_type); empty where an id was withdrawn.
constexpr std::array<std::string_view, 41> kNames{
    "F32",   "F16",    "Q4_0",  "Q4_1", "",     "",        "Q5_0",   "Q5_1",    "Q8_0",  "Q8_1",   "Q2_K",
    "Q3_K",  "Q4_K",   "Q5_K",  "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
    "IQ2_S", "IQ4_XS", "I8",    "I16",  "I32",  "I64",     "F64",    "IQ1_M",   "BF16",  "",       "",
    "",      "TQ1_0",  "TQ2_0", "",     "",     "",        "MXFP4",  ""};

}  // namespace

std::string ggml_type_name(uint32_t ggml_id) {
  if (ggml_id < kNames.size() && !kNames[ggml_id].empty()) return std::string(kNames[ggml_id]);
  return "number " + std::to_string(ggml_id);
}

std::string supported_type_names() {
  std::string names;
  for (uint32_t id = 0; id < kNames.size(); id++) {
    if (!type_traits(id)) continue;
    if (!names.empty()) names += ", ";
    names += kNames[id];
  }
  return names;
}

}  // namespace tandem

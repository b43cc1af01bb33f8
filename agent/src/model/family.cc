#include "model/family.h"

namespace tandem {

std::string_view family_name(Family family) {
  switch (family) {
    case Family::kLlama:
      return "llama";
    case Family::kQwen2:
      return "qwen2";
    case Family::kQwen3:
      return "qwen3";
    case Family::kInternLm2:
      return "internlm2";
    case Family::kPhi3:
      return "phi3";
    case Family::kGemma2:
      return "gemma2";
    case Family::kGemma3:
      return "gemma3";
  }
  return "unknown";
}

std::optional<Family> family_by_name(std::string_view name) {
  for (const Family family : kFamilies) {
    if (family_name(family) == name) return family;
  }
  return std::nullopt;
}

std::string family_names(std::string_view last_word) {
  std::string names;
  for (const Family family : kFamilies) {
    if (family == kFamilies.back()) {
      names.append(" ").append(last_word).append(" ");
    } else if (!names.empty()) {
      names += ", ";
    }
    names += family_name(family);
  }
  return names;
}

}  // namespace tandem

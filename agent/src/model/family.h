// The families of models that Tandem runs: what their files call them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

enum class Family { kLlama, kQwen2, kQwen3, kInternLm2, kPhi3, kGemma2, kGemma3 };

inline constexpr std::array kFamilies = {Family::kLlama, Family::kQwen2,  Family::kQwen3, Family::kInternLm2,
                                         Family::kPhi3,  Family::kGemma2, Family::kGemma3};

// As in `general.architecture` and on the wire.
[[nodiscard]] std::string_view family_name(Family family);
[[nodiscard]] std::optional<Family> family_by_name(std::string_view name);

// All names, for a sentence: "llama, qwen2, ..., gemma2 and gemma3", or with "or" before the last.
[[nodiscard]] std::string family_names(std::string_view last_word);

[[nodiscard]] constexpr bool is_gemma(Family family) {
  return family == Family::kGemma2 || family == Family::kGemma3;
}

}  // namespace tandem

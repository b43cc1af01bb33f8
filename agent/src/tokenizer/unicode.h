// Classes of characters, as the patterns of pre-tokenizers use them.
#pragma once

#include <cstdint>
#include <span>

namespace tandem {

using CharacterClasses = uint8_t;  // Bits; a character may have none (controls, unassigned).
inline constexpr CharacterClasses kLetter = 1, kNumber = 2, kMark = 4, kPunctuation = 8, kSymbol = 16,
                                  kSpace = 32;

[[nodiscard]] CharacterClasses character_classes(char32_t code_point);

// Sorted: first character of a run * 256 + its classes.
extern const std::span<const uint32_t> kCharacterRuns;

}  // namespace tandem

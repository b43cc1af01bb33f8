#include "tokenizer/unicode.h"

#include <algorithm>

namespace tandem {

CharacterClasses character_classes(char32_t code_point) {
  // The last run that begins at or before the character.
  const auto after = std::upper_bound(kCharacterRuns.begin(), kCharacterRuns.end(), code_point,
                                      [](char32_t wanted, uint32_t run) { return wanted < run >> 8; });
  return static_cast<CharacterClasses>(*(after - 1) & 0xFF);
}

}  // namespace tandem

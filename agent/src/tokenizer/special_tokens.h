// Tokens with a role: where a text begins and ends, and those whose texts are cut out before anything else is
// matched.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "tokenizer/vocabulary.h"

namespace tandem {

// All tokens that end generation. Those known by their text become control tokens in the vocabulary.
[[nodiscard]] Result<std::set<int32_t>> read_end_tokens(const GgufFile& file, Vocabulary& vocabulary);

// A part of a text: a special token, or plain text where token < 0.
struct Fragment {
  int32_t token = -1;
  std::string_view text;
};

class SpecialSplitter {
 public:
  // right_strip: white space after a special token belongs to it (Phi-3).
  SpecialSplitter(const Vocabulary& vocabulary, bool right_strip);

  // Longest match first at each place. User-defined tokens are always read, control and unknown ones only
  // where parse_special.
  [[nodiscard]] std::vector<Fragment> split(std::string_view text, bool parse_special) const;

 private:
  struct Special {
    std::string text;
    int32_t token;
    bool always;
    bool right_strip;
  };

  [[nodiscard]] const Special* match(std::string_view text, bool parse_special) const;

  std::vector<Special> specials_;  // By first byte, then longest first.
  std::array<uint32_t, 257> by_first_byte_{};
};

}  // namespace tandem

// The patterns of pre-tokenizers. Each is the regular expression beside it.
#pragma once

#include "tokenizer/pre_tokenizer.h"

namespace tandem {

// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
size_t match_gpt2_word(const CharacterText& text, size_t at, size_t end);

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
size_t match_llama3_word(const CharacterText& text, size_t at, size_t end);
// The same with \p{N} instead of \p{N}{1,3}.
size_t match_qwen2_word(const CharacterText& text, size_t at, size_t end);

size_t match_one_number(const CharacterText& text, size_t at, size_t end);    // \p{N}
size_t match_numbers(const CharacterText& text, size_t at, size_t end);       // \p{N}+
size_t match_three_digits(const CharacterText& text, size_t at, size_t end);  // [0-9][0-9][0-9]
size_t match_punctuation(const CharacterText& text, size_t at, size_t end);   // [\p{P}\$\+<=>\^~\|]+
size_t match_punctuation_and_backtick(const CharacterText& text, size_t at,
                                      size_t end);                                  // [\p{P}\$\+<=>\^~\|`]+
size_t match_newline(const CharacterText& text, size_t at, size_t end);             // [\r\n]
size_t match_spaced_letters(const CharacterText& text, size_t at, size_t end);      // \s?\p{L}+
size_t match_spaced_punctuation(const CharacterText& text, size_t at, size_t end);  // \s?\p{P}+
// [\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+
size_t match_cjk(const CharacterText& text, size_t at, size_t end);

}  // namespace tandem

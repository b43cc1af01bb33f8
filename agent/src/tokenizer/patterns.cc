#include "tokenizer/patterns.h"

namespace tandem {
namespace {

// The place after the run of characters that have one of `wanted`.
size_t skip(const CharacterText& text, size_t at, size_t end, CharacterClasses wanted) {
  while (at < end && (text.classes[at] & wanted) != 0) at++;
  return at;
}

// [^\s\p{L}\p{N}]
bool is_other(const CharacterText& text, size_t at) {
  return (text.classes[at] & (kSpace | kLetter | kNumber)) == 0;
}

size_t skip_others(const CharacterText& text, size_t at, size_t end) {
  while (at < end && is_other(text, at)) at++;
  return at;
}

bool is_newline(char32_t c) { return c == '\r' || c == '\n'; }

// 's|'t|'re|'ve|'m|'ll|'d
size_t match_contraction(const CharacterText& text, size_t at, size_t end, bool any_case) {
  if (text.code_points[at] != '\'') return 0;
  const auto letter = [&](size_t offset) -> char32_t {
    if (at + offset >= end) return 0;
    const char32_t c = text.code_points[at + offset];
    return any_case && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  };
  const char32_t first = letter(1), second = letter(2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
    return 3;
  return 0;
}

// \s+(?!\S)|\s+ : the last space before a word stays with the word.
size_t match_spaces(const CharacterText& text, size_t at, size_t end) {
  const size_t after = skip(text, at, end, kSpace);
  const size_t length = after - at;
  return length > 1 && after < end ? length - 1 : length;
}

size_t match_modern_word(const CharacterText& text, size_t at, size_t end, size_t most_digits) {
  if (const size_t length = match_contraction(text, at, end, true)) return length;
  const char32_t c = text.code_points[at];
  const auto has = [&](size_t i, CharacterClasses wanted) {
    return i < end && (text.classes[i] & wanted) != 0;
  };
  // [^\r\n\p{L}\p{N}]?\p{L}+
  if (has(at, kLetter)) return skip(text, at, end, kLetter) - at;
  if (!is_newline(c) && !has(at, kNumber) && has(at + 1, kLetter))
    return skip(text, at + 1, end, kLetter) - at;
  // \p{N}{1,n}
  size_t digits = 0;
  while (digits < most_digits && has(at + digits, kNumber)) digits++;
  if (digits > 0) return digits;
  //  ?[^\s\p{L}\p{N}]+[\r\n]*
  const size_t after_space = c == ' ' ? at + 1 : at;
  if (after_space < end && is_other(text, after_space)) {
    size_t after = skip_others(text, after_space, end);
    while (after < end && is_newline(text.code_points[after])) after++;
    return after - at;
  }
  // \s*[\r\n]+
  const size_t after_spaces = skip(text, at, end, kSpace);
  for (size_t i = after_spaces; i > at; i--) {
    if (is_newline(text.code_points[i - 1])) return i - at;
  }
  return match_spaces(text, at, end);
}

size_t match_ascii_set(const CharacterText& text, size_t at, size_t end, std::string_view set) {
  size_t after = at;
  while (after < end) {
    const char32_t c = text.code_points[after];
    const bool in_set = c > 0 && c < 0x80 && set.find(static_cast<char>(c)) != std::string_view::npos;
    if (!in_set && (text.classes[after] & kPunctuation) == 0) break;
    after++;
  }
  return after - at;
}

// \s?[wanted]+
size_t match_spaced(const CharacterText& text, size_t at, size_t end, CharacterClasses wanted) {
  const size_t begin = (text.classes[at] & kSpace) != 0 ? at + 1 : at;
  const size_t after = skip(text, begin, end, wanted);
  return after > begin ? after - at : 0;
}

}  // namespace

size_t match_gpt2_word(const CharacterText& text, size_t at, size_t end) {
  if (const size_t length = match_contraction(text, at, end, false)) return length;
  const size_t begin = text.code_points[at] == ' ' ? at + 1 : at;
  size_t after = skip(text, begin, end, kLetter);
  if (after == begin) after = skip(text, begin, end, kNumber);
  if (after == begin) after = skip_others(text, begin, end);
  return after > begin ? after - at : match_spaces(text, at, end);
}

size_t match_llama3_word(const CharacterText& text, size_t at, size_t end) {
  return match_modern_word(text, at, end, 3);
}

size_t match_qwen2_word(const CharacterText& text, size_t at, size_t end) {
  return match_modern_word(text, at, end, 1);
}

size_t match_one_number(const CharacterText& text, size_t at, size_t) {
  return (text.classes[at] & kNumber) != 0 ? 1 : 0;
}

size_t match_numbers(const CharacterText& text, size_t at, size_t end) {
  return skip(text, at, end, kNumber) - at;
}

size_t match_three_digits(const CharacterText& text, size_t at, size_t end) {
  if (end - at < 3) return 0;
  for (size_t i = at; i < at + 3; i++) {
    if (text.code_points[i] < '0' || text.code_points[i] > '9') return 0;
  }
  return 3;
}

size_t match_punctuation(const CharacterText& text, size_t at, size_t end) {
  return match_ascii_set(text, at, end, "$+<=>^~|");
}

size_t match_punctuation_and_backtick(const CharacterText& text, size_t at, size_t end) {
  return match_ascii_set(text, at, end, "$+<=>^~|`");
}

size_t match_newline(const CharacterText& text, size_t at, size_t) {
  return is_newline(text.code_points[at]) ? 1 : 0;
}

size_t match_spaced_letters(const CharacterText& text, size_t at, size_t end) {
  return match_spaced(text, at, end, kLetter);
}

size_t match_spaced_punctuation(const CharacterText& text, size_t at, size_t end) {
  return match_spaced(text, at, end, kPunctuation);
}

size_t match_cjk(const CharacterText& text, size_t at, size_t end) {
  size_t after = at;
  while (after < end) {
    const char32_t c = text.code_points[after];
    if (!((c >= 0x0800 && c <= 0x9FA5) || (c >= 0xAC00 && c <= 0xD7FF))) break;
    after++;
  }
  return after - at;
}

}  // namespace tandem

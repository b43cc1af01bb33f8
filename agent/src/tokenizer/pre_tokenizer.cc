#include "tokenizer/pre_tokenizer.h"

#include <array>

#include "base/utf8.h"
#include "tokenizer/patterns.h"

namespace tandem {
namespace {

struct Named {
  std::string_view name;
  std::vector<Pattern> patterns;
  bool whole_words = false;
  bool adds_bos = false;
};

const std::vector<Named>& all() {
  static const std::vector<Named> kAll = [] {
    const std::vector<Pattern> gpt2{match_gpt2_word};
    const std::vector<Pattern> digits_gpt2{match_one_number, match_gpt2_word};
    const std::vector<Pattern> llama3{match_llama3_word};
    const std::vector<Pattern> qwen2{match_qwen2_word};
    std::vector<Named> list{
        {"default", {match_punctuation, match_gpt2_word, match_numbers, match_three_digits}},
        {"falcon", {match_punctuation_and_backtick, match_gpt2_word, match_three_digits}},
        {"deepseek-coder",
         {match_newline, match_spaced_letters, match_spaced_punctuation, match_cjk, match_one_number}},
    };
    for (const char* name : {"gpt-2", "phi-2", "mpt", "olmo", "jais"}) list.push_back({name, gpt2});
    for (const char* name :
         {"starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"}) {
      list.push_back({name, digits_gpt2});
    }
    for (const char* name : {"llama3", "llama-v3", "llama-bpe", "falcon3"})
      list.push_back({name, llama3, true, true});
    for (const char* name : {"smaug-bpe", "dbrx"}) list.push_back({name, llama3});
    for (const char* name : {"qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"})
      list.push_back({name, qwen2});
    return list;
  }();
  return kAll;
}

}  // namespace

CharacterText::CharacterText(std::string_view source) : text(source) {
  code_points.reserve(source.size());
  classes.reserve(source.size());
  offsets.reserve(source.size() + 1);
  size_t at = 0;
  while (at < source.size()) {
    const DecodedCharacter character = decode_utf8(source.substr(at));
    offsets.push_back(static_cast<uint32_t>(at));
    code_points.push_back(character.code_point);
    classes.push_back(character.length == 0 ? CharacterClasses{0} : character_classes(character.code_point));
    at += character.length == 0 ? 1 : character.length;
  }
  offsets.push_back(static_cast<uint32_t>(at));
}

std::optional<PreTokenizer> pre_tokenizer_by_name(std::string_view name) {
  for (const Named& named : all()) {
    if (named.name == name) return PreTokenizer{named.patterns, named.whole_words, named.adds_bos};
  }
  return std::nullopt;
}

std::vector<std::string_view> split_words(const PreTokenizer& pre_tokenizer, std::string_view source) {
  if (source.empty()) return {};
  const CharacterText text(source);
  std::vector<size_t> ends{text.code_points.size()};  // In characters.
  for (const Pattern pattern : pre_tokenizer.patterns) {
    std::vector<size_t> finer;
    finer.reserve(ends.size());
    size_t begin = 0;
    for (const size_t end : ends) {
      size_t gap = begin;  // Where the text since the last match begins.
      while (begin < end) {
        const size_t length = pattern(text, begin, end);
        if (length == 0) {
          begin++;
          continue;
        }
        if (begin > gap) finer.push_back(begin);
        begin += length;
        finer.push_back(begin);
        gap = begin;
      }
      if (begin > gap) finer.push_back(begin);
    }
    ends = std::move(finer);
  }
  std::vector<std::string_view> words;
  words.reserve(ends.size());
  uint32_t from = 0;
  for (const size_t end : ends) {
    words.push_back(source.substr(from, text.offsets[end] - from));
    from = text.offsets[end];
  }
  return words;
}

}  // namespace tandem

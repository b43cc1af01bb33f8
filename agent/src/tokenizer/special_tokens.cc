#include "tokenizer/special_tokens.h"

#include <algorithm>
#include <string>

namespace tandem {
namespace {

// Texts that end a turn or a text in the families that are around; some files name only one of several.
constexpr std::array<std::string_view, 13> kEndTexts{"</s>",
                                                     "<|eot_id|>",
                                                     "<|eom_id|>",
                                                     "<|im_end|>",
                                                     "<|end|>",
                                                     "<|endoftext|>",
                                                     "<|end_of_text|>",
                                                     "<|EOT|>",
                                                     "<EOT>",
                                                     "<|return|>",
                                                     "<end_of_turn>",
                                                     "<end_of_utterance>",
                                                     "<｜end▁of▁sentence｜>"};

// Marks between files in code models: text after them is not an answer.
constexpr std::array<std::string_view, 3> kFileMarks{"<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

Result<std::set<int32_t>> read_end_tokens(const GgufFile& file, Vocabulary& vocabulary) {
  std::set<int32_t> ends;
  for (const char* key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    TANDEM_ASSIGN(const std::optional<int32_t> id, read_token_id(file, key, vocabulary.size()));
    if (id) ends.insert(*id);
  }
  std::vector<int32_t> by_text;
  const auto consider = [&](int32_t id) {
    const std::string_view text = vocabulary.text(id);
    const bool ends_text = std::find(kEndTexts.begin(), kEndTexts.end(), text) != kEndTexts.end();
    const bool is_mark = std::find(kFileMarks.begin(), kFileMarks.end(), text) != kFileMarks.end();
    if (ends_text || is_mark) by_text.push_back(id);
  };
  for (const auto& [id, text] : vocabulary.special_texts()) consider(id);
  for (const std::string_view text : kEndTexts) {
    if (const int32_t id = vocabulary.find(text); id >= 0) consider(id);
  }
  for (const int32_t id : by_text) {
    ends.insert(id);
    vocabulary.make_control(id);
  }
  return ends;
}

SpecialSplitter::SpecialSplitter(const Vocabulary& vocabulary, bool right_strip) {
  for (const auto& [id, text] : vocabulary.special_texts()) {
    const TokenKind kind = vocabulary.kind(id);
    const bool always = kind == TokenKind::kUserDefined;
    if (text.empty() || (!always && kind != TokenKind::kControl && kind != TokenKind::kUnknown)) continue;
    // Phi-3's own table: these three keep what follows.
    const bool keeps = text == "<unk>" || text == "<s>" || text == "<|endoftext|>";
    specials_.push_back({text, id, always, right_strip && !keeps});
  }
  const auto first = [](const Special& special) { return static_cast<uint8_t>(special.text[0]); };
  std::stable_sort(specials_.begin(), specials_.end(), [&](const Special& a, const Special& b) {
    return first(a) != first(b) ? first(a) < first(b) : a.text.size() > b.text.size();
  });
  for (const Special& special : specials_) by_first_byte_[first(special) + size_t{1}]++;
  for (size_t i = 1; i < by_first_byte_.size(); i++) by_first_byte_[i] += by_first_byte_[i - 1];
}

const SpecialSplitter::Special* SpecialSplitter::match(std::string_view text, bool parse_special) const {
  const auto byte = static_cast<uint8_t>(text[0]);
  for (size_t i = by_first_byte_[byte]; i < by_first_byte_[byte + size_t{1}]; i++) {
    const Special& special = specials_[i];
    if ((special.always || parse_special) && text.starts_with(special.text)) return &special;
  }
  return nullptr;
}

std::vector<Fragment> SpecialSplitter::split(std::string_view text, bool parse_special) const {
  std::vector<Fragment> fragments;
  size_t plain = 0;
  size_t at = 0;
  while (at < text.size()) {
    const Special* special = match(text.substr(at), parse_special);
    if (special == nullptr) {
      at++;
      continue;
    }
    if (at > plain) fragments.push_back({-1, text.substr(plain, at - plain)});
    fragments.push_back({special->token, {}});
    at += special->text.size();
    while (special->right_strip && at < text.size() && is_space(text[at])) at++;
    plain = at;
  }
  if (plain < text.size()) fragments.push_back({-1, text.substr(plain)});
  return fragments;
}

}  // namespace tandem

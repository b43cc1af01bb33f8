// Small vocabularies for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gguf/file.h"
#include "gguf/writer.h"
#include "tokenizer/byte_alphabet.h"
#include "tokenizer/tokenizer.h"

namespace tandem::testing_tokenizer {

// A tokenizer and the file that it came from; the tokenizer must not need the file any more.
inline Result<Tokenizer> create(const GgufWriter& writer) {
  const std::string bytes = writer.header();
  const auto file = GgufFile::parse(std::as_bytes(std::span(bytes.data(), bytes.size())));
  if (!file.ok()) return file.error();
  return Tokenizer::create(*file);
}

// All bytes (ids 0 to 255), then "he" 256, "ll" 257, "hell" 258, " hell" 259, "<|user|>" 260 (control),
// "<|im_end|>" 261 (control), "[MARK]" 262 (user-defined), "<s>" 263 (control, BOS).
inline GgufWriter byte_level(std::string_view pre = "gpt-2") {
  std::vector<std::string> tokens;
  std::vector<int32_t> kinds(260, 1);
  for (int byte = 0; byte < 256; byte++) tokens.push_back(encode_byte_alphabet(static_cast<uint8_t>(byte)));
  for (const char* text : {"he", "ll", "hell", "\u0120hell", "<|user|>", "<|im_end|>", "[MARK]", "<s>"}) {
    tokens.emplace_back(text);
  }
  for (const int32_t kind : {3, 3, 4, 3}) kinds.push_back(kind);
  const std::vector<std::string> merges{"h e", "l l", "he ll", "\u0120 hell"};
  GgufWriter writer;
  writer.add_string("tokenizer.ggml.model", "gpt2");
  if (!pre.empty()) writer.add_string("tokenizer.ggml.pre", pre);
  writer.add_strings("tokenizer.ggml.tokens", tokens);
  writer.add_i32s("tokenizer.ggml.token_type", kinds);
  writer.add_strings("tokenizer.ggml.merges", merges);
  writer.add_u32("tokenizer.ggml.bos_token_id", 263);
  return writer;
}

// <unk> 0, <s> 1, </s> 2, "a" 3, "b" 4, " " 5, "ab" 6, " ab" 7, "abab" 8, then (with_bytes) bytes from 9 on,
// then `more` with its kinds.
inline GgufWriter space_marked(bool with_bytes,
                               const std::vector<std::pair<std::string, int32_t>>& more = {}) {
  std::vector<std::string> tokens{"<unk>", "<s>", "</s>", "a", "b", "\u2581", "ab", "\u2581ab", "abab"};
  std::vector<float> scores{0, 0, 0, -9, -9, -9, -2, -1, -3};
  std::vector<int32_t> kinds{2, 3, 3, 1, 1, 1, 1, 1, 1};
  for (int byte = 0; with_bytes && byte < 256; byte++) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    tokens.push_back(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">");
    scores.push_back(0);
    kinds.push_back(6);
  }
  for (const auto& [text, kind] : more) {
    tokens.push_back(text);
    scores.push_back(-1000);
    kinds.push_back(kind);
  }
  GgufWriter writer;
  writer.add_string("tokenizer.ggml.model", "llama");
  writer.add_strings("tokenizer.ggml.tokens", tokens);
  writer.add_f32s("tokenizer.ggml.scores", scores);
  writer.add_i32s("tokenizer.ggml.token_type", kinds);
  writer.add_u32("tokenizer.ggml.bos_token_id", 1);
  writer.add_u32("tokenizer.ggml.eos_token_id", 2);
  return writer;
}

}  // namespace tandem::testing_tokenizer

// The tokens of a model: for each id what it matches in text, what it prints, and its kind.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"
#include "tokenizer/text_map.h"

namespace tandem {

// Values of tokenizer.ggml.token_type.
enum class TokenKind : uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

// How token texts are written in the file.
enum class TextCoding {
  kSpaceMark,     // SPM: U+2581 for a space, <0x0A> for bytes.
  kByteAlphabet,  // BPE: GPT-2's visible bytes.
};

// The file's id; absent where it names none. Error gguf-bad-metadata for ids outside of the vocabulary.
[[nodiscard]] Result<std::optional<int32_t>> read_token_id(const GgufFile& file, std::string_view key,
                                                           int32_t size);

class Vocabulary {
 public:
  [[nodiscard]] static Result<Vocabulary> read(const GgufFile& file, TextCoding coding);

  [[nodiscard]] int32_t size() const { return static_cast<int32_t>(kinds_.size()); }
  [[nodiscard]] bool contains(int32_t id) const { return id >= 0 && id < size(); }

  // All ids below are inside the vocabulary.
  [[nodiscard]] TokenKind kind(int32_t id) const { return kinds_[static_cast<size_t>(id)]; }
  // The bytes that the token matches in text; empty for bytes of SPM and for texts outside the byte alphabet.
  [[nodiscard]] std::string_view key(int32_t id) const;
  // The text for people.
  [[nodiscard]] std::string_view text(int32_t id) const;
  // What it prints: nothing for control and unknown tokens.
  [[nodiscard]] std::string_view printed(int32_t id) const;

  // The token that matches exactly these bytes; -1 where there is none.
  [[nodiscard]] int32_t find(std::string_view key) const;
  // The token of one byte; -1 where there is none.
  [[nodiscard]] int32_t byte_token(uint8_t byte) const { return byte_tokens_[byte]; }
  // Appends the tokens of the single bytes. Where one has none: appends the unknown token instead of all of
  // them, if there is one, and gives that byte.
  std::optional<uint8_t> append_bytes(std::string_view bytes, std::vector<int32_t>& tokens) const;
  [[nodiscard]] std::optional<int32_t> unknown() const { return unknown_; }
  [[nodiscard]] size_t longest_key() const { return longest_key_; }

  // Control, user-defined and unknown tokens with their texts, by id.
  [[nodiscard]] const std::map<int32_t, std::string>& special_texts() const { return special_texts_; }
  // For files that give a token the wrong kind.
  void make_control(int32_t id);

  [[nodiscard]] size_t memory_bytes() const;

 private:
  Vocabulary() = default;
  void add_space_mark(int32_t id, std::string_view text);
  void add_byte_alphabet(int32_t id, std::string_view text);
  void index();

  std::string keys_;                  // All keys, one after another.
  std::vector<uint32_t> key_starts_;  // [size + 1]
  std::vector<TokenKind> kinds_;
  std::map<int32_t, std::string> special_texts_;
  std::array<int32_t, 256> byte_tokens_{};
  TextMap by_key_;
  size_t longest_key_ = 0;
  std::optional<int32_t> unknown_;
};

}  // namespace tandem

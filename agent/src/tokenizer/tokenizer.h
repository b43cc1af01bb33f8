// Text to token ids and back, with the vocabulary of a GGUF file: SPM ("llama") and byte-level BPE ("gpt2").
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gguf/file.h"

namespace tandem {

enum class AddBos { kAuto, kAlways, kNever };

struct EncodeOptions {
  // kAuto: as the file says, unless the text begins with the token's own text (and special tokens are
  // parsed).
  AddBos add_bos = AddBos::kAuto;
  // Reads the texts of control tokens, such as <|user|>, as those tokens.
  bool parse_special = true;
};

// Never changes after creation, so threads may share it. It keeps nothing of the file.
class Tokenizer {
 public:
  // Errors: tokenizer-unsupported (names what the file asks for), model-incomplete, gguf-bad-metadata.
  [[nodiscard]] static Result<Tokenizer> create(const GgufFile& file);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Bytes that are not UTF-8 become byte tokens; error invalid-utf8 where the vocabulary has none for them.
  [[nodiscard]] Result<std::vector<int32_t>> encode(std::string_view utf8,
                                                    const EncodeOptions& options = {}) const;

  // What to append to the output for this token: bytes, not always whole characters. Empty for control tokens
  // and for ids outside the vocabulary.
  [[nodiscard]] std::string_view token_bytes(int32_t id) const;
  // The token's text for people, control tokens too, e.g. "<|im_end|>".
  [[nodiscard]] std::string_view token_text(int32_t id) const;

  // End of turn or of text, by the file's ids and by the well-known texts.
  [[nodiscard]] bool is_end_of_generation(int32_t id) const;
  [[nodiscard]] std::optional<int32_t> bos() const;
  [[nodiscard]] std::optional<int32_t> eos() const;
  [[nodiscard]] int32_t vocabulary_size() const;
  [[nodiscard]] size_t memory_bytes() const;
  // Sentences that a user should see.
  [[nodiscard]] const std::vector<std::string>& notes() const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);

  std::unique_ptr<const State> state_;
};

}  // namespace tandem

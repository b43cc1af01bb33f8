#include "targets.h"

#include <cstdlib>

#include "gguf/check_values.h"
#include "gguf/file.h"
#include "tokenizer/testing.h"
#include "tokenizer/tokenizer.h"

namespace tandem::fuzz {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool inside(std::span<const std::byte> part, std::span<const std::byte> whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

std::string name_of(const Error& error) {
  require(!error.message.empty() && error.message.back() == '.');
  return std::string(error_code_name(error.code));
}

}  // namespace

std::string fuzz_gguf(std::span<const std::byte> bytes) {
  const auto file = GgufFile::parse(bytes);
  if (!file.ok()) return name_of(file.error());
  for (const GgufTensor& tensor : file->tensors()) {
    require(inside(tensor.view.bytes, bytes));
    require(file->find_tensor(tensor.name) == &tensor);
    const auto checked = check_values(tensor.name, tensor.view);
    if (!checked.ok()) return name_of(checked.error());
  }
  for (const char* key : {"general.architecture", "llama.block_count", "tokenizer.ggml.tokens"}) {
    (void)file->get_string(key).ok();
    (void)file->get_u32(key).ok();
    (void)file->get_f32(key).ok();
    (void)file->get_bool(key).ok();
    (void)file->get_f32s(key).ok();
  }
  if (!file->has("tokenizer.ggml.model")) return "ok";
  const auto tokenizer = Tokenizer::create(*file);
  if (!tokenizer.ok()) return name_of(tokenizer.error());
  const auto tokens = tokenizer->encode("hello <s> ab\xFF\u00FC 123");
  if (!tokens.ok()) return name_of(tokens.error());
  for (const int32_t token : *tokens) require(token >= 0 && token < tokenizer->vocabulary_size());
  return "ok";
}

void fuzz_prompt(std::span<const std::byte> bytes) {
  static const auto kTokenizer = testing_tokenizer::create(testing_tokenizer::byte_level("llama-bpe"));
  require(kTokenizer.ok());
  const std::string_view text = as_text(bytes);
  const auto tokens = kTokenizer->encode(text, {AddBos::kNever, false});
  require(tokens.ok());
  std::string back;
  for (const int32_t token : *tokens) back += kTokenizer->token_bytes(token);
  require(back == text);
}

}  // namespace tandem::fuzz

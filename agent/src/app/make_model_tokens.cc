#include "app/make_model_tokens.h"

#include <string>
#include <vector>

#include "tokenizer/byte_alphabet.h"

namespace tandem::app {
namespace {

constexpr int32_t kNormal = 1, kControl = 3;

constexpr std::string_view kChatTemplate =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

struct Words {
  std::vector<std::string> tokens;
  std::vector<std::string> merges;
};

// Adds every word that is one letter longer than the tokens from `first` to `last` (exclusive), until `most`
// tokens.
void lengthen(Words& words, size_t first, size_t last, size_t most) {
  for (size_t i = first; i < last; i++) {
    for (char letter = 'a'; letter <= 'z' && words.tokens.size() < most; letter++) {
      const std::string stem = words.tokens[i];
      words.merges.push_back(stem + " " + letter);
      words.tokens.push_back(stem + letter);
    }
  }
}

Words make_words(size_t most) {
  Words words;
  for (int byte = 0; byte < 256; byte++)
    words.tokens.push_back(encode_byte_alphabet(static_cast<uint8_t>(byte)));
  // Rounds: what ends with 1, 2, 3, ... letters. The first grows from the letters and from the space.
  std::vector<std::pair<size_t, size_t>> stems;
  // The alphabet's lists are by byte, so these are one token each: 'a' to 'z', and the space.
  stems.push_back({'a', 'z' + size_t{1}});
  stems.push_back({' ', ' ' + size_t{1}});
  while (words.tokens.size() < most) {
    std::vector<std::pair<size_t, size_t>> next;
    for (const auto& [first, last] : stems) {
      const size_t before = words.tokens.size();
      lengthen(words, first, last, most);
      next.emplace_back(before, words.tokens.size());
    }
    stems = std::move(next);
  }
  return words;
}

}  // namespace

void add_tokenizer(GgufWriter& writer, uint32_t size) {
  Words words = make_words(size - 3);
  std::vector<int32_t> kinds(words.tokens.size(), kNormal);
  for (const char* special : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
    words.tokens.emplace_back(special);
    kinds.push_back(kControl);
  }
  writer.add_string("tokenizer.ggml.model", "gpt2");
  writer.add_string("tokenizer.ggml.pre", "gpt-2");
  writer.add_strings("tokenizer.ggml.tokens", words.tokens);
  writer.add_i32s("tokenizer.ggml.token_type", kinds);
  writer.add_strings("tokenizer.ggml.merges", words.merges);
  writer.add_u32("tokenizer.ggml.bos_token_id", size - 3);
  writer.add_u32("tokenizer.ggml.eos_token_id", size - 1);
  writer.add_bool("tokenizer.ggml.add_bos_token", false);
  writer.add_string("tokenizer.chat_template", kChatTemplate);
}

}  // namespace tandem::app

#include "tokenizer/vocabulary.h"

#include <algorithm>
#include <limits>

#include "tokenizer/byte_alphabet.h"

namespace tandem {
namespace {

constexpr std::string_view kSpaceMark = "\u2581";

bool is_special(TokenKind kind) {
  return kind == TokenKind::kControl || kind == TokenKind::kUserDefined || kind == TokenKind::kUnknown;
}

// The byte of a text such as <0x0A>.
std::optional<uint8_t> byte_of(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return std::nullopt;
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
  };
  const int high = digit(text[3]), low = digit(text[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<uint8_t>(high * 16 + low);
}

Result<TokenKind> kind_of(int32_t value) {
  if (value >= static_cast<int32_t>(TokenKind::kNormal) && value <= static_cast<int32_t>(TokenKind::kByte)) {
    return static_cast<TokenKind>(value);
  }
  return Error{ErrorCode::kGgufBadMetadata,
               "The vocabulary has a token of the unknown type " + std::to_string(value) +
                   "; convert the model again.",
               {{"key", "tokenizer.ggml.token_type"}}};
}

}  // namespace

Result<std::optional<int32_t>> read_token_id(const GgufFile& file, std::string_view key, int32_t size) {
  if (!file.has(key)) return std::optional<int32_t>();
  TANDEM_ASSIGN(const uint32_t id, file.get_u32(key));
  // Converters write the largest number for "none".
  if (id == 0xFFFFFFFFu) return std::optional<int32_t>();
  if (id >= static_cast<uint32_t>(size)) {
    return Error{ErrorCode::kGgufBadMetadata,
                 "The model file's " + std::string(key) + " is " + std::to_string(id) +
                     ", outside of its vocabulary of " + std::to_string(size) +
                     " tokens; convert the model again.",
                 {{"key", std::string(key)}}};
  }
  return std::optional(static_cast<int32_t>(id));
}

Result<Vocabulary> Vocabulary::read(const GgufFile& file, TextCoding coding) {
  TANDEM_ASSIGN(const StringArray texts, file.get_strings("tokenizer.ggml.tokens"));
  NumberArray<int32_t> kinds;
  if (file.has("tokenizer.ggml.token_type")) {
    TANDEM_ASSIGN(kinds, file.get_i32s("tokenizer.ggml.token_type"));
    if (kinds.size() != texts.size()) {
      return Error{ErrorCode::kGgufBadMetadata,
                   "The vocabulary has " + std::to_string(texts.size()) + " tokens and " +
                       std::to_string(kinds.size()) + " token types; convert the model again.",
                   {{"key", "tokenizer.ggml.token_type"}}};
    }
  }
  if (texts.size() == 0 || texts.size() > std::numeric_limits<int32_t>::max() / 4) {
    return Error{ErrorCode::kGgufBadMetadata,
                 "The vocabulary has " + std::to_string(texts.size()) + " tokens; convert the model again.",
                 {{"key", "tokenizer.ggml.tokens"}}};
  }

  Vocabulary vocabulary;
  vocabulary.byte_tokens_.fill(-1);
  vocabulary.key_starts_.reserve(texts.size() + 1);
  vocabulary.kinds_.reserve(texts.size());
  vocabulary.key_starts_.push_back(0);
  for (const std::string_view text : texts) {
    const auto id = static_cast<int32_t>(vocabulary.kinds_.size());
    TokenKind kind = TokenKind::kNormal;
    if (kinds.size() > 0) {
      TANDEM_ASSIGN(kind, kind_of(kinds[static_cast<size_t>(id)]));
    }
    vocabulary.kinds_.push_back(kind);
    if (is_special(kind)) vocabulary.special_texts_.emplace(id, text);
    if (coding == TextCoding::kSpaceMark) {
      vocabulary.add_space_mark(id, text);
    } else {
      vocabulary.add_byte_alphabet(id, text);
    }
    if (vocabulary.keys_.size() > std::numeric_limits<uint32_t>::max()) {
      return Error{ErrorCode::kGgufBadMetadata,
                   "The texts of the vocabulary are larger than 4 GiB; convert the model again.",
                   {{"key", "tokenizer.ggml.tokens"}}};
    }
    vocabulary.key_starts_.push_back(static_cast<uint32_t>(vocabulary.keys_.size()));
  }
  vocabulary.index();
  TANDEM_ASSIGN(vocabulary.unknown_,
                read_token_id(file, "tokenizer.ggml.unknown_token_id", vocabulary.size()));
  return vocabulary;
}

void Vocabulary::add_space_mark(int32_t id, std::string_view text) {
  if (kind(id) == TokenKind::kByte) {
    const auto byte = byte_of(text);
    if (byte) {
      byte_tokens_[*byte] = id;
      keys_.push_back(static_cast<char>(*byte));
    }
    return;
  }
  while (!text.empty()) {
    const size_t mark = text.find(kSpaceMark);
    keys_.append(text.substr(0, mark));
    if (mark == std::string_view::npos) return;
    keys_.push_back(' ');
    text.remove_prefix(mark + kSpaceMark.size());
  }
}

void Vocabulary::add_byte_alphabet(int32_t id, std::string_view text) {
  if (!decode_byte_alphabet(text, keys_)) special_texts_.emplace(id, text);
}

void Vocabulary::index() {
  by_key_ = TextMap(kinds_.size());
  const auto text_of = [this](int32_t id) { return key(id); };
  for (int32_t id = 0; id < size(); id++) {
    if (kind(id) == TokenKind::kByte || key(id).empty()) continue;
    by_key_.insert(key(id), id, text_of);
    longest_key_ = std::max(longest_key_, key(id).size());
  }
  // Vocabularies of bytes have no tokens of the kind byte: a key of one byte is that byte's token.
  for (size_t byte = 0; byte < byte_tokens_.size(); byte++) {
    const char text = static_cast<char>(byte);
    if (byte_tokens_[byte] < 0) byte_tokens_[byte] = find({&text, 1});
  }
}

std::string_view Vocabulary::key(int32_t id) const {
  const auto i = static_cast<size_t>(id);
  return std::string_view(keys_).substr(key_starts_[i], key_starts_[i + 1] - key_starts_[i]);
}

std::string_view Vocabulary::text(int32_t id) const {
  const auto special = special_texts_.find(id);
  return special == special_texts_.end() ? key(id) : std::string_view(special->second);
}

std::string_view Vocabulary::printed(int32_t id) const {
  if (kind(id) == TokenKind::kControl || kind(id) == TokenKind::kUnknown) return {};
  return text(id);
}

int32_t Vocabulary::find(std::string_view wanted) const {
  return by_key_.find(wanted, [this](int32_t id) { return key(id); });
}

std::optional<uint8_t> Vocabulary::append_bytes(std::string_view bytes, std::vector<int32_t>& tokens) const {
  const size_t before = tokens.size();
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte_token(byte) >= 0) {
      tokens.push_back(byte_token(byte));
      continue;
    }
    tokens.resize(before);
    if (unknown_) tokens.push_back(*unknown_);
    return byte;
  }
  return std::nullopt;
}

void Vocabulary::make_control(int32_t id) {
  special_texts_.emplace(id, key(id));
  kinds_[static_cast<size_t>(id)] = TokenKind::kControl;
}

size_t Vocabulary::memory_bytes() const {
  size_t bytes = keys_.capacity() + key_starts_.capacity() * sizeof(uint32_t) + kinds_.capacity() +
                 by_key_.memory_bytes();
  for (const auto& [id, text] : special_texts_)
    bytes += text.capacity() + sizeof(std::pair<int32_t, std::string>);
  return bytes;
}

}  // namespace tandem

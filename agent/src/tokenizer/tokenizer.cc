#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "base/utf8.h"
#include "gguf/printable.h"
#include "tokenizer/bpe.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/special_tokens.h"
#include "tokenizer/spm.h"
#include "tokenizer/vocabulary.h"

namespace tandem {
namespace {

constexpr std::string_view kSpaceMark = "\u2581";

struct ByteLevel {
  Bpe bpe;
  PreTokenizer pre_tokenizer;
};

struct SpaceMarked {
  Spm spm;
  bool add_space_prefix;
};

Error unsupported(const std::string& what) { return {ErrorCode::kTokenizerUnsupported, what, {}}; }

// Phi-3's files do not say that its special tokens swallow the white space after them; its name does.
bool is_phi3(const GgufFile& file) {
  const auto name = file.get_string_or("general.name", "");
  const auto architecture = file.get_string_or("general.architecture", "");
  std::string lower = name.ok() ? std::string(*name) : "";
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return (architecture.ok() && *architecture == "phi3") || lower.find("phi-3") != std::string::npos ||
         lower.find("phi3") != std::string::npos;
}

Result<PreTokenizer> read_pre_tokenizer(const GgufFile& file, std::vector<std::string>& notes) {
  constexpr std::string_view kKey = "tokenizer.ggml.pre";
  if (!file.has(kKey)) {
    notes.emplace_back(
        "The model file does not name its pre-tokenizer (tokenizer.ggml.pre): the default one is used, and "
        "text "
        "may be split otherwise than in training.");
  }
  TANDEM_ASSIGN(const std::string_view name, file.get_string_or(kKey, "default"));
  auto found = pre_tokenizer_by_name(name);
  if (!found) {
    return unsupported("The model's pre-tokenizer is " + printable(name) +
                       ", which Tandem does not know; use a model of another family.");
  }
  return *std::move(found);
}

Error no_token_for(uint8_t byte, bool valid_text) {
  std::array<char, 8> hex;
  std::snprintf(hex.data(), hex.size(), "0x%02X", byte);
  if (!valid_text) {
    return {ErrorCode::kInvalidUtf8,
            std::string("The text is not UTF-8 (byte ") + hex.data() +
                ") and this model has no token for that byte; send UTF-8 text.",
            {}};
  }
  return unsupported(std::string("The model's vocabulary has no token for the byte ") + hex.data() +
                     " of the text; use another text or another model.");
}

}  // namespace

struct Tokenizer::State {
  Vocabulary vocabulary;
  std::variant<ByteLevel, SpaceMarked> method;
  SpecialSplitter specials;
  std::set<int32_t> ends;
  std::optional<int32_t> bos;
  std::optional<int32_t> eos;
  bool add_bos;
  std::vector<std::string> notes;

  [[nodiscard]] std::optional<uint8_t> encode_plain(std::string_view text, bool after_special,
                                                    std::vector<int32_t>& tokens) const;
};

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::create(const GgufFile& file) {
  TANDEM_ASSIGN(const std::string_view model, file.get_string("tokenizer.ggml.model"));
  const bool is_spm = model == "llama";
  if (!is_spm && model != "gpt2") {
    return unsupported(
        "The model's tokenizer is " + printable(model) +
        ", and Tandem runs \"llama\" (SPM) and \"gpt2\" (BPE); use a model of another family.");
  }
  TANDEM_ASSIGN(Vocabulary vocabulary,
                Vocabulary::read(file, is_spm ? TextCoding::kSpaceMark : TextCoding::kByteAlphabet));
  TANDEM_ASSIGN(std::set<int32_t> ends, read_end_tokens(file, vocabulary));
  const int32_t size = vocabulary.size();
  TANDEM_ASSIGN(const std::optional<int32_t> bos, read_token_id(file, "tokenizer.ggml.bos_token_id", size));
  TANDEM_ASSIGN(const std::optional<int32_t> eos, read_token_id(file, "tokenizer.ggml.eos_token_id", size));

  std::variant<ByteLevel, SpaceMarked> method;
  bool add_bos = is_spm;
  std::vector<std::string> notes;
  if (is_spm) {
    TANDEM_ASSIGN(Spm spm, Spm::read(file, vocabulary));
    TANDEM_ASSIGN(const bool prefix, file.get_bool_or("tokenizer.ggml.add_space_prefix", true));
    method = SpaceMarked{std::move(spm), prefix};
  } else {
    TANDEM_ASSIGN(Bpe bpe, Bpe::read(file, vocabulary));
    TANDEM_ASSIGN(PreTokenizer pre_tokenizer, read_pre_tokenizer(file, notes));
    add_bos = pre_tokenizer.adds_bos;
    method = ByteLevel{std::move(bpe), std::move(pre_tokenizer)};
  }
  TANDEM_ASSIGN(add_bos, file.get_bool_or("tokenizer.ggml.add_bos_token", add_bos));
  SpecialSplitter specials(vocabulary, is_phi3(file));
  return Tokenizer(
      std::make_unique<const State>(State{std::move(vocabulary), std::move(method), std::move(specials),
                                          std::move(ends), bos, eos, add_bos, std::move(notes)}));
}

std::optional<uint8_t> Tokenizer::State::encode_plain(std::string_view text, bool after_special,
                                                      std::vector<int32_t>& tokens) const {
  if (const auto* spm = std::get_if<SpaceMarked>(&method)) {
    std::string spaced = spm->add_space_prefix && after_special ? " " : "";
    // The mark itself reads as a space, as in SentencePiece.
    while (true) {
      const size_t mark = text.find(kSpaceMark);
      spaced.append(text.substr(0, mark));
      if (mark == std::string_view::npos) break;
      spaced.push_back(' ');
      text.remove_prefix(mark + kSpaceMark.size());
    }
    return spm->spm.encode(vocabulary, spaced, tokens);
  }
  const auto& bytes = std::get<ByteLevel>(method);
  std::optional<uint8_t> missing;
  for (const std::string_view word : split_words(bytes.pre_tokenizer, text)) {
    const int32_t whole = bytes.pre_tokenizer.whole_words ? vocabulary.find(word) : -1;
    if (whole >= 0) {
      tokens.push_back(whole);
    } else if (const auto byte = bytes.bpe.encode(vocabulary, word, tokens)) {
      missing = byte;
    }
  }
  return missing;
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  if (text.size() >= static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return Error{ErrorCode::kInvalidArgument, "The text is larger than 2 GiB; send a shorter one.", {}};
  }
  const State& state = *state_;
  std::vector<int32_t> tokens;
  bool after_special = true;
  for (const Fragment& fragment : state.specials.split(text, options.parse_special)) {
    after_special = fragment.token >= 0 || after_special;
    if (fragment.token >= 0) {
      tokens.push_back(fragment.token);
      continue;
    }
    const auto missing = state.encode_plain(fragment.text, after_special, tokens);
    const bool valid = !missing || valid_utf8_prefix(text) == text.size();
    if (missing && (!valid || !state.vocabulary.unknown())) return no_token_for(*missing, valid);
    after_special = false;
  }
  const bool wanted =
      options.add_bos == AddBos::kAlways || (options.add_bos == AddBos::kAuto && state.add_bos);
  const bool there = options.add_bos == AddBos::kAuto && !tokens.empty() && tokens.front() == state.bos;
  if (wanted && !there && state.bos) tokens.insert(tokens.begin(), *state.bos);
  return tokens;
}

std::string_view Tokenizer::token_bytes(int32_t id) const {
  return state_->vocabulary.contains(id) ? state_->vocabulary.printed(id) : std::string_view();
}

std::string_view Tokenizer::token_text(int32_t id) const {
  return state_->vocabulary.contains(id) ? state_->vocabulary.text(id) : std::string_view();
}

bool Tokenizer::is_end_of_generation(int32_t id) const { return state_->ends.contains(id); }
std::optional<int32_t> Tokenizer::bos() const { return state_->bos; }
std::optional<int32_t> Tokenizer::eos() const { return state_->eos; }
const std::vector<std::string>& Tokenizer::notes() const { return state_->notes; }
int32_t Tokenizer::vocabulary_size() const { return state_->vocabulary.size(); }

size_t Tokenizer::memory_bytes() const {
  const auto* bytes = std::get_if<ByteLevel>(&state_->method);
  return state_->vocabulary.memory_bytes() + (bytes != nullptr
                                                  ? bytes->bpe.memory_bytes()
                                                  : std::get<SpaceMarked>(state_->method).spm.memory_bytes());
}

}  // namespace tandem

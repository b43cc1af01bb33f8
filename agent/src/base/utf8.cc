#include "base/utf8.h"

namespace tandem {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct LeadByte {
  uint32_t length = 0;  // 0: cannot begin a character.
  uint8_t second_low =
      0x80;  // The second byte's range; it excludes overlong forms, surrogates and > U+10FFFF.
  uint8_t second_high = 0xBF;
};

// Table 3-7 of the Unicode standard.
LeadByte lead_byte(uint8_t byte) {
  if (byte <= 0x7F) return {1};
  if (byte >= 0xC2 && byte <= 0xDF) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

struct Prefix {
  uint32_t good = 0;    // Bytes that fit so far.
  uint32_t length = 0;  // Bytes of the whole character; 0 where the first byte cannot begin one.
};

Prefix character_prefix(std::string_view bytes) {
  const LeadByte lead = lead_byte(static_cast<uint8_t>(bytes[0]));
  if (lead.length == 0) return {0, 0};
  Prefix prefix{1, lead.length};
  while (prefix.good < lead.length && prefix.good < bytes.size()) {
    const auto byte = static_cast<uint8_t>(bytes[prefix.good]);
    const uint8_t low = prefix.good == 1 ? lead.second_low : 0x80;
    const uint8_t high = prefix.good == 1 ? lead.second_high : 0xBF;
    if (byte < low || byte > high) break;
    prefix.good++;
  }
  return prefix;
}

}  // namespace

DecodedCharacter decode_utf8(std::string_view bytes) {
  const Prefix prefix = character_prefix(bytes);
  if (prefix.length == 0 || prefix.good < prefix.length) return {};
  const auto lead = static_cast<uint8_t>(bytes[0]);
  if (prefix.length == 1) return {lead, 1};
  char32_t code_point = lead & (0x7F >> prefix.length);
  for (uint32_t i = 1; i < prefix.length; i++) {
    code_point = code_point << 6 | (static_cast<uint8_t>(bytes[i]) & 0x3F);
  }
  return {code_point, prefix.length};
}

size_t valid_utf8_prefix(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const uint32_t length = decode_utf8(bytes.substr(at)).length;
    if (length == 0) break;
    at += length;
  }
  return at;
}

void append_utf8(char32_t code_point, std::string& out) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3F));
    put(0x80 | (code_point >> 6 & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

void Utf8Splitter::push(std::string_view bytes, std::string& out) {
  rest_.append(bytes);
  std::string_view left = rest_;
  while (!left.empty()) {
    const Prefix prefix = character_prefix(left);
    if (prefix.length > 0 && prefix.good == prefix.length) {
      out.append(left.substr(0, prefix.length));
      left.remove_prefix(prefix.length);
    } else if (prefix.length > 0 && prefix.good == left.size()) {
      break;
    } else {
      append_utf8(kReplacement, out);
      left.remove_prefix(prefix.good == 0 ? 1 : prefix.good);
    }
  }
  rest_.erase(0, rest_.size() - left.size());
}

void Utf8Splitter::finish(std::string& out) {
  if (!rest_.empty()) append_utf8(kReplacement, out);
  rest_.clear();
}

}  // namespace tandem

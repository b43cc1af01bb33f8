// One metadata value of a GGUF file: its type and a view of its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tandem {

// Ids of the format.
enum class GgufType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

// Bytes of one number; 0 for strings, arrays and unknown ids.
[[nodiscard]] size_t gguf_number_bytes(GgufType type);

struct GgufValue {
  GgufType type = GgufType::kU8;
  GgufType element = GgufType::kU8;  // Of arrays.
  uint64_t count = 1;                // Elements of an array.
  // Numbers: the number or numbers. String: its text. Array of strings: lengths and texts, as StringArray
  // reads them.
  std::span<const std::byte> bytes;
};

}  // namespace tandem

// Expected failure as a value: a stable code for programs, one sentence for people, context for both.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace tandem {

// Stable across versions: the host shows help by code. Names on the wire are kebab-case, see
// error_code_name().
enum class ErrorCode {
  // The request
  kInvalidArgument,
  kNotFound,
  kCancelled,
  kBusy,
  kUnsupported,
  kInternal,
  // Files and the system
  kFileNotFound,
  kFileUnreadable,
  kFileUnwritable,
  kDiskFull,
  kOutOfMemory,
  kHashMismatch,
  // GGUF file (one code for each kind of damage)
  kGgufBadMagic,
  kGgufBadVersion,
  kGgufBigEndian,
  kGgufTruncated,
  kGgufBadCount,
  kGgufBadString,
  kGgufTooDeep,
  kGgufBadMetadata,
  kGgufDuplicateKey,
  kGgufDuplicateTensor,
  kGgufBadAlignment,
  kGgufUnknownType,
  kGgufBadShape,
  kGgufMisaligned,
  kGgufOutside,
  kGgufOverlap,
  // Model
  kModelFamilyUnsupported,
  kModelIncomplete,
  kModelBadValues,
  kModelDoesNotFit,
  kTokenizerUnsupported,
  // Running
  kPromptTooLong,
  kContextFull,
  kInvalidUtf8,
  kProcessorMissing,
  kProcessorFailed,
};

// For example "gguf-truncated".
[[nodiscard]] std::string_view error_code_name(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code;
  std::string message;                         // One sentence: what happened and what to do.
  std::map<std::string, std::string> context;  // For example {"path": ..., "offset": ...}.
};

}  // namespace tandem

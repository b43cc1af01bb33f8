#include "base/error.h"

namespace tandem {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid-argument";
    case ErrorCode::kNotFound: return "not-found";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kInternal: return "internal";
    case ErrorCode::kFileNotFound: return "file-not-found";
    case ErrorCode::kFileUnreadable: return "file-unreadable";
    case ErrorCode::kFileUnwritable: return "file-unwritable";
    case ErrorCode::kDiskFull: return "disk-full";
    case ErrorCode::kOutOfMemory: return "out-of-memory";
    case ErrorCode::kHashMismatch: return "hash-mismatch";
    case ErrorCode::kGgufBadMagic: return "gguf-bad-magic";
    case ErrorCode::kGgufBadVersion: return "gguf-bad-version";
    case ErrorCode::kGgufTruncated: return "gguf-truncated";
    case ErrorCode::kGgufCorrupt: return "gguf-corrupt";
    case ErrorCode::kGgufUnknownType: return "gguf-unknown-type";
    case ErrorCode::kModelFamilyUnsupported: return "model-family-unsupported";
    case ErrorCode::kModelIncomplete: return "model-incomplete";
    case ErrorCode::kModelBadValues: return "model-bad-values";
    case ErrorCode::kModelDoesNotFit: return "model-does-not-fit";
    case ErrorCode::kTokenizerUnsupported: return "tokenizer-unsupported";
    case ErrorCode::kPromptTooLong: return "prompt-too-long";
    case ErrorCode::kContextFull: return "context-full";
    case ErrorCode::kInvalidUtf8: return "invalid-utf8";
    case ErrorCode::kProcessorMissing: return "processor-missing";
    case ErrorCode::kProcessorFailed: return "processor-failed";
  }
  return "internal";
}

}  // namespace tandem

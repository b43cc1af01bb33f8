#include "base/error.h"

namespace tandem {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid-argument";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kFileNotFound:
      return "file-not-found";
    case ErrorCode::kFileUnreadable:
      return "file-unreadable";
    case ErrorCode::kFileUnwritable:
      return "file-unwritable";
    case ErrorCode::kDiskFull:
      return "disk-full";
    case ErrorCode::kOutOfMemory:
      return "out-of-memory";
    case ErrorCode::kHashMismatch:
      return "hash-mismatch";
    case ErrorCode::kGgufBadMagic:
      return "gguf-bad-magic";
    case ErrorCode::kGgufBadVersion:
      return "gguf-bad-version";
    case ErrorCode::kGgufBigEndian:
      return "gguf-big-endian";
    case ErrorCode::kGgufTruncated:
      return "gguf-truncated";
    case ErrorCode::kGgufBadCount:
      return "gguf-bad-count";
    case ErrorCode::kGgufBadString:
      return "gguf-bad-string";
    case ErrorCode::kGgufTooDeep:
      return "gguf-too-deep";
    case ErrorCode::kGgufBadMetadata:
      return "gguf-bad-metadata";
    case ErrorCode::kGgufDuplicateKey:
      return "gguf-duplicate-key";
    case ErrorCode::kGgufDuplicateTensor:
      return "gguf-duplicate-tensor";
    case ErrorCode::kGgufBadAlignment:
      return "gguf-bad-alignment";
    case ErrorCode::kGgufUnknownType:
      return "gguf-unknown-type";
    case ErrorCode::kGgufBadShape:
      return "gguf-bad-shape";
    case ErrorCode::kGgufMisaligned:
      return "gguf-misaligned";
    case ErrorCode::kGgufOutside:
      return "gguf-outside";
    case ErrorCode::kGgufOverlap:
      return "gguf-overlap";
    case ErrorCode::kModelFamilyUnsupported:
      return "model-family-unsupported";
    case ErrorCode::kModelIncomplete:
      return "model-incomplete";
    case ErrorCode::kModelBadValues:
      return "model-bad-values";
    case ErrorCode::kModelDoesNotFit:
      return "model-does-not-fit";
    case ErrorCode::kTokenizerUnsupported:
      return "tokenizer-unsupported";
    case ErrorCode::kPromptTooLong:
      return "prompt-too-long";
    case ErrorCode::kContextFull:
      return "context-full";
    case ErrorCode::kInvalidUtf8:
      return "invalid-utf8";
    case ErrorCode::kProcessorMissing:
      return "processor-missing";
    case ErrorCode::kProcessorFailed:
      return "processor-failed";
  }
  return "internal";
}

}  // namespace tandem

// Log lines on stderr, which the host keeps in a file beside the agent. stdout belongs to the protocol.
#pragma once

#include <string_view>

namespace tandem {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One line: seconds since boot, level, message. Whole lines never mix, from any thread.
void log(LogLevel level, std::string_view message);

// Lines below this level are dropped; kInfo at start.
void set_log_level(LogLevel level);

}  // namespace tandem

// hookd's log: one line an event that matters, on standard error, as text or JSON, through spdlog.
//
// A line has a time, a level, a message without particulars, and fields that name them. No payload, no secret
// and no URL may be in it: of an endpoint only OriginOf (http/url.h). Thread-safe.
#ifndef HOOKD_BASE_LOG_H_
#define HOOKD_BASE_LOG_H_

#include <initializer_list>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "spdlog/formatter.h"

namespace hookd {

enum class LogFormat { kText, kJson };
enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

// A particular: `name` in lower_snake_case. Made where it is logged, as the value may point to a temporary.
struct LogField {
  absl::string_view name;
  const absl::AlphaNum& value;
};
using LogFields = std::initializer_list<LogField>;

// How lines look from now on, and the least level of those that are written. Until then: text, kInfo. Once,
// at the start.
void ConfigureLog(LogFormat format, LogLevel least);

// Whether lines of that level are written: where they are many, this spares making them.
bool IsLogged(LogLevel level);

void Log(LogLevel level, absl::string_view message, LogFields fields = {});
inline void LogDebug(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(absl::string_view message, LogFields fields = {}) {
  Log(LogLevel::kError, message, fields);
}

// Writes lines in that format, whoever gave them to spdlog. What is not UTF-8 or would break the line is
// replaced.
std::unique_ptr<spdlog::formatter> NewLogFormatter(LogFormat format);

}  // namespace hookd

#endif  // HOOKD_BASE_LOG_H_

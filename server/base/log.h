// hookd's log: one line per important event, on standard error, as text or JSON, with spdlog.
//
// A line has a time, a level, a constant message that names the event, and fields with the details. It must
// not contain payloads, secrets or URLs: of an endpoint, only OriginOf (http/url.h). Thread-safe.
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

// A detail of a log line; `name` is in lower_snake_case. Create it in the call, because `value` may refer to
// a temporary.
struct LogField {
  absl::string_view name;
  const absl::AlphaNum& value;
};
using LogFields = std::initializer_list<LogField>;

// Sets the format and the lowest level of the log; the defaults are text and kInfo. Call it once, at the
// start.
void ConfigureLog(LogFormat format, LogLevel least);

// Whether lines of that level are written. Frequent callers check it before they build a line.
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

// Returns a formatter for all lines of spdlog. It replaces invalid UTF-8 and characters that would break the
// line.
std::unique_ptr<spdlog::formatter> NewLogFormatter(LogFormat format);

}  // namespace hookd

#endif  // HOOKD_BASE_LOG_H_

#include "base/log.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/utf8.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace hookd {
namespace {

// Precedes each field in the text for spdlog. It is a control character, so it occurs nowhere else.
constexpr char kField = '\x1f';

absl::string_view View(spdlog::string_view_t text) { return {text.data(), text.size()}; }

std::string TimeOf(const spdlog::details::log_msg& line) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromChrono(line.time), absl::UTCTimeZone());
}

// Replaces what would break the line.
std::string Printable(absl::string_view text) {
  std::string printable = ReplaceInvalidUtf8(text);
  for (char& c : printable) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return printable;
}

// Returns the text as a word, quoted if necessary.
std::string Word(absl::string_view text) {
  std::string printable = Printable(text);
  if (!printable.empty() && printable.find_first_of(" \"=\\") == std::string::npos) return printable;
  std::string quoted = "\"";
  for (char c : printable) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string AsText(const spdlog::details::log_msg& line) {
  const std::vector<absl::string_view> parts = absl::StrSplit(View(line.payload), kField);
  std::string text = absl::StrCat(TimeOf(line), " ", View(spdlog::level::to_string_view(line.level)), " ",
                                  Printable(parts[0]));
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    absl::StrAppend(&text, " ", field.first, "=", Word(field.second));
  }
  return text;
}

std::string AsJson(const spdlog::details::log_msg& line) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto add = [&writer](absl::string_view name, absl::string_view value) {
    const std::string valid = ReplaceInvalidUtf8(value);
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  };
  const std::vector<absl::string_view> parts = absl::StrSplit(View(line.payload), kField);
  writer.StartObject();
  add("time", TimeOf(line));
  add("level", View(spdlog::level::to_string_view(line.level)));
  add("message", parts[0]);
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    add(field.first, field.second);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

class LineFormatter : public spdlog::formatter {
 public:
  explicit LineFormatter(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    const std::string text = format_ == LogFormat::kJson ? AsJson(line) : AsText(line);
    out.append(text.data(), text.data() + text.size());
    out.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return NewLogFormatter(format_); }

 private:
  const LogFormat format_;
};

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Never destroyed, because threads that end late may still log.
const std::shared_ptr<spdlog::logger>& Logger() {
  static const auto* const logger = [] {
    auto made = std::make_shared<spdlog::logger>("hookd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(NewLogFormatter(LogFormat::kText));
    return new std::shared_ptr<spdlog::logger>(std::move(made));
  }();
  return *logger;
}

}  // namespace

std::unique_ptr<spdlog::formatter> NewLogFormatter(LogFormat format) {
  return std::make_unique<LineFormatter>(format);
}

void ConfigureLog(LogFormat format, LogLevel least) {
  Logger()->set_formatter(NewLogFormatter(format));
  Logger()->set_level(LevelOf(least));
  // Libraries that log with spdlog use the same format.
  spdlog::set_default_logger(Logger());
}

bool IsLogged(LogLevel level) { return Logger()->should_log(LevelOf(level)); }

void Log(LogLevel level, absl::string_view message, LogFields fields) {
  if (!IsLogged(level)) return;
  std::string line(message);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, absl::string_view(&kField, 1), field.name, "=");
    const size_t begin = line.size();
    absl::StrAppend(&line, field.value);
    for (size_t i = begin; i < line.size(); ++i) {
      if (line[i] == kField) line[i] = ' ';
    }
  }
  Logger()->log(LevelOf(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace hookd

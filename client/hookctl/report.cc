#include "hookctl/report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hookctl/color.h"
#include "hookctl/output.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hookctl {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void Add(Writer& writer, absl::string_view key, const std::string& text) {
  writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  const std::string printable = IsUtf8(text) ? text : Printable(text);  // JSON must be UTF-8
  writer.String(printable.data(), static_cast<rapidjson::SizeType>(printable.size()));
}

// A duration as protobuf JSON has it: `2s` or `0.250s`.
std::string JsonDuration(absl::Duration duration) {
  const int64_t ms = absl::ToInt64Milliseconds(duration);
  return ms % 1000 == 0 ? absl::StrCat(ms / 1000, "s") : absl::StrFormat("%d.%03ds", ms / 1000, ms % 1000);
}

void PrintErrorAsJson(std::ostream& err, const Report& report) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("error");
  writer.StartObject();
  if (!report.code.empty()) Add(writer, "code", report.code);
  Add(writer, "message", report.message);
  if (!report.violations.empty()) {
    writer.Key("field_violations");
    writer.StartArray();
    for (const auto& [field, description] : report.violations) {
      writer.StartObject();
      Add(writer, "field", field);
      Add(writer, "description", description);
      writer.EndObject();
    }
    writer.EndArray();
  }
  if (report.retry_delay.has_value()) Add(writer, "retry_delay", JsonDuration(*report.retry_delay));
  if (!report.hint.empty()) Add(writer, "hint", report.hint);
  if (report.line.has_value()) {
    writer.Key("line");
    writer.Int64(*report.line);
  }
  writer.Key("exit_code");
  writer.Int(report.exit_code);
  writer.EndObject();
  writer.EndObject();
  err << buffer.GetString() << std::endl;
}

void PrintMessageAsJson(std::ostream& err, absl::string_view kind, absl::string_view message) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key(kind.data(), static_cast<rapidjson::SizeType>(kind.size()));
  writer.StartObject();
  Add(writer, "message", std::string(message));
  writer.EndObject();
  writer.EndObject();
  err << buffer.GetString() << std::endl;
}

}  // namespace

Report ReportOf(const grpc::Status& status) {
  Report report{.code = hookd::client::CodeName(status.error_code()),
                .message = status.error_message(),
                .violations = hookd::client::FieldViolations(status)};
  if (const auto delay = hookd::client::RetryDelay(status)) report.retry_delay = absl::FromChrono(*delay);
  return report;
}

void PrintError(std::ostream& err, bool json, const Report& report) {
  if (json) {
    PrintErrorAsJson(err, report);
    return;
  }
  err << (report.line.has_value()
              ? absl::StrCat("line ", *report.line, ": ", Colored(err, Color::kRed, "refused"), ": ")
              : absl::StrCat(Colored(err, Color::kRed, "error:"), " "))
      << report.code;
  if (report.violations.empty()) {
    err << (report.code.empty() ? "" : ": ") << Printable(report.message);
  }
  err << "\n";
  for (const auto& [field, description] : report.violations) {
    err << "  " << Colored(err, Color::kBold, Printable(field)) << ": " << Printable(description) << "\n";
  }
  if (!report.hint.empty()) err << Printable(report.hint) << "\n";
  if (report.retry_delay.has_value() && !report.line.has_value()) {
    err << "Try again in " << absl::FormatDuration(*report.retry_delay) << ".\n";
  }
}

void PrintWarning(std::ostream& err, bool json, absl::string_view message) {
  if (json) {
    PrintMessageAsJson(err, "warning", message);
  } else {
    err << Colored(err, Color::kYellow, "warning:") << " " << Printable(message) << "\n";
  }
}

void PrintNote(std::ostream& err, bool json, absl::string_view message) {
  if (json) {
    PrintMessageAsJson(err, "note", message);
  } else {
    err << Printable(message) << std::endl;
  }
}

}  // namespace hookctl

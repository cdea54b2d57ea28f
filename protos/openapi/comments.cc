#include "openapi/comments.h"

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.pb.h"

namespace hookd {
namespace {

// A number with separators, such as 100,000.
double Number(std::string digits) {
  digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
  return std::strtod(digits.c_str(), nullptr);
}

}  // namespace

std::string CommentToMarkdown(const std::string& comment, const std::string& indent) {
  if (comment.empty()) return "";
  std::string text;
  bool code = false;
  for (const absl::string_view written : absl::StrSplit(comment, '\n')) {
    const std::string line(absl::StripPrefix(written, " "));
    const bool set_off = absl::StartsWith(line, "  ");
    if (set_off != code) text += "\n";
    code = set_off;
    text += line.empty() ? "\n" : indent + (code ? "    " + line.substr(2) : line) + "\n";
  }
  while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
  return text;
}

std::string CommentToParagraphs(const std::string& comment) {
  std::string text;
  bool wrapped = false;
  for (const absl::string_view line : absl::StrSplit(CommentToMarkdown(comment, ""), '\n')) {
    const bool prose = !line.empty() && !absl::StartsWith(line, " ");
    if (!text.empty()) text += prose && wrapped ? " " : "\n";
    text.append(line.data(), line.size());
    wrapped = prose;
  }
  // The files are not where the description is read.
  static const std::regex kSample(R"( ?JSON:[ \n]samples/[a-z_]+\.json\.)");
  text = std::regex_replace(text, kSample, "");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string FirstSentence(const std::string& description) {
  bool quoted = false;
  int depth = 0;
  for (size_t i = 0; i < description.size(); ++i) {
    const char c = description[i];
    if (c == '`') quoted = !quoted;
    if (c == '(') ++depth;
    if (c == ')') --depth;
    const bool last = i + 1 == description.size() || description[i + 1] == ' ' || description[i + 1] == '\n';
    if (c == '.' && last && !quoted && depth == 0) return description.substr(0, i);
    if (c == '\n') return description.substr(0, i);
  }
  return description;
}

bool IsRequired(const std::string& description) { return absl::StrContains(description, "Required."); }
bool IsOutputOnly(const std::string& description) { return absl::StrContains(description, "Output only"); }
bool IsInputOnly(const std::string& description) { return absl::StrContains(description, "Input only."); }

std::string RequiredUnless(const std::string& description) {
  static const std::regex kUnless("Required unless `([a-z_]+)` is set");
  std::smatch match;
  return std::regex_search(description, match, kUnless) ? match[1].str() : "";
}

std::optional<Range> StatedRange(const std::string& description) {
  static const std::regex kRange(R"(([0-9][0-9,]*(?:\.[0-9]+)?) to ([0-9][0-9,]*))");
  std::smatch match;
  if (!std::regex_search(description, match, kRange)) return std::nullopt;
  return Range{.min = Number(match[1]), .max = Number(match[2])};
}

bool RejectsNegative(const std::string& description) {
  return absl::StrContains(description, "Negative values are rejected");
}

std::optional<Range> StatedLength(const std::string& description) {
  static const std::regex kRange(
      R"((?:^|[.:] |of )([0-9][0-9,]*) to ([0-9][0-9,]*) (?:bytes|printable ASCII characters|lower-case letters))");
  static const std::regex kMost(R"((?:^|[.,:] )[Aa]t most ([0-9][0-9,]*) (?:bytes|characters))");
  std::smatch match;
  if (std::regex_search(description, match, kRange)) {
    return Range{.min = Number(match[1]), .max = Number(match[2])};
  }
  if (std::regex_search(description, match, kMost)) return Range{.min = 0, .max = Number(match[1])};
  return std::nullopt;
}

bool IsResourceId(const std::string& description) {
  return absl::StrContains(description, ": 1 to 63 lower-case letters, digits and hyphens");
}

std::optional<int64_t> MaxStringLength(const google::protobuf::FileDescriptor& file) {
  google::protobuf::SourceLocation location;
  const std::vector<int> syntax = {google::protobuf::FileDescriptorProto::kSyntaxFieldNumber};
  if (!file.GetSourceLocation(syntax, &location)) return std::nullopt;
  const std::string comment = CommentToParagraphs(location.leading_comments);
  static const std::regex kStrings("Every string below must be valid UTF-8 of at most ([0-9,]+) bytes");
  std::smatch match;
  if (!std::regex_search(comment, match, kStrings)) return std::nullopt;
  return static_cast<int64_t>(Number(match[1]));
}

}  // namespace hookd

#include "web/routes/header_values.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "http/header_rules.h"

namespace hookd {
namespace {

// Splits the text at the separator, except in quoted strings, and strips white space.
std::vector<absl::string_view> SplitUnquoted(absl::string_view text, char separator) {
  std::vector<absl::string_view> parts;
  size_t begin = 0;
  bool quoted = false;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == separator && !quoted)) {
      parts.push_back(absl::StripAsciiWhitespace(text.substr(begin, i - begin)));
      begin = i + 1;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '\\' && quoted && i + 1 < text.size()) {
      ++i;
    }
  }
  return parts;
}

// The value of a parameter: a token, or a quoted string without its quotes and escapes.
std::optional<std::string> ParameterValue(absl::string_view text) {
  if (IsToken(text)) return std::string(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    value.push_back(text[i]);
  }
  return value;
}

}  // namespace

absl::InlinedVector<absl::string_view, 2> HeaderValues(const WebHeaders& headers, absl::string_view name) {
  absl::InlinedVector<absl::string_view, 2> values;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) values.push_back(absl::StripAsciiWhitespace(value));
  }
  return values;
}

std::vector<absl::string_view> HeaderElements(const WebHeaders& headers, absl::string_view name) {
  std::vector<absl::string_view> elements;
  for (const absl::string_view value : HeaderValues(headers, name)) {
    for (const absl::string_view element : SplitUnquoted(value, ',')) {
      if (!element.empty()) elements.push_back(element);
    }
  }
  return elements;
}

const std::string* ParameterizedValue::Find(absl::string_view name) const {
  for (const auto& parameter : parameters) {
    if (parameter.first == name) return &parameter.second;
  }
  return nullptr;
}

std::optional<ParameterizedValue> ParseParameterized(absl::string_view text) {
  const std::vector<absl::string_view> parts = SplitUnquoted(text, ';');
  ParameterizedValue parsed{absl::AsciiStrToLower(parts[0]), {}};
  // A token, or two with a slash between them.
  const size_t slash = parts[0].find('/');
  if (!IsToken(parts[0].substr(0, slash))) return std::nullopt;
  if (slash != absl::string_view::npos && !IsToken(parts[0].substr(slash + 1))) return std::nullopt;
  for (size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    const size_t equals = parts[i].find('=');
    const absl::string_view name = parts[i].substr(0, equals);
    if (!IsToken(name) || equals == absl::string_view::npos) return std::nullopt;
    auto value = ParameterValue(parts[i].substr(equals + 1));
    if (!value.has_value()) return std::nullopt;
    parsed.parameters.emplace_back(absl::AsciiStrToLower(name), *std::move(value));
  }
  return parsed;
}

}  // namespace hookd

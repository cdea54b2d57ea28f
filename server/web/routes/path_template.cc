#include "web/routes/path_template.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/limits.h"
#include "base/status_macros.h"

namespace hookd {
namespace {

// What a literal may have: the characters of a path that have no meaning in a template.
bool IsLiteral(char c) { return absl::ascii_isalnum(c) || absl::StrContains("-._~!$&'()+,;=@", c); }

bool IsIdentifier(absl::string_view text) {
  if (text.empty() || absl::ascii_isdigit(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

// The segment of the path that the template compares: the last one without the verb, if the template has one.
absl::string_view SegmentOf(const RequestPath& path, size_t index, bool has_verb) {
  return has_verb && index + 1 == path.size() ? path.last_without_verb() : path[index];
}

}  // namespace

// Parses a template by recursive descent; each function is a rule of the grammar.
class PathTemplateParser {
 public:
  explicit PathTemplateParser(absl::string_view text) : rest_(text) { template_.text_ = std::string(text); }

  absl::StatusOr<PathTemplate> Parse() {
    if (rest_.size() > limits::kMaxUrlBytes) return Error("the template is too long");
    if (!absl::ConsumePrefix(&rest_, "/")) return Error("expected /");
    HOOKD_RETURN_IF_ERROR(ParseSegments(/*in_variable=*/false));
    if (absl::ConsumePrefix(&rest_, ":")) {
      template_.verb_ = std::string(TakeWhile(IsLiteral));
      if (template_.verb_.empty()) return Error("expected a verb");
    }
    if (!rest_.empty()) return Error("expected the end, / or :verb");
    return std::move(template_);
  }

 private:
  absl::Status ParseSegments(bool in_variable) {
    do {
      HOOKD_RETURN_IF_ERROR(ParseSegment(in_variable));
    } while (absl::ConsumePrefix(&rest_, "/"));
    return absl::OkStatus();
  }

  absl::Status ParseSegment(bool in_variable) {
    if (absl::ConsumePrefix(&rest_, "**")) return Add({PathTemplate::Kind::kRest, ""});
    if (absl::ConsumePrefix(&rest_, "*")) return Add({PathTemplate::Kind::kOne, ""});
    if (absl::StartsWith(rest_, "{")) {
      return in_variable ? Error("a variable must not have variables") : ParseVariable();
    }
    const std::string literal(TakeWhile(IsLiteral));
    if (literal.empty()) return Error("expected a segment");
    return Add({PathTemplate::Kind::kLiteral, literal});
  }

  absl::Status ParseVariable() {
    rest_.remove_prefix(1);
    const absl::string_view field_path =
        TakeWhile([](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.'; });
    for (const absl::string_view field : absl::StrSplit(field_path, '.')) {
      if (!IsIdentifier(field)) return Error("expected the path of a field before this");
    }
    for (const auto& other : template_.variables_) {
      if (other.field_path == field_path) return Error("the variable before this occurs twice");
    }
    const size_t first = template_.segments_.size();
    if (absl::ConsumePrefix(&rest_, "=")) {
      HOOKD_RETURN_IF_ERROR(ParseSegments(/*in_variable=*/true));
    } else {
      HOOKD_RETURN_IF_ERROR(Add({PathTemplate::Kind::kOne, ""}));
    }
    if (!absl::ConsumePrefix(&rest_, "}")) return Error("expected }");
    template_.variables_.push_back({std::string(field_path), first, template_.segments_.size() - first});
    return absl::OkStatus();
  }

  absl::Status Add(PathTemplate::Segment segment) {
    auto& segments = template_.segments_;
    if (!segments.empty() && segments.back().kind == PathTemplate::Kind::kRest) {
      return Error("** must be the last segment");
    }
    if (segments.size() == RequestPath::kMaxSegments) return Error("there are too many segments");
    segments.push_back(std::move(segment));
    return absl::OkStatus();
  }

  template <typename Predicate>
  absl::string_view TakeWhile(Predicate allowed) {
    const size_t size = std::find_if_not(rest_.begin(), rest_.end(), allowed) - rest_.begin();
    const absl::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("path template, at byte ", template_.text_.size() - rest_.size(), ": ", what));
  }

  PathTemplate template_;
  absl::string_view rest_;
};

absl::StatusOr<PathTemplate> PathTemplate::Compile(absl::string_view text) {
  return PathTemplateParser(text).Parse();
}

bool PathTemplate::Matches(const RequestPath& path) const {
  if (path.size() > RequestPath::kMaxSegments) return false;
  const bool has_verb = !verb_.empty();
  if (has_verb && path.verb() != verb_) return false;
  const size_t fixed = segments_.size() - (open_ended() ? 1 : 0);
  if (open_ended() ? path.size() < fixed : path.size() != fixed) return false;
  for (size_t i = 0; i < fixed; ++i) {
    const absl::string_view segment = SegmentOf(path, i, has_verb);
    if (segments_[i].kind == Kind::kLiteral ? segment != segments_[i].literal : segment.empty()) return false;
  }
  return true;
}

std::vector<PathVariable> PathTemplate::Variables(const RequestPath& path) const {
  std::vector<PathVariable> values;
  values.reserve(variables_.size());
  for (const Variable& variable : variables_) {
    const bool to_the_end = segments_[variable.first + variable.count - 1].kind == Kind::kRest;
    const size_t end = to_the_end ? path.size() : variable.first + variable.count;
    if (end == variable.first) {  // ** of no segments
      values.push_back({variable.field_path, ""});
      continue;
    }
    const absl::string_view last = SegmentOf(path, end - 1, !verb_.empty());
    const char* const begin = path[variable.first].data();
    const absl::string_view part(begin, last.data() + last.size() - begin);
    const bool single = variable.count == 1 && !to_the_end;
    values.push_back({variable.field_path, DecodePath(part, /*keep_slashes=*/!single)});
  }
  return values;
}

}  // namespace hookd

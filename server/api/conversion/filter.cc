#include "api/conversion/filter.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"

namespace hookd {
namespace {

// The filter is valid UTF-8: a byte that does not continue a character begins one.
size_t CountCharacters(absl::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// One comparison as written, `field operation value`, and the positions of its parts in the filter.
struct Comparison {
  absl::string_view field;
  FilterValue value;
  size_t condition = 0;  // the number of its condition: OR joins the comparisons of one
  size_t field_at = 0, operation_at = 0, value_at = 0;
};

// Splits a filter into comparisons. Stops at the first error, because the meaning of the rest would be
// uncertain.
class Parser {
 public:
  explicit Parser(absl::string_view filter) : filter_(filter) {}

  // Returns false and sets `error` and `error_at` if there is an error.
  bool Parse(std::vector<Comparison>& comparisons) {
    for (size_t condition = 0;; ++condition) {
      SkipSpace();
      const bool enclosed = Take('(');
      do {
        SkipSpace();
        Comparison comparison;
        comparison.condition = condition;
        if (!ReadField(comparison) || !ReadOperation(comparison) || !ReadValue(comparison)) return false;
        comparisons.push_back(std::move(comparison));
        SkipSpace();
      } while (TakeOr());
      if (enclosed && !ReadEnclosure()) return false;
      SkipSpace();
      if (AtEnd()) return true;
      if (!ReadAnd()) return false;
    }
  }

  std::string error;
  size_t error_at = 0;

 private:
  bool AtEnd() const { return at_ == filter_.size(); }
  absl::string_view Rest() const { return filter_.substr(at_); }
  void SkipSpace() {
    while (!AtEnd() && absl::ascii_isspace(filter_[at_])) ++at_;
  }
  bool Take(char c) {
    if (AtEnd() || filter_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Reads the characters that satisfy `belongs`.
  template <typename F>
  absl::string_view ReadWhile(F belongs) {
    const size_t start = at_;
    while (!AtEnd() && belongs(filter_[at_])) ++at_;
    return filter_.substr(start, at_ - start);
  }
  absl::string_view ReadWord() {
    return ReadWhile([](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.'; });
  }
  bool Fail(size_t at, std::string why) {
    error_at = at;
    error = std::move(why);
    return false;
  }

  // Reports that `expected` is missing, or the construct of AIP-160 that hookd does not support.
  bool FailAt(size_t at, absl::string_view expected) {
    const absl::string_view rest = filter_.substr(at);
    if (rest.empty()) return Fail(at, absl::StrCat("ends where ", expected, " is expected"));
    if (rest[0] == '(') {
      return Fail(at, "parentheses can only enclose comparisons of one field that are joined by OR");
    }
    if (rest[0] == ')') return Fail(at, "the opening parenthesis is missing");
    if (rest[0] == ':') return Fail(at, "the operator : is not supported");
    if (rest[0] == '-') return Fail(at, "negation (-) is not supported");
    return Fail(at, absl::StrCat(expected, " is expected"));
  }

  bool ReadField(Comparison& comparison) {
    comparison.field_at = at_;
    comparison.field = ReadWord();
    if (comparison.field.empty()) return FailAt(at_, "a field");
    if (comparison.field == "NOT") return Fail(comparison.field_at, "NOT is not supported");
    if (comparison.field == "OR" || comparison.field == "AND") {
      return Fail(comparison.field_at, absl::StrCat("a field is expected, not ", comparison.field));
    }
    return true;
  }

  bool ReadOperation(Comparison& comparison) {
    SkipSpace();
    comparison.operation_at = at_;
    if (absl::StartsWith(Rest(), "(")) return Fail(comparison.field_at, "functions are not supported");
    comparison.value.operation =
        ReadWhile([](char c) { return c == '=' || c == '<' || c == '>' || c == '!'; });
    if (comparison.value.operation.empty()) return FailAt(at_, "a comparison (=, <, <=, >, >=)");
    return true;
  }

  bool ReadValue(Comparison& comparison) {
    SkipSpace();
    comparison.value_at = at_;
    if (Take('"') || Take('\'')) {
      comparison.value.quoted = true;
      return ReadQuoted(comparison, filter_[at_ - 1]);
    }
    comparison.value.text = std::string(ReadWhile([](char c) {
      return absl::ascii_isalnum(c) || absl::StrContains("_-+./:*@", absl::string_view(&c, 1));
    }));
    if (comparison.value.text.empty()) return FailAt(at_, "a value");
    if (absl::StartsWith(Rest(), "(")) return Fail(comparison.value_at, "functions are not supported");
    return true;
  }

  // Reads the rest of a quoted string, after its first quote.
  bool ReadQuoted(Comparison& comparison, char quote) {
    for (; !AtEnd(); ++at_) {
      if (Take(quote)) return true;
      if (filter_[at_] == '\\') {
        const absl::string_view escaped = filter_.substr(at_ + 1, 1);
        if (escaped.empty()) break;
        if (!absl::StrContains("\\\"'", escaped)) {
          return Fail(at_, "a backslash can only precede a quote or a backslash: write \\\\ for a backslash");
        }
        ++at_;
      }
      comparison.value.text += filter_[at_];
    }
    return Fail(comparison.value_at, "the closing quote is missing");
  }

  bool TakeOr() {
    const size_t start = at_;
    if (ReadWord() == "OR") return true;
    at_ = start;
    return false;
  }

  bool ReadEnclosure() {
    const size_t start = at_;
    if (Take(')')) return true;
    if (ReadWord() == "AND") return Fail(start, "within parentheses, comparisons can only be joined by OR");
    return FailAt(start, "OR or a closing parenthesis");
  }

  bool ReadAnd() {
    const size_t start = at_;
    if (ReadWord() != "AND") return FailAt(start, "AND");
    const size_t end = at_;
    SkipSpace();
    // A word that continues, such as `AND-`, is not AND.
    if (end == at_ && !AtEnd() && filter_[at_] != '(') return FailAt(at_, "a space");
    return true;
  }

  const absl::string_view filter_;
  size_t at_ = 0;
};

// Gives comparisons to the fields of a method.
class Reader {
 public:
  explicit Reader(const std::vector<FilterField>& fields) : fields_(fields) {}

  // Returns the error of the comparison, or an empty string; with an error, sets `at` to its position.
  std::string Take(const Comparison& comparison, size_t& at) {
    at = comparison.field_at;
    const auto field = std::find_if(fields_.begin(), fields_.end(), [&](const FilterField& candidate) {
      return candidate.name == comparison.field;
    });
    if (field == fields_.end()) {
      return absl::StrCat("there is no field ", comparison.field, " to filter by; the fields are ", Names());
    }
    const bool joined = condition_ == comparison.condition;
    const absl::string_view other = std::exchange(last_field_, comparison.field);
    condition_ = comparison.condition;
    if (joined && other != comparison.field) {
      return absl::StrCat("OR can only join values of one field, here of ", other);
    }
    const size_t count = ++counts_[comparison.field];
    const bool first = count == 1;
    if (field->kind == FilterField::Kind::kRange) {
      if (joined) return absl::StrCat("OR cannot join comparisons of ", field->name);
    } else if (!first && field->kind == FilterField::Kind::kSingle) {
      return absl::StrCat(field->name, " can only appear once");
    } else if (!first && !joined) {
      return absl::StrCat(field->name, " can only appear once; join its values with OR");
    }
    if (count > limits::kMaxFilterValues) {
      return absl::StrCat("at most ", limits::kMaxFilterValues, " values of a field are supported");
    }
    at = comparison.operation_at;
    if (!Supports(field->kind, comparison.value.operation)) {
      return absl::StrCat(field->name, " can only be compared with ",
                          field->kind == FilterField::Kind::kRange ? ">, >=, < and <=" : "=");
    }
    at = comparison.value_at;
    return field->take(comparison.value);
  }

 private:
  static bool Supports(FilterField::Kind kind, absl::string_view operation) {
    if (kind != FilterField::Kind::kRange) return operation == "=";
    return operation == ">" || operation == ">=" || operation == "<" || operation == "<=";
  }

  // "a, b and c".
  std::string Names() const {
    std::vector<absl::string_view> names;
    for (const FilterField& field : fields_) names.push_back(field.name);
    if (names.size() < 2) return absl::StrJoin(names, "");
    const absl::string_view last = names.back();
    names.pop_back();
    return absl::StrCat(absl::StrJoin(names, ", "), " and ", last);
  }

  const std::vector<FilterField>& fields_;
  std::map<absl::string_view, size_t> counts_;  // of the values of each field
  size_t condition_ = static_cast<size_t>(-1);  // of the last comparison
  absl::string_view last_field_;                // likewise
};

}  // namespace

void ReadFilter(absl::string_view filter, const std::vector<FilterField>& fields,
                FieldViolations& violations) {
  if (CountCharacters(filter) > limits::kMaxFilterCharacters) {
    violations.Add("filter", absl::StrCat("must be at most ", limits::kMaxFilterCharacters, " characters"));
    return;
  }
  if (absl::StripAsciiWhitespace(filter).empty()) return;
  const auto add = [&](size_t at, absl::string_view error) {
    violations.Add("filter",
                   absl::StrCat("at position ", CountCharacters(filter.substr(0, at)) + 1, ": ", error));
  };
  std::vector<Comparison> comparisons;
  Parser parser(filter);
  const bool whole = parser.Parse(comparisons);
  Reader reader(fields);
  for (const Comparison& comparison : comparisons) {
    size_t at = 0;
    const std::string error = reader.Take(comparison, at);
    if (!error.empty()) add(at, error);
  }
  if (!whole) add(parser.error_at, parser.error);
}

}  // namespace hookd

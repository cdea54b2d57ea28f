#include "web/documents.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace hookd {
namespace {

// Finds values in a JSON text by its quotes and brackets alone, which costs a tenth of parsing it: the text
// of each event is parsed later, once. Whatever is not JSON is left to that.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  size_t position() const { return position_; }
  bool AtEnd() const { return position_ == text_.size(); }
  // The next character; NUL at the end.
  char Peek() const { return AtEnd() ? '\0' : text_[position_]; }
  void SkipBlanks() {
    SkipUntil([](char c) { return !IsBlank(c); });
  }
  bool Take(char c) {
    if (AtEnd() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  // Takes a string with its quotes. Requires: the next character is a quote. The end of the text ends it too.
  absl::string_view TakeString() {
    const size_t begin = position_++;
    while (true) {
      position_ = std::min(text_.find('"', position_), text_.size());
      size_t backslashes = 0;
      while (text_[position_ - 1 - backslashes] == '\\') ++backslashes;
      if (AtEnd()) return text_.substr(begin);
      ++position_;
      if (backslashes % 2 == 0) return text_.substr(begin, position_ - begin);
    }
  }

  // Takes a value: a string, what is in brackets, or anything else up to a blank or a comma, colon or closing
  // bracket. Returns an empty text if there is none, or its brackets do not end.
  absl::string_view TakeValue() {
    const size_t begin = position_;
    if (Peek() == '"') return TakeString();
    if (Peek() != '{' && Peek() != '[') {
      SkipUntil([](char c) { return IsBlank(c) || c == ',' || c == ':' || c == ']' || c == '}'; });
      return text_.substr(begin, position_ - begin);
    }
    int64_t depth = 0;
    do {
      SkipUntil([](char c) { return c == '"' || c == '{' || c == '}' || c == '[' || c == ']'; });
      if (AtEnd()) return "";
      switch (text_[position_]) {
        case '"':
          TakeString();
          continue;
        case '{':
        case '[':
          ++depth;
          break;
        default:
          --depth;
      }
      ++position_;
    } while (depth > 0);
    return text_.substr(begin, position_ - begin);
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  template <typename Predicate>
  void SkipUntil(Predicate predicate) {
    while (position_ < text_.size() && !predicate(text_[position_])) ++position_;
  }

  const absl::string_view text_;
  size_t position_ = 0;
};

// Whether an object has the key. Requires: its opening brace was taken.
bool HasKey(absl::string_view key, Scanner& scanner) {
  while (true) {
    scanner.SkipBlanks();
    if (scanner.Peek() != '"') return false;
    const absl::string_view found = scanner.TakeString();
    scanner.SkipBlanks();
    if (!scanner.Take(':')) return false;
    if (found == key) return true;
    scanner.SkipBlanks();
    if (scanner.TakeValue().empty()) return false;
    scanner.SkipBlanks();
    if (!scanner.Take(',')) return false;
  }
}

// Takes the elements of a list, up to `max_documents` + 1 of them. Returns what is expected at the scanner's
// position instead of what is there. Requires: the opening bracket was taken.
std::optional<absl::string_view> TakeElements(size_t max_documents, Scanner& scanner,
                                              std::vector<absl::string_view>& documents) {
  scanner.SkipBlanks();
  bool more = !scanner.Take(']');
  while (more) {
    scanner.SkipBlanks();
    const absl::string_view element = scanner.TakeValue();
    if (element.empty()) return scanner.AtEnd() ? "the end of the list" : "a value";
    documents.push_back(element);
    if (documents.size() > max_documents) return std::nullopt;
    scanner.SkipBlanks();
    more = scanner.Take(',');
    if (!more && !scanner.Take(']')) return "a comma or ]";
  }
  scanner.SkipBlanks();
  if (!scanner.AtEnd()) return "nothing after the list";
  return std::nullopt;
}

}  // namespace

DocumentBody FindDocuments(absl::string_view body, size_t max_documents) {
  Scanner scanner(body);
  scanner.SkipBlanks();
  if (scanner.Take('{')) {
    if (!HasKey("\"type\"", scanner)) return {};
    return {.kind = DocumentBody::Kind::kDocument, .documents = {body}};
  }
  if (!scanner.Take('[')) return {};
  DocumentBody list{.kind = DocumentBody::Kind::kList};
  if (const auto expected = TakeElements(max_documents, scanner, list.documents)) {
    list.status = FieldError(
        "body", absl::StrCat("is not valid JSON at byte ", scanner.position() + 1, ": expected ", *expected));
  }
  return list;
}

}  // namespace hookd

#include "web/console/embed/javascript.h"

#include <array>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

namespace hookd {
namespace {

// The words after which a slash begins a regular expression. After any other word it divides.
constexpr std::array<std::string_view, 12> kWordsBeforeValue = {
    "return", "typeof", "case", "in", "of", "delete", "void", "throw", "else", "do", "await", "yield"};

bool IsOfWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Copies a script token by token, as far as comments, strings and regular expressions matter.
class Copier {
 public:
  explicit Copier(std::string_view script) : script_(script) {}

  // Returns whether the script could be read.
  bool Run() {
    while (!AtEnd()) {
      if (!Step()) return false;
    }
    return braces_.empty();
  }

  std::string& copy() { return copy_; }

 private:
  bool AtEnd() const { return position_ == script_.size(); }
  bool Sees(std::string_view text) const { return script_.substr(position_, text.size()) == text; }
  // Copies so many characters, or what is left.
  void Copy(size_t count) {
    const std::string_view copied = script_.substr(position_, count);
    copy_.append(copied);
    position_ += copied.size();
  }

  bool Step() {
    const char c = script_[position_];
    if (Sees("//")) return TakeComment(script_.find('\n', position_));
    if (Sees("/*")) {
      const size_t end = script_.find("*/", position_ + 2);
      return end != std::string_view::npos && TakeComment(end + 2);
    }
    if (c == '\'' || c == '"') return CopyUntil(c);
    if (c == '`') {
      Copy(1);
      return CopyTemplate();
    }
    if (c == '/' && IsValueExpected()) return CopyRegularExpression();
    Copy(1);
    if (c == '{') braces_.push_back(Brace::kBlock);
    if (c != '}') return true;
    if (braces_.empty()) return false;
    const Brace closed = braces_.back();
    braces_.pop_back();
    return closed == Brace::kBlock || CopyTemplate();
  }

  // Takes a comment that ends before `end`. Leaves it out, with its line break, if nothing else is on its
  // lines.
  bool TakeComment(size_t end) {
    if (end == std::string_view::npos) end = script_.size();
    size_t next = end;
    while (next < script_.size() && IsBlank(script_[next])) ++next;
    size_t line = copy_.size();
    while (line > 0 && IsBlank(copy_[line - 1])) --line;
    const bool begins_line = line == 0 || copy_[line - 1] == '\n';
    const bool ends_line = next == script_.size() || script_[next] == '\n';
    if (begins_line && ends_line) {
      copy_.resize(line);
      position_ = next < script_.size() ? next + 1 : next;
    } else {
      Copy(end - position_);
    }
    return true;
  }

  // Copies a string with its quotes. It may not have a line break.
  bool CopyUntil(char quote) {
    Copy(1);
    while (!AtEnd() && script_[position_] != '\n') {
      const char c = script_[position_];
      Copy(c == '\\' ? 2 : 1);
      if (c == quote) return true;
    }
    return false;
  }

  // Copies the text of a template up to its end, or into the next ${.
  bool CopyTemplate() {
    while (!AtEnd()) {
      if (Sees("${")) {
        Copy(2);
        braces_.push_back(Brace::kTemplate);
        return true;
      }
      const char c = script_[position_];
      Copy(c == '\\' ? 2 : 1);
      if (c == '`') return true;
    }
    return false;
  }

  bool CopyRegularExpression() {
    Copy(1);
    bool in_class = false;  // within brackets, where a slash is a character
    while (!AtEnd() && script_[position_] != '\n') {
      const char c = script_[position_];
      Copy(c == '\\' ? 2 : 1);
      if (c == '[') in_class = true;
      if (c == ']') in_class = false;
      if (c == '/' && !in_class) return true;
    }
    return false;
  }

  // Whether what precedes is no value that a slash could divide.
  bool IsValueExpected() const {
    size_t end = copy_.size();
    while (end > 0 && std::isspace(static_cast<unsigned char>(copy_[end - 1])) != 0) --end;
    if (end == 0) return true;
    size_t begin = end;
    while (begin > 0 && IsOfWord(copy_[begin - 1])) --begin;
    if (begin == end) return copy_[end - 1] != ')' && copy_[end - 1] != ']';
    const std::string_view word = std::string_view(copy_).substr(begin, end - begin);
    for (const std::string_view before : kWordsBeforeValue) {
      if (word == before) return true;
    }
    return false;
  }

  // What an opening brace that is not closed yet began.
  enum class Brace { kBlock, kTemplate };

  const std::string_view script_;
  size_t position_ = 0;
  std::string copy_;
  std::vector<Brace> braces_;
};

}  // namespace

std::optional<std::string> WithoutComments(const std::string& script) {
  Copier copier(script);
  if (!copier.Run()) return std::nullopt;
  return std::move(copier.copy());
}

}  // namespace hookd

// A path template of google.api.http, such as "/v1/{name=projects/*/webhooks/*}:test".
//
// The grammar is that of google/api/http.proto: literals, "*" for one segment, "**" for all the rest,
// variables such as {field.path} and {field=projects/*}, and a verb at the end. Immutable and so thread-safe.
#ifndef HOOKD_WEB_ROUTES_PATH_TEMPLATE_H_
#define HOOKD_WEB_ROUTES_PATH_TEMPLATE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "web/routes/request_path.h"

namespace hookd {

// The value of a variable in a path.
struct PathVariable {
  absl::string_view field_path;  // such as "webhook.name"; of the template, which must outlive it
  std::string value;             // decoded, without NUL, UTF-8
};

class PathTemplate {
 public:
  enum class Kind {
    kLiteral,
    kOne,   // *: one segment that is not empty
    kRest,  // **: any number of segments, at the end
  };
  struct Segment {
    Kind kind;
    std::string literal;
    bool operator==(const Segment&) const = default;
  };
  struct Variable {
    std::string field_path;
    size_t first;  // the segments that it covers
    size_t count;
  };

  // Returns INVALID_ARGUMENT, with the position, if the text is not a template, if it has more than
  // RequestPath::kMaxSegments segments or limits::kMaxUrlBytes bytes, or if a variable occurs twice.
  static absl::StatusOr<PathTemplate> Compile(absl::string_view text);

  // Whether the path matches. Literals and verbs match as they are written; percent-encoded, they do not.
  bool Matches(const RequestPath& path) const;

  // The values of the variables, in the order of the template. A variable of one segment, as {id}, is decoded
  // completely. One of several segments, as {name=projects/*}, keeps %2F, as http.proto says: it cannot have
  // more segments than its template. Requires: the path matches.
  std::vector<PathVariable> Variables(const RequestPath& path) const;

  const std::string& text() const { return text_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const std::vector<Variable>& variables() const { return variables_; }
  const std::string& verb() const { return verb_; }  // empty if there is none
  // Whether it ends with "**", which matches any number of segments.
  bool open_ended() const { return segments_.back().kind == Kind::kRest; }

 private:
  friend class PathTemplateParser;
  PathTemplate() = default;

  std::string text_;
  std::vector<Segment> segments_;  // at least one
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_PATH_TEMPLATE_H_

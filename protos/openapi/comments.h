// The comments of descriptors as text for people, and what they state in fixed words: "Required.", "Output
// only.", "1 to 1,000", "At most 256 bytes".
//
// Thread-safe; no state.
#ifndef HOOKD_OPENAPI_COMMENTS_H_
#define HOOKD_OPENAPI_COMMENTS_H_

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <string>

namespace hookd {

// A comment, as protoc gives it, as lines of Markdown with an indentation. Lines that the comment indents are
// code.
std::string CommentToMarkdown(const std::string& comment, const std::string& indent);

// The comment with each paragraph on one line, for text that is wrapped where it is shown.
std::string CommentToParagraphs(const std::string& comment);

// The comment of an element of a file: a message, a field, a method and so on. Empty if it has none.
template <typename Element>
std::string RawComment(const Element& element) {
  google::protobuf::SourceLocation location;
  return element.GetSourceLocation(&location) ? location.leading_comments : "";
}
template <typename Element>
std::string MarkdownComment(const Element& element, const std::string& indent) {
  return CommentToMarkdown(RawComment(element), indent);
}
template <typename Element>
std::string Description(const Element& element) {
  return CommentToParagraphs(RawComment(element));
}

// The first sentence of a description, without its period.
std::string FirstSentence(const std::string& description);

// --- What a description states ---

bool IsRequired(const std::string& description);
bool IsOutputOnly(const std::string& description);
bool IsInputOnly(const std::string& description);

// The field that can be set instead: "Required unless `document` is set". Empty if there is none.
std::string RequiredUnless(const std::string& description);

struct Range {
  double min = 0;
  double max = 0;
};
// The range of a number, or of a count of elements: "0.01 to 100,000".
std::optional<Range> StatedRange(const std::string& description);
// Whether negative numbers are rejected.
bool RejectsNegative(const std::string& description);

// The length of a string: "At most 256 bytes", "1 to 128 printable ASCII characters". `min` is 0 if only the
// maximum is stated. Bytes count as characters, of which a string never has more.
std::optional<Range> StatedLength(const std::string& description);

// Whether the string is an id: "1 to 63 lower-case letters, digits and hyphens".
bool IsResourceId(const std::string& description);

// The maximum length of the strings in the messages of a file, if the comment of the file states one.
std::optional<int64_t> MaxStringLength(const google::protobuf::FileDescriptor& file);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_COMMENTS_H_

#include "web/routes/request_path.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace hookd {
namespace {

// The characters of a path: those of RFC 3986's pchar, "/", and "%", whose digits are checked separately.
constexpr std::array<bool, 256> PathCharacters() {
  std::array<bool, 256> allowed = {};
  for (int c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) allowed[c] = allowed[c - 'a' + 'A'] = true;
  for (const char c :
       {'-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=', ':', '@'}) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  allowed['/'] = allowed['%'] = true;
  return allowed;
}
constexpr std::array<bool, 256> kPathCharacters = PathCharacters();

int HexDigit(char c) { return absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10; }

char DecodedByte(absl::string_view escape) {
  return static_cast<char>(HexDigit(escape[1]) * 16 + HexDigit(escape[2]));
}

absl::Status Invalid(size_t position, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the path of the URL, at byte ", position, ": ", what));
}

absl::Status CheckEscapes(absl::string_view raw) {
  for (size_t i = raw.find('%'); i != absl::string_view::npos; i = raw.find('%', i + 3)) {
    if (i + 2 >= raw.size() || !absl::ascii_isxdigit(raw[i + 1]) || !absl::ascii_isxdigit(raw[i + 2])) {
      return Invalid(i, "expected two hexadecimal digits after %; write a % as %25");
    }
    if (DecodedByte(raw.substr(i)) == '\0') return Invalid(i, "NUL (%00) is not allowed");
  }
  const std::string decoded = DecodePath(raw, /*keep_slashes=*/false);
  if (ValidUtf8Length(decoded) == decoded.size()) return absl::OkStatus();
  return absl::InvalidArgumentError("the path of the URL is not UTF-8 when it is percent-decoded");
}

}  // namespace

absl::StatusOr<RequestPath> RequestPath::Parse(absl::string_view raw) {
  if (raw.size() > limits::kMaxUrlBytes) {
    return absl::OutOfRangeError(
        absl::StrCat("the path of the URL is longer than ", limits::kMaxUrlBytes, " bytes"));
  }
  if (raw.empty() || raw[0] != '/') return Invalid(0, "expected /");
  bool encoded = false;
  for (size_t i = 0; i < raw.size(); ++i) {
    if (!kPathCharacters[static_cast<unsigned char>(raw[i])]) {
      return Invalid(i, "this character must be percent-encoded");
    }
    encoded = encoded || raw[i] == '%';
  }
  if (encoded) {
    if (const absl::Status status = CheckEscapes(raw); !status.ok()) return status;
  }

  RequestPath path;
  absl::string_view rest = raw;
  while (!rest.empty() && path.segments_.size() <= kMaxSegments) {
    rest.remove_prefix(1);  // the slash
    path.segments_.push_back(rest.substr(0, rest.find('/')));
    rest.remove_prefix(path.segments_.back().size());
  }
  path.last_without_verb_ = path.segments_.back();
  const size_t colon = path.last_without_verb_.rfind(':');
  if (colon != absl::string_view::npos) {
    path.verb_ = path.last_without_verb_.substr(colon + 1);
    path.last_without_verb_ = path.last_without_verb_.substr(0, colon);
  }
  return path;
}

std::string DecodePath(absl::string_view part, bool keep_slashes) {
  std::string decoded;
  decoded.reserve(part.size());
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') {
      decoded.push_back(part[i]);
      continue;
    }
    const char byte = DecodedByte(part.substr(i));
    if (byte == '/' && keep_slashes) {
      decoded.append(part.data() + i, 3);
    } else {
      decoded.push_back(byte);
    }
    i += 2;
  }
  return decoded;
}

}  // namespace hookd

#include "base/trace_context.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/limits.h"

namespace hookd {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr size_t kTraceIdAt = 3, kTraceIdSize = 32;
constexpr size_t kParentIdAt = 36, kParentIdSize = 16;
constexpr size_t kFlagsAt = 53, kFlagsSize = 2;
constexpr size_t kSize = 55;

constexpr size_t kMaxMembers = 32;
constexpr size_t kMaxValueSize = 256;

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(absl::string_view text) { return text.find_first_not_of('0') == absl::string_view::npos; }

// Returns the header in version 00; empty if it is invalid.
std::string ReadParent(absl::string_view text) {
  if (text.size() < kSize) return "";
  const absl::string_view version = text.substr(0, 2);
  const absl::string_view trace_id = text.substr(kTraceIdAt, kTraceIdSize);
  const absl::string_view parent_id = text.substr(kParentIdAt, kParentIdSize);
  const absl::string_view flags = text.substr(kFlagsAt, kFlagsSize);
  if (!IsHex(version) || version == "ff" || text[2] != '-' || !IsHex(trace_id) || IsZero(trace_id) ||
      text[35] != '-' || !IsHex(parent_id) || IsZero(parent_id) || text[52] != '-' || !IsHex(flags)) {
    return "";
  }
  if (version == "00") return text.size() == kSize ? std::string(text) : "";
  if (text.size() > kSize && text[kSize] != '-') return "";
  // Of the flags of a later version, only `sampled` is known.
  const bool sampled = absl::string_view("13579bdf").find(flags[1]) != absl::string_view::npos;
  return absl::StrCat("00-", trace_id, "-", parent_id, sampled ? "-01" : "-00");
}

bool IsKeyPart(absl::string_view text, size_t max_size, bool may_begin_with_digit) {
  if (text.empty() || text.size() > max_size) return false;
  if (!absl::ascii_islower(text[0]) && !(may_begin_with_digit && absl::ascii_isdigit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  });
}

// A vendor, or a tenant of a vendor.
bool IsKey(absl::string_view key) {
  const size_t at = key.find('@');
  if (at == absl::string_view::npos) return IsKeyPart(key, 256, /*may_begin_with_digit=*/false);
  return IsKeyPart(key.substr(0, at), 241, /*may_begin_with_digit=*/true) &&
         IsKeyPart(key.substr(at + 1), 14, /*may_begin_with_digit=*/false);
}

bool IsValue(absl::string_view value) {
  return !value.empty() && value.size() <= kMaxValueSize && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Returns the header without empty members and blanks; empty if it is invalid.
std::string ReadState(absl::string_view text) {
  std::string state;
  std::vector<absl::string_view> keys;
  bool full = false;
  for (absl::string_view member : absl::StrSplit(text, ',')) {
    while (!member.empty() && IsBlank(member.front())) member.remove_prefix(1);
    while (!member.empty() && IsBlank(member.back())) member.remove_suffix(1);
    if (member.empty()) continue;
    const size_t equals = member.find('=');
    if (equals == absl::string_view::npos) return "";
    const absl::string_view key = member.substr(0, equals);
    if (!IsKey(key) || !IsValue(member.substr(equals + 1))) return "";
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return "";
    keys.push_back(key);
    if (keys.size() > kMaxMembers) return "";
    full |= state.size() + 1 + member.size() > limits::kMaxTraceStateBytes;
    if (!full) absl::StrAppend(&state, state.empty() ? "" : ",", member);
  }
  return state;
}

}  // namespace

std::optional<TraceContext> ReadTraceContext(absl::string_view traceparent, absl::string_view tracestate) {
  TraceContext context{.parent = ReadParent(traceparent), .state = {}};
  if (context.parent.empty()) return std::nullopt;
  context.state = ReadState(tracestate);
  return context;
}

absl::string_view TraceIdOf(const TraceContext* context) {
  if (context == nullptr) return "";
  return absl::string_view(context->parent).substr(kTraceIdAt, kTraceIdSize);
}

}  // namespace hookd

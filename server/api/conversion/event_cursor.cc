#include "api/conversion/event_cursor.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/conversion/page_token.h"

namespace hookd {
namespace {

std::string QueryOf(absl::string_view project) { return absl::StrCat("WatchEvents\n", project); }

}  // namespace

std::string MakeEventCursor(absl::string_view project, const EventCursor& cursor) {
  return MakePageToken(QueryOf(project), absl::StrCat(cursor.key, " ", absl::ToUnixMillis(cursor.time)));
}

std::optional<EventCursor> ReadEventCursor(absl::string_view project, absl::string_view text) {
  const std::optional<std::string> place = ReadPageToken(QueryOf(project), text);
  if (!place.has_value()) return std::nullopt;
  const std::pair<std::string, std::string> parts = absl::StrSplit(*place, ' ');
  EventCursor cursor;
  int64_t millis = 0;
  if (!absl::SimpleAtoi(parts.first, &cursor.key) || !absl::SimpleAtoi(parts.second, &millis)) {
    return std::nullopt;
  }
  cursor.time = absl::FromUnixMillis(millis);
  return cursor;
}

}  // namespace hookd
